"""The fault matrix, calls that read one account: a fault is that account's Coverage.1, and never a wrong verdict."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import pytest

from emulator.faults.fault import NEED_AN_ANSWER, ErrorAnswer, Fault, Hang
from regionproof.domain.facts import TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.rules import enabled_rules
from tests.faults.fault_free import OPEN, FaultFree, findings_of
from tests.faults.installation import SAMPLE, SETTINGS
from tests.faults.recording import FACT_OF_CALL, MEANS_THE_DEFAULT, READS, WAY_IN, effect_names, effect_on
from tests.faults.stage import IMPATIENT, PATIENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.faults.fault import Effect
    from regionproof.domain.facts import FactKind
    from regionproof.domain.findings import Finding
    from tests.faults.fault_free import Findings
    from tests.faults.recording import Call
    from tests.faults.stage import Ended, Stage

pytestmark = pytest.mark.network

LONGEST_RUN = 8.0
NO_CAUSE = "see the message"
EFFECTS = [name for name in effect_names(READS) if name != MEANS_THE_DEFAULT]
TOKEN_VERSIONS = {account.id: account.token_version for account in SAMPLE.accounts}
REGIONS_UNREAD = (Compliance.NON_COMPLIANT, Severity.MEDIUM)

Hit = tuple[str, tuple[str, ...], "Effect"]
"""A call, the accounts of which it is hit at the same time, and by what."""


def hits(calls: list[Call], name: str, groups: int) -> Iterator[Hit]:
    """Yield the calls that an effect can hit, each of a group of the accounts at a time."""
    for action in READS:
        accounts = sorted({call.account for call in calls if call.action == action})
        size = ceil(len(accounts) / groups)
        if effect := effect_on(action, name):
            for start in range(0, len(accounts), size):
                yield action, tuple(accounts[start : start + size]), effect


def hit_run(stage: Stage, hit: Hit) -> Ended:
    """Make a run in which the hits happen; an effect that needs an answer to change may find none."""
    action, accounts, effect = hit
    injections = [stage.aws.inject(Fault(action, effect, account=account)) for account in accounts]
    try:
        ended = stage.run(IMPATIENT if isinstance(effect, Hang) else PATIENT)
        for injection in injections:
            assert injection.injected() or (isinstance(effect, NEED_AN_ANSWER) and injection.matched())
    finally:
        stage.aws.clear_faults()
    return ended


def assert_it_says_what_was_read(ended: Ended, fault_free: FaultFree, hit: Hit) -> None:
    """Compare the report of a run with that without faults, account by account and rule by rule."""
    action, accounts, effect = hit
    assert ended.failure is None
    assert ended.outcome is not None
    assert ended.seconds < LONGEST_RUN
    listed = [result.account.id for result in ended.outcome.report.accounts]
    assert listed == sorted(account.id for account in SAMPLE.accounts)
    said = findings_of(ended.outcome)
    assert said.keys() == fault_free.findings.keys()
    unhit = {key: finding for key, finding in said.items() if key[0] not in accounts}
    assert unhit == {key: finding for key, finding in fault_free.findings.items() if key[0] not in accounts}
    assert {result.account.id for result in ended.outcome.report.not_audited} == set(accounts)
    for account_id in accounts:
        assert_the_cause_is_named(said[account_id, "Coverage.1"], action, effect)
        assert_nothing_is_said_without_having_been_read(said, fault_free.findings, account_id, unread_by(action))


def unread_by(action: str) -> set[FactKind]:
    """Return the facts that a run lacks without a call."""
    return set(FACT_OF_CALL.values()) if action == WAY_IN else {FACT_OF_CALL[action]}


def assert_the_cause_is_named(coverage: Finding, action: str, effect: Effect) -> None:
    """The account could not be audited: which call failed, how, and why that may be."""
    verdict = coverage.verdict
    assert (verdict.compliance, verdict.severity) == (Compliance.NON_COMPLIANT, Severity.MEDIUM)
    assert verdict.observed["Call"] == action
    assert verdict.observed["Code"]
    if isinstance(effect, ErrorAnswer):
        assert verdict.observed["Code"] == effect.code
    assert f"{action} failed with {verdict.observed['Code']}: " in verdict.sentence
    assert NO_CAUSE not in verdict.sentence


def assert_nothing_is_said_without_having_been_read(
    said: Findings, fault_free: Findings, account_id: str, unread: set[FactKind]
) -> None:
    """A rule that lacks what decides it says INSUFFICIENT_DATA; STS.1 is decided by the token version alone."""
    for rule in enabled_rules(SETTINGS.rules):
        verdict = said[account_id, rule.id].verdict
        decided = rule.id == "STS.1" and TokenVersion not in unread
        if decided and TOKEN_VERSIONS[account_id] == 1:
            assert (verdict.compliance, verdict.severity) == REGIONS_UNREAD
            assert "could not be read" in verdict.sentence
        elif not decided and unread.intersection(rule.needs):
            assert verdict.compliance is Compliance.INSUFFICIENT_DATA
        elif rule.needs:
            assert verdict == fault_free[account_id, rule.id].verdict


@pytest.mark.parametrize("name", EFFECTS)
def test_a_read_that_fails_says_so_of_its_account_and_is_forgotten_after_the_next_run(
    stage: Stage, fault_free: FaultFree, subtests: pytest.Subtests, name: str
) -> None:
    """Half of the accounts at a time: what is known of them stays, the others' findings are as ever."""
    for hit in hits(fault_free.second, name, groups=2):
        fault_free.settle(stage)
        with subtests.test(call=hit[0], accounts=hit[1]):
            assert_it_says_what_was_read(hit_run(stage, hit), fault_free, hit)
            told = stage.told()
            assert {("NOT_AUDITABLE", account, "Coverage.1") for account in hit[1]} <= set(told)
            assert {account for _, account, _ in told} == set(hit[1])
            stage.run_undisturbed()
            assert stage.observer.end_state() == fault_free.end
            assert {("AUDITABLE_AGAIN", account, "Coverage.1") for account in hit[1]} <= set(stage.told())


@pytest.mark.parametrize("name", EFFECTS)
def test_a_read_that_fails_in_the_first_run_is_made_up_for_by_the_next(
    stage: Stage, fault_free: FaultFree, subtests: pytest.Subtests, name: str
) -> None:
    """All accounts at a time: what the first run could not see is new in the second, and nothing is lost."""
    for hit in hits(fault_free.first, name, groups=1):
        stage.forget()
        with subtests.test(call=hit[0], accounts=hit[1]):
            assert_it_says_what_was_read(hit_run(stage, hit), fault_free, hit)
            stage.run_undisturbed()
            assert stage.observer.end_state() == fault_free.end
            assert set(fault_free.told) <= set(stage.told())


def test_a_summary_without_a_token_version_means_the_default_and_is_no_fault(
    stage: Stage, fault_free: FaultFree
) -> None:
    """AWS's default is version 1: the account was read, and its finding says so."""
    account = next(account_id for account_id, version in TOKEN_VERSIONS.items() if version != 1)
    effect = effect_on("iam:GetAccountSummary", MEANS_THE_DEFAULT)
    assert effect
    fault_free.settle(stage)
    ended = hit_run(stage, ("iam:GetAccountSummary", (account,), effect))
    assert ended.outcome is not None
    said = findings_of(ended.outcome)
    assert said[account, "STS.1"].verdict.observed["TokenVersion"] == "1"
    assert said[account, "Coverage.1"] == fault_free.findings[account, "Coverage.1"]


def test_the_matrix_has_every_read_of_every_open_account(fault_free: FaultFree) -> None:
    """It is made of what a run really calls; the account of the audit needs no way in."""
    for action in READS:
        accounts = {call.account for call in fault_free.second if call.action == action}
        without = {SAMPLE.management_account_id} if action == WAY_IN else set()
        assert accounts == set(OPEN) - without
