"""The ledger as runs meet it: written by two at once, damaged or of a newer version, and clocks that go wrong."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from emulator.faults.fault import Delay, Fault
from regionproof.aws.ledger_store import KEY
from regionproof.domain.findings import Compliance
from regionproof.domain.run import RunRequest
from tests.faults.installation import root_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.fault_free import FaultFree
    from tests.faults.stage import Stage

pytestmark = pytest.mark.network

V1, V2 = "200000000001", "200000000004"
"""An account that is at risk, and one that is not."""

LONG_ENOUGH_FOR_BOTH_TO_HAVE_READ = Delay(1.0)
SET_ASIDE = ("LEDGER_SET_ASIDE", "", "")
DAMAGED = {
    "no gzip": b"no ledger",
    "cut off": gzip.compress(b'{"format": 3}')[:-6],
    "no JSON": gzip.compress(b"no ledger"),
    "of a newer version": gzip.compress(b'{"format": 4, "organization_id": "o-f4u1t5z9y8", "shape": "new"}'),
    "of another organization": gzip.compress(
        json.dumps({"format": 3, "organization_id": "o-0th3r0n3", "accounts": {}, "entries": []}).encode()
    ),
}


def set_version(stage: Stage, account_id: str, version: int) -> None:
    """Set the token version of an account, as its root."""
    iam = root_of(stage.aws, account_id).client("iam")
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion=f"v{version}Token")


@pytest.fixture
def changing(stage: Stage) -> Iterator[Stage]:
    """Return the stage of a test that changes token versions, which are put back in the end."""
    yield stage
    set_version(stage, V1, 1)
    set_version(stage, V2, 2)


def put_statuses(log: list[dict[str, Any]]) -> Counter[int]:
    """Return how often S3 answered a write, by the status of the answer."""
    return Counter(call["status"] for call in log if call["action"] == "s3:PutObject")


def test_two_runs_at_once_lose_none_of_their_news(changing: Stage, fault_free: FaultFree) -> None:
    """Each has news of its own; both have read the ledger before one of them writes its intent."""
    stage = changing
    fault_free.settle(stage)
    set_version(stage, V1, 2)
    set_version(stage, V2, 1)
    before = len(stage.aws.calls())
    audits = [stage.ready_audit() for _ in range(2)]
    requests = [RunRequest(frozenset({V1})), RunRequest(frozenset({V2}))]
    with (
        stage.aws.inject(Fault("s3:PutObject", LONG_ENOUGH_FOR_BOTH_TO_HAVE_READ, times=2)),
        ThreadPoolExecutor(2) as pool,
    ):
        runs = [
            pool.submit(audit.run, request, request_id)
            for audit, request, request_id in zip(audits, requests, "ab", strict=True)
        ]
        assert [run.result().receipts[0].undelivered for run in runs] == [(), ()]
    assert put_statuses(stage.aws.calls(after=before))[412] >= 1
    verdicts = stage.observer.end_state().verdicts
    assert verdicts[V1, "STS.1"][0] is Compliance.COMPLIANT
    assert verdicts[V2, "STS.1"][0] is Compliance.NON_COMPLIANT
    assert sorted(stage.told()) == [("FIXED", V1, "STS.1"), ("NEWLY_NONCOMPLIANT", V2, "STS.1")]
    stage.run_undisturbed()
    assert stage.told() == []


def test_two_first_runs_at_once_end_as_one(stage: Stage, fault_free: FaultFree) -> None:
    """Neither overwrites the other's ledger; the alert comes twice if the second run finds the first one's intent."""
    before = len(stage.aws.calls())
    audits = [stage.ready_audit() for _ in range(2)]
    with (
        stage.aws.inject(Fault("s3:PutObject", LONG_ENOUGH_FOR_BOTH_TO_HAVE_READ, times=2)),
        ThreadPoolExecutor(2) as pool,
    ):
        for run in [pool.submit(audit.run, RunRequest(), run_id) for audit, run_id in zip(audits, "ab", strict=True)]:
            run.result()
    assert put_statuses(stage.aws.calls(after=before))[412] >= 1
    assert stage.told() in (fault_free.told, fault_free.told * 2)
    assert stage.observer.end_state() == fault_free.end
    stage.run_undisturbed()
    assert stage.told() == []


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_ledger_that_can_not_be_used_is_kept_aside_and_told(
    stage: Stage, fault_free: FaultFree, content: bytes
) -> None:
    """Byte by byte; the run tells everything as the first one did, and the next one tells nothing."""
    fault_free.settle(stage)
    stage.installation.root.client("s3").put_object(Bucket=stage.installation.bucket, Key=KEY, Body=content)
    kept_before = Counter(stage.observer.set_aside())
    outcome = stage.run_undisturbed()
    assert outcome.ledger_unusable
    assert Counter(stage.observer.set_aside()) - kept_before == {content: 1}
    assert stage.told() == [SET_ASIDE, *fault_free.told]
    assert stage.observer.end_state() == fault_free.end
    assert stage.run_undisturbed().ledger_unusable == ""
    assert stage.told() == []
    assert Counter(stage.observer.set_aside()) - kept_before == {content: 1}


@pytest.mark.parametrize("step", [timedelta(0), -timedelta(hours=1)], ids=["stands still", "goes back"])
def test_security_hub_takes_every_update_whatever_the_clock_does(
    changing: Stage, fault_free: FaultFree, step: timedelta
) -> None:
    """It ignores a finding whose UpdatedAt is not later; what changed is reported once all the same."""
    stage = changing
    now = datetime.now(UTC)
    stage.forget()
    audit = stage.ready_audit()
    seen: list[tuple[str, str]] = []
    told = []
    for version in (1, 2, 1, 2):
        set_version(stage, V1, version)
        replace(audit, clock=lambda moment=now: moment).run(RunRequest(), f"version-{version}")  # type: ignore[misc]
        finding = next(f for f in stage.observer.findings() if f["Id"].endswith(f"/{V1}/STS.1"))
        seen.append((finding["Compliance"]["Status"], finding["UpdatedAt"]))
        told.append([change for change in stage.told() if change[1] == V1])
        now += step
    assert [status for status, _ in seen] == ["FAILED", "PASSED", "FAILED", "PASSED"]
    assert [updated for _, updated in seen] == sorted({updated for _, updated in seen})
    opened, closed = [("NEWLY_NONCOMPLIANT", V1, "STS.1")], [("FIXED", V1, "STS.1")]
    assert told == [opened, closed, opened, closed]
    assert fault_free.end.verdicts.keys() == stage.observer.end_state().verdicts.keys()
