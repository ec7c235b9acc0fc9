"""Batches that fail for good: their accounts are not tried, and the run goes on."""

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
    """Return the compliance of every account, as Security Hub was told."""
    (report,) = world.security_hub.reports
    found: dict[str, set[str]] = {}
    for finding in report.findings:
        found.setdefault(finding.account.id, set()).add(finding.verdict.compliance.value)
    return found


def test_the_accounts_of_a_batch_that_was_killed_are_not_tried_and_the_rest_is_right(world: World) -> None:
    """The run goes on: nothing is opened or closed for them, and people are told that they were left out."""
    conclusion = world.steps().run(RunRequest(), killed=frozenset({3}))
    (failed,) = conclusion.failed
    assert (failed.number, tuple(account.id for account in failed.accounts)) == (3, LAST_BATCH)
    assert failed.reason == f"runs/{RUN}/facts/00003.json.gz does not exist"
    found = compliance(world)
    for account_id in LAST_BATCH:
        assert found.pop(account_id) == {Compliance.INSUFFICIENT_DATA.value, Compliance.NOT_APPLICABLE.value}
    assert found[OTHERS[0]] == {"NON_COMPLIANT", "COMPLIANT", "NOT_APPLICABLE"}
    for account_id in (MANAGEMENT_ACCOUNT_ID, *OTHERS[2:5]):
        assert found[account_id] == {"COMPLIANT", "NOT_APPLICABLE"}
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)
    reasons = {reason for result in conclusion.outcome.report.not_tried for reason in result.facts.not_tried}  # type: ignore[union-attr]  # those not tried have facts
    assert reasons == {NotTried(f"its batch failed ({failed.reason}); the same execution reads it again")}


def test_the_run_after_a_killed_batch_has_forgotten_nothing(world: World) -> None:
    """The accounts that were left out are remembered as before."""
    world.steps().run(RunRequest())
    before = world.ledger.ledger
    world.steps().run(RunRequest(), killed=frozenset({0}))
    after = world.ledger.ledger
    assert before
    assert after
    of_the_batch = {MANAGEMENT_ACCOUNT_ID, OTHERS[0]}
    assert {key: entry for key, entry in after.entries.items() if key[0] in of_the_batch} == {
        key: replace(entry, sent_at=after.entries[key].sent_at)
        for key, entry in before.entries.items()
        if key[0] in of_the_batch
    }


@pytest.mark.parametrize(
    "facts",
    [b"", b"no facts", pack(BatchFacts(NOW, {})), pack(BatchFacts(NOW, {LAST_BATCH[0]: FINE}))],
    ids=["empty", "text", "no account", "one account too few"],
)
def test_facts_that_are_damaged_or_lack_an_account_count_as_a_failed_batch(world: World, facts: bytes) -> None:
    """Never as accounts of which nothing is known in silence."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    steps.objects.kept[steps.objects.facts(3)] = facts
    conclusion = steps.conclude()
    assert [failed.number for failed in conclusion.failed] == [3]
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)


def test_a_fact_that_a_batch_was_not_asked_for_is_not_tried(world: World) -> None:
    """A deployment in mid-run enabled a rule: its fact was not read, and it does not count as read."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    steps.objects.kept[steps.objects.facts(3)] = pack(
        BatchFacts(NOW, dict.fromkeys(LAST_BATCH, AccountFacts({TokenVersion: TokenVersion(2)})))
    )
    conclusion = steps.conclude()
    assert conclusion.failed == ()
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)
