"""Storms disturb what they declare, and a trial in one is judged by what was promised."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from bench.storms.__main__ import main
from bench.storms.promise import Promise
from bench.storms.report import as_json, as_text, rows
from bench.storms.scenarios import SCENARIOS, UNDISTURBED, named
from bench.storms.trial import Size, Trial, attempt, trial
from bench.stub.exchange import Answer, Request
from bench.stub.process import AT_ONCE, World, running
from bench.stub.sessions import CALLERS_KEY
from bench.stub.storms import FOR_EVER, Disturbed, Effect, Storm
from bench.stub.tally import Tally
from regionproof.domain.cause_tables import THROTTLING_CODES

from .test_stub import client, refusal

if TYPE_CHECKING:
    from pathlib import Path

SERVED = Answer(b"served")
LATENCY = 0.5
SIZE = 8

TRIAL = Trial(
    scenario=UNDISTURBED,
    accounts=600,
    seconds=20.0,
    failure="",
    crash="",
    audited=600,
    not_attempted=0,
    not_audited=0,
    judged=1_800,
    wrong=0,
    imported=1_800,
    alerts=1,
    ledger=True,
    calls=2_000,
    throttled=0,
)
FAILED = replace(TRIAL, failure="SetupError: why", audited=None, not_attempted=None, not_audited=None, judged=0)
ALL = Promise(complete=True, imported=True, alert=True, ledger=True, most_times=2.5)


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def call(operation: str) -> Request:
    """Return a call of Organizations by the caller."""
    scope = f"Credential={CALLERS_KEY}/20261121/us-east-1/organizations/aws4_request"
    return Request("POST", "/", {"authorization": scope, "x-amz-target": f"AWSOrganizations.{operation}"}, b"{}")


def disturbed(*storms: Storm, clock: Clock | None = None, seed: int = 0) -> Disturbed:
    """Return a service that answers every call after half a second, disturbed by storms."""
    clock = clock or Clock()
    return Disturbed(lambda _request: (LATENCY, SERVED), storms, Tally(clock), clock, Random(seed))  # noqa: S311  # no secret


def test_a_storm_hits_its_operations_from_its_begin_to_its_end() -> None:
    """Times count from the first call, whichever that is; other operations go on."""
    clock = Clock()
    service = disturbed(Storm(effect=Effect.THROTTLED, operations=("ListRoots",), begins=5, ends=10), clock=clock)
    hit = {}
    for seconds in (0, 4.9, 5, 9.9, 10):
        clock.now = 100 + seconds
        hit[seconds] = service.respond(call("ListRoots"))[1] is not SERVED
        assert service.respond(call("ListAccounts")) == (LATENCY, SERVED)
    assert hit == {0: False, 4.9: False, 5: True, 9.9: True, 10: False}
    assert service.tally.document()["throttled"] == {"ListRoots": 2}


def test_a_storm_without_operations_hits_all_for_ever() -> None:
    """From the first call on."""
    service = disturbed(Storm(effect=Effect.UNAVAILABLE))
    answers = [service.respond(call(operation))[1] for operation in ("ListRoots", "DescribeOrganization")]
    assert [answer.status for answer in answers] == [503, 503]
    assert service.tally.document()["calls"] == {"DescribeOrganization": 1, "ListRoots": 1}


def test_a_storm_hits_its_share_of_the_calls_and_the_same_ones_with_the_same_seed() -> None:
    """A tenth of 2,000 calls, give or take."""

    def hits(seed: int) -> list[bool]:
        service = disturbed(Storm(effect=Effect.THROTTLED, share=0.1), seed=seed)
        return [service.respond(call("ListRoots"))[1] is not SERVED for _ in range(2_000)]

    assert hits(1) == hits(1) != hits(2)
    assert 150 < sum(hits(1)) < 250


def test_a_late_answer_is_the_right_one() -> None:
    """The call is carried out, and is not counted as throttled."""
    service = disturbed(Storm(effect=Effect.LATE, late_seconds=70))
    assert service.respond(call("ListRoots")) == (70 + LATENCY, SERVED)
    assert service.tally.document()["throttled"] == {}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"effect": Effect.THROTTLED, "share": 0}, "share"),
        ({"effect": Effect.THROTTLED, "share": 1.1}, "share"),
        ({"effect": Effect.DENIED, "begins": 60, "ends": 60}, "never happens"),
        ({"effect": Effect.LATE}, "late_seconds"),
        ({"effect": Effect.DENIED, "late_seconds": 5}, "late_seconds"),
    ],
)
def test_a_storm_that_could_change_nothing_is_refused(fields: dict[str, Any], reason: str) -> None:
    """So that no scenario is undisturbed by mistake."""
    with pytest.raises(ValueError, match=reason):
        Storm(**fields)


def test_every_storm_reaches_the_stub_as_it_was_declared() -> None:
    """Through JSON; each scenario but the undisturbed ones has one."""
    for scenario in SCENARIOS:
        spelled = json.loads(World(SIZE, storms=scenario.storms).options())["storms"]
        assert tuple(map(Storm.from_json, spelled)) == scenario.storms
        assert bool(spelled) is (not scenario.name.startswith(UNDISTURBED))
        assert all(asdict(storm)["ends"] <= FOR_EVER for storm in scenario.storms)


@pytest.mark.network
@pytest.mark.parametrize(
    ("service", "operation", "throttling", "denial"),
    [
        ("sts", "get_caller_identity", "Throttling", "AccessDenied"),
        ("organizations", "list_roots", "TooManyRequestsException", "AccessDeniedException"),
        ("securityhub", "describe_hub", "TooManyRequestsException", "AccessDeniedException"),
    ],
)
def test_a_disturbed_call_fails_in_the_words_of_the_service(
    service: str, operation: str, throttling: str, denial: str
) -> None:
    """Throttled, denied and unavailable, as botocore reads it."""
    seen = []
    for effect in (Effect.THROTTLED, Effect.DENIED, Effect.UNAVAILABLE):
        with running(World(SIZE, AT_ONCE, storms=(Storm(effect=effect),))) as stub:
            with pytest.raises(ClientError) as refused:
                getattr(client(stub, service), operation)()
            seen.append(refusal(refused))
            assert stub.counts()["carried_out"] == {}
    assert [code for code, _ in seen] == [throttling, denial, "ServiceUnavailable"]
    assert throttling in THROTTLING_CODES
    assert seen[2][1] == 503


@pytest.mark.network
def test_s3_denies_and_throttles_in_its_own_words() -> None:
    """A write that is denied leaves nothing behind."""
    storms = (
        Storm(effect=Effect.DENIED, operations=("PutObject",)),
        Storm(effect=Effect.THROTTLED, operations=("GetObject",)),
    )
    with running(World(SIZE, AT_ONCE, storms=storms)) as stub:
        s3 = client(stub, "s3")
        with pytest.raises(ClientError) as denied:
            s3.put_object(Bucket="bucket", Key="key", Body=b"1")
        with pytest.raises(ClientError) as slowed:
            s3.get_object(Bucket="bucket", Key="key")
        assert (refusal(denied), refusal(slowed)) == (("AccessDenied", 403), ("SlowDown", 503))
        assert stub.counts()["carried_out"] == {}


@pytest.mark.network
def test_a_run_ends_in_time_and_remembers_while_no_account_can_be_entered(tmp_path: Path) -> None:
    """AssumeRole is throttled for ever: the caller's own account is audited, the others count as not attempted."""
    (scenario,) = named(["assume-role-throttled"])
    size = Size(SIZE, 24, AT_ONCE)
    seen = attempt(scenario, size, tmp_path)
    assert scenario.promise.broken_by(seen, None, size.lambda_seconds) == []
    assert (seen.audited, seen.not_attempted, seen.not_audited) == (1, SIZE - 1, 0)
    assert seen.throttled > SIZE


def test_what_a_trial_breaks_is_named() -> None:
    """One clause for each part of the promise."""
    broken = {
        "600 accounts, no more": replace(TRIAL, audited=599),
        "none not audited": replace(TRIAL, audited=598, not_attempted=1, not_audited=1),
        "no wrong verdict": replace(TRIAL, wrong=1),
        "the true cause": replace(TRIAL, causes={"account:ListRegions ReadTimeoutError": 2, "iam:Any Throttling": 1}),
        "an answer": replace(TRIAL, seconds=None),
        "no exception": replace(TRIAL, seconds=None, crash="TypeError: null"),
        "all imported": replace(TRIAL, imported=1_799),
        "an alert": replace(TRIAL, alerts=0),
        "not many alerts": replace(TRIAL, alerts=4),
        "the ledger": replace(TRIAL, ledger=False),
        "success": FAILED,
    }
    assert ALL.broken_by(TRIAL, 2.5, 900) == []
    assert {what: ALL.broken_by(seen, 1, 900) for what, seen in broken.items()} == {
        "600 accounts, no more": ["1 accounts are not counted"],
        "none not audited": ["2 accounts are not audited"],
        "no wrong verdict": ["1 verdicts are wrong"],
        "the true cause": ["2 accounts count as unanswered, but AWS answered every call"],
        "an answer": ["no answer within 900 s"],
        "no exception": ["TypeError: null"],
        "all imported": ["1 findings are not imported"],
        "an alert": ["no alert"],
        "not many alerts": ["the alert was sent 4 times"],
        "the ledger": ["the ledger is not written"],
        "success": ["the run failed"],
    }
    assert ALL.broken_by(TRIAL, 2.6, 900) == ["2.6 times the undisturbed time, at most 2.5 promised"]


def test_a_run_that_must_fail_or_leave_accounts_out_has_to_say_so() -> None:
    """A success would be a lie; a failure is right, except with an alert that must not go out."""
    must_fail = Promise(fails=True, alert=False)
    assert must_fail.broken_by(TRIAL, None, 900) == ["the run reports success"]
    assert must_fail.broken_by(FAILED, None, 900) == ["an alert was sent"]
    assert must_fail.broken_by(replace(FAILED, alerts=0), None, 900) == []
    assert Promise(says_so=True).broken_by(TRIAL, None, 900) == ["no account counts as not audited"]


def test_a_short_run_may_leave_accounts_out() -> None:
    """The storm lasts as long as in a full one."""
    seen = replace(TRIAL, audited=500, not_attempted=100)
    assert ALL.broken_by(seen, None, 60) == []
    assert ALL.broken_by(seen, None, 900) == ["100 accounts are not audited"]


def test_a_short_run_may_fail_in_a_storm_that_ends() -> None:
    """It promises as much as a full one in a storm that does not."""
    lasting, passing = named(["ledger-read-throttled-for-60-s", "imports-throttled"])
    assert passing.promise_within(899).broken_by(FAILED, None, 899) == []
    assert passing.promise_within(900).broken_by(FAILED, None, 900) == ["the run failed"]
    assert lasting.promise_within(899).broken_by(FAILED, None, 899) == ["the run failed"]


def test_a_ledger_that_is_written_before_the_alert_alone_does_not_count() -> None:
    """It holds the intent, and not what became of it."""
    counts = {"findings_imported": 1, "carried_out": {"Publish": 1}, "calls": {"Publish": 1}, "throttled": {}}
    size = Size(SIZE, 900, AT_ONCE)
    for put, written in ((1.0, False), (3.0, True)):
        last = {"last_carried_out": {"PutObject": put, "Publish": 2.0}}
        assert trial(UNDISTURBED, size, {"seconds": 1.0}, counts | last).ledger is written
    late = trial(UNDISTURBED, size, {"seconds": 901.0}, counts | {"last_carried_out": {}})
    assert late.seconds is None


def test_the_table_compares_each_size_with_its_own_undisturbed_run() -> None:
    """What is broken is named below it, and is in the JSON."""
    name = "everything-throttled-10-percent"
    seen = [
        replace(TRIAL, scenario=name, seconds=60.0),
        TRIAL,
        replace(TRIAL, accounts=2_000, audited=2_000, scenario=name, seconds=60.0),
        replace(TRIAL, accounts=2_000, audited=2_000, seconds=40.0),
    ]
    table = rows(seen, 900)
    assert [(row.trial.accounts, row.times) for row in table] == [(600, 1.0), (600, 3.0), (2_000, 1.0), (2_000, 1.5)]
    assert [row["verdict"] for row in json.loads(as_json(table, 900, {}))["rows"]] == ["kept", "broken", "kept", "kept"]
    assert f"{name}, 600 accounts: broken: 3.0 times" in as_text(table)


def test_scenarios_have_names_of_their_own_and_an_unknown_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names that there are."""
    names = sorted(scenario.name for scenario in SCENARIOS)
    assert all(one != next_one for one, next_one in pairwise(names))
    assert {scenario.undisturbed for scenario in SCENARIOS} <= set(names)
    assert main(["--scenario", "everything-is-fine"]) == 2
    assert "everything-throttled" in capsys.readouterr().err
