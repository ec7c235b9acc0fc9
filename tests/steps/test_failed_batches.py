"""Batches that fail after all retries: their accounts are not tried, and the run continues."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.facts import AccountFacts, NotTried, TokenVersion
from regionproof.domain.findings import Compliance
from regionproof.domain.run import RunRequest
from regionproof.storage.facts_file import BatchFacts, pack
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, NOW

from .stepping import RUN
from .world import FINE, LAST_BATCH, OTHERS, World


@pytest.fixture
def world() -> World:
    """Return the world."""
    return World()


def compliance(world: World) -> dict[str, set[str]]:
    """Return the compliance values of every account, as published to Security Hub."""
    (report,) = world.security_hub.reports
    by_account: dict[str, set[str]] = {}
    for finding in report.findings:
        by_account.setdefault(finding.account.id, set()).add(finding.verdict.compliance.value)
    return by_account


def test_the_accounts_of_a_killed_batch_are_not_tried_and_the_others_are_judged(world: World) -> None:
    """Their findings are neither opened nor closed, and the alert reports that they were not tried."""
    conclusion = world.steps().run(RunRequest(), killed=frozenset({3}))
    (failed,) = conclusion.failed
    assert (failed.number, tuple(account.id for account in failed.accounts)) == (3, LAST_BATCH)
    assert failed.reason == f"runs/{RUN}/facts/00003.json.gz does not exist"
    values = compliance(world)
    for account_id in LAST_BATCH:
        assert values.pop(account_id) == {Compliance.INSUFFICIENT_DATA.value, Compliance.NOT_APPLICABLE.value}
    assert values[OTHERS[0]] == {"NON_COMPLIANT", "COMPLIANT", "NOT_APPLICABLE"}
    for account_id in (MANAGEMENT_ACCOUNT_ID, *OTHERS[2:5]):
        assert values[account_id] == {"COMPLIANT", "NOT_APPLICABLE"}
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)
    reasons = {reason for result in conclusion.outcome.report.not_tried for reason in result.facts.not_tried}  # type: ignore[union-attr]  # accounts that were not tried have facts
    assert reasons == {NotTried(f"its batch failed ({failed.reason}); the same execution reads it again")}


def test_a_run_with_a_killed_batch_keeps_the_entries_of_its_accounts(world: World) -> None:
    """Only ``sent_at`` may differ."""
    world.steps().run(RunRequest())
    before = world.ledger.ledger
    world.steps().run(RunRequest(), killed=frozenset({0}))
    after = world.ledger.ledger
    assert before
    assert after
    batch = {MANAGEMENT_ACCOUNT_ID, OTHERS[0]}
    assert {key: entry for key, entry in after.entries.items() if key[0] in batch} == {
        key: replace(entry, sent_at=after.entries[key].sent_at)
        for key, entry in before.entries.items()
        if key[0] in batch
    }


@pytest.mark.parametrize(
    "facts",
    [b"", b"no facts", pack(BatchFacts(NOW, {})), pack(BatchFacts(NOW, {LAST_BATCH[0]: FINE}))],
    ids=["empty", "text", "no account", "one account too few"],
)
def test_facts_that_are_damaged_or_lack_an_account_count_as_a_failed_batch(world: World, facts: bytes) -> None:
    """Their accounts are reported as not tried."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    steps.objects.kept[steps.objects.facts(3)] = facts
    conclusion = steps.conclude()
    assert [failed.number for failed in conclusion.failed] == [3]
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)


def test_a_fact_that_a_batch_did_not_read_counts_as_not_tried(world: World) -> None:
    """A deployment during the run enabled a rule that needs it."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    steps.objects.kept[steps.objects.facts(3)] = pack(
        BatchFacts(NOW, dict.fromkeys(LAST_BATCH, AccountFacts({TokenVersion: TokenVersion(2)})))
    )
    conclusion = steps.conclude()
    assert conclusion.failed == ()
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)
