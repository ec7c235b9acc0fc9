"""The crash matrix: killed before or after any call that publishes or remembers, the next run ends as if nothing was.

At most one alert is repeated, and none is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from emulator.faults.fault import Fault, Hang
from regionproof import permissions
from tests.faults.child import kill, running_child
from tests.faults.installation import MANAGEMENT, root_of
from tests.faults.recording import PUBLISHING

if TYPE_CHECKING:
    from tests.faults.end_state import EndState, Told
    from tests.faults.fault_free import FaultFree
    from tests.faults.recording import Call
    from tests.faults.stage import Stage

pytestmark = pytest.mark.network

PHASE = (*PUBLISHING, *permissions.LEDGER_ACTIONS)
FIXED, NEWLY_AT_RISK, LEAVING = "200000000001", "200000000004", "200000000002"
SECONDS_TO_START = 30.0


@dataclass(frozen=True)
class Undisturbed:
    """A run without a crash: its calls, what it leaves behind, and what it tells."""

    calls: list[Call]
    end: EndState
    told: list[Told]


def change_the_organization(stage: Stage) -> None:
    """Fix one account, put another at risk, and close a third."""
    for account_id, version in ((FIXED, "v2Token"), (NEWLY_AT_RISK, "v1Token")):
        iam = root_of(stage.aws, account_id).client("iam")
        iam.set_security_token_service_preferences(GlobalEndpointTokenVersion=version)
    root_of(stage.aws, MANAGEMENT).client("organizations").close_account(AccountId=LEAVING)


def after_changes(stage: Stage) -> None:
    """Bring the stage to where one run was made and the organization has changed since."""
    stage.begin_anew()
    stage.run_undisturbed()
    stage.told()
    change_the_organization(stage)


def assert_a_crash_is_made_up_for(stage: Stage, call: Call, expected: Undisturbed, *, after_effect: bool) -> None:
    """Kill a run at a call, make another one, and hold what both leave behind against the run without a crash."""
    hang = Fault(call.action, Hang(), skip=call.place, times=1, after_effect=after_effect)
    with running_child(stage) as process, stage.aws.inject(hang) as injection:
        injection.wait(seconds=SECONDS_TO_START)
        kill(process)
    stage.run_undisturbed()
    assert stage.observer.end_state() == expected.end
    told = stage.told()
    assert told in (expected.told, [*expected.told, *expected.told])


def crashes_in(calls: list[Call]) -> list[tuple[Call, bool]]:
    """Return where a run can be killed: before and after each call of the phase."""
    return [(call, after) for call in calls if call.action in PHASE for after in (False, True)]


def test_a_first_run_that_is_killed_is_made_up_for(
    stage: Stage, fault_free: FaultFree, subtests: pytest.Subtests
) -> None:
    """Wherever it dies."""
    expected = Undisturbed(fault_free.first, fault_free.end, fault_free.told)
    assert {call.action for call, _ in crashes_in(expected.calls)} == set(PHASE)
    for call, after_effect in crashes_in(expected.calls):
        stage.forget()
        with subtests.test(call=str(call), after_effect=after_effect):
            assert_a_crash_is_made_up_for(stage, call, expected, after_effect=after_effect)


def test_a_run_with_news_that_is_killed_is_made_up_for(stage: Stage, subtests: pytest.Subtests) -> None:
    """One account fixed, one newly noncompliant, one left: none of it is lost, and none of it is told three times."""
    after_changes(stage)
    calls = stage.calls()
    expected = Undisturbed(calls, stage.observer.end_state(), stage.told())
    assert {kind for kind, _, _ in expected.told} >= {"FIXED", "NEWLY_NONCOMPLIANT", "LEFT"}
    assert expected.end.archived
    assert {call.action for call, _ in crashes_in(calls)} == set(PHASE)
    for call, after_effect in crashes_in(calls):
        after_changes(stage)
        with subtests.test(call=str(call), after_effect=after_effect):
            assert_a_crash_is_made_up_for(stage, call, expected, after_effect=after_effect)
    stage.begin_anew()
