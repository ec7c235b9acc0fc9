"""The steps of a run, when all goes well and when a batch does not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from regionproof.audit import Audit, RunRequest, no_time_limit
from regionproof.distributed.facts_format import BatchFacts, pack
from regionproof.distributed.packed_json import UnusableRunFile
from regionproof.distributed.running import BatchUnfinished
from regionproof.domain.facts import AccountFacts, NotTried, TokenVersion
from regionproof.domain.findings import Compliance
from regionproof.domain.ledger import Ledger
from regionproof.domain.receipts import Destination
from regionproof.errors import UnknownAccounts
from regionproof.settings.shape import AuditSettings
from tests.builders import (
    DENIED,
    IDENTITY,
    MANAGEMENT_ACCOUNT_ID,
    NOW,
    ORGANIZATION_ID,
    an_account,
    an_organization,
    regions,
    some_facts,
)
from tests.fakes import FakeFactReader, FakeLedgerStore, FakeOrganizationSource, RecordingPublisher

from .stepping import RUN, Objects, Steps

OTHERS = tuple(f"{number:012}" for number in range(222222222222, 222222222222 + 7))
FINE = some_facts(TokenVersion(2))
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
UNREADABLE = some_facts(DENIED, DENIED)
BATCHES = 4
LAST_BATCH = OTHERS[-2:]
"""The two accounts of batch 3: eight accounts make four batches of two."""


@dataclass
class World:
    """An organization of eight accounts: one at risk, one unreadable, the rest fine. A test changes what matters."""

    facts: dict[str, AccountFacts | Exception] = field(
        default_factory=lambda: {
            MANAGEMENT_ACCOUNT_ID: FINE,
            **dict.fromkeys(OTHERS, FINE),
            OTHERS[0]: AT_RISK,
            OTHERS[1]: UNREADABLE,
        }
    )
    security_hub: RecordingPublisher = field(default_factory=RecordingPublisher)
    sns: RecordingPublisher = field(default_factory=lambda: RecordingPublisher(Destination.SNS))
    ledger: FakeLedgerStore = field(default_factory=FakeLedgerStore)
    reads_left: float = float("inf")
    asked: list[str] = field(default_factory=list)
    settings: AuditSettings = field(default_factory=AuditSettings)

    def audit(self) -> Audit:
        """Return the audit of one step. Its time is up once ``reads_left`` accounts were read."""
        reader = FakeFactReader(self.facts, self.asked)
        last = len(self.asked) + self.reads_left
        return Audit(
            settings=self.settings,
            identity=IDENTITY,
            organization=FakeOrganizationSource(an_organization(*map(an_account, OTHERS))),
            reader=reader,
            publishers=(self.security_hub, self.sns),
            clock=lambda: NOW,
            workers=1,
            ledger=self.ledger,
            remaining_time=lambda: 0 if len(self.asked) >= last else no_time_limit(),
        )

    def steps(self) -> Steps:
        """Return a run over this world."""
        return Steps(self.audit)


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


def test_a_plan_writes_the_batches_before_the_plan_and_returns_their_numbers(world: World) -> None:
    """So that a plan that is there is whole; no account is read for it."""
    steps = world.steps()
    assert steps.plan(RunRequest()) == {"run": RUN, "accounts": 8, "batches": [0, 1, 2, 3]}
    folder = f"runs/{RUN}"
    batches = [f"{folder}/batches/{number:05}.json.gz" for number in range(BATCHES)]
    assert steps.objects.written == [*batches, f"{folder}/ledger.json.gz", f"{folder}/plan.json.gz"]
    assert world.asked == []


def test_a_plan_that_fails_writes_nothing(world: World) -> None:
    """As a run in one call fails, by the same error."""
    steps = world.steps()
    with pytest.raises(UnknownAccounts):
        steps.plan(RunRequest(frozenset({"999999999999"})))
    assert steps.objects.written == []


def test_a_batch_reads_its_own_accounts_and_returns_counts_only(world: World) -> None:
    """What a state machine carries stays small."""
    steps = world.steps()
    steps.plan(RunRequest())
    assert steps.collect(0) == {"batch": 0, "accounts": 2, "audited": 2}
    assert steps.collect(1) == {"batch": 1, "accounts": 2, "audited": 1}
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, *OTHERS[:3]]


def test_a_batch_that_is_tried_again_reads_nothing_twice(world: World) -> None:
    """The answer of its first try was lost: its facts are there, under the same key."""
    steps = world.steps()
    steps.plan(RunRequest())
    first = steps.collect(0)
    kept = dict(steps.objects.kept)
    assert steps.collect(0) == first
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, OTHERS[0]]
    assert steps.objects.kept == kept


def test_a_batch_that_runs_out_of_time_keeps_what_it_read_and_its_retry_reads_the_rest(world: World) -> None:
    """It fails, so that the state machine tries it again."""
    steps = world.steps()
    steps.plan(RunRequest())
    world.reads_left = 1
    with pytest.raises(BatchUnfinished, match="the time was up with 1 of the 2 accounts of batch 0 left to read"):
        steps.collect(0)
    assert steps.collect(0) == {"batch": 0, "accounts": 2, "audited": 2}
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, OTHERS[0]]


def test_what_a_batch_read_before_its_time_was_up_is_concluded_on(world: World) -> None:
    """Only the account that was never reached is not tried."""
    steps = world.steps()
    steps.plan(RunRequest())
    world.reads_left = 1
    with pytest.raises(BatchUnfinished):
        steps.collect(0)
    world.reads_left = float("inf")
    for number in (1, 2, 3):
        steps.collect(number)
    conclusion = steps.conclude()
    assert conclusion.failed == ()
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == [OTHERS[0]]


def test_damaged_facts_are_read_anew_and_replaced(world: World) -> None:
    """Also those that another version wrote."""
    steps = world.steps()
    steps.plan(RunRequest())
    steps.objects.kept[steps.objects.facts(0)] = b"no facts"
    assert steps.collect(0)["audited"] == 2
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, OTHERS[0]]


def test_a_batch_that_is_missing_or_damaged_fails(world: World) -> None:
    """It is never an empty batch."""
    steps = world.steps()
    steps.plan(RunRequest())
    with pytest.raises(UnusableRunFile, match=rf"there is no runs/{RUN}/batches/00004\.json\.gz"):
        steps.collect(4)
    steps.objects.kept[f"runs/{RUN}/batches/00000.json.gz"] = b"{"
    with pytest.raises(UnusableRunFile, match=r"batches/00000\.json\.gz can not be used: it is damaged"):
        steps.collect(0)


def test_the_accounts_of_a_batch_that_was_killed_are_not_tried_and_the_rest_is_right(world: World) -> None:
    """The run goes on: nothing is opened or closed for them, and people are told that they were left out."""
    conclusion = world.steps().run(RunRequest(), killed=frozenset({3}))
    (failed,) = conclusion.failed
    assert (failed.number, tuple(account.id for account in failed.accounts)) == (3, LAST_BATCH)
    assert failed.reason == f"there is no runs/{RUN}/facts/00003.json.gz"
    found = compliance(world)
    for account_id in LAST_BATCH:
        assert found.pop(account_id) == {Compliance.INSUFFICIENT_DATA.value, Compliance.NOT_APPLICABLE.value}
    assert found[OTHERS[0]] == {"NON_COMPLIANT", "COMPLIANT", "NOT_APPLICABLE"}
    for account_id in (MANAGEMENT_ACCOUNT_ID, *OTHERS[2:5]):
        assert found[account_id] == {"COMPLIANT", "NOT_APPLICABLE"}
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)
    reasons = {reason for result in conclusion.outcome.report.not_tried for reason in result.facts.not_tried}  # type: ignore[union-attr]  # those not tried have facts
    assert reasons == {NotTried(f"its batch failed: {failed.reason}")}


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
    [b"", b"no facts", pack(BatchFacts({})), pack(BatchFacts({LAST_BATCH[0]: FINE}))],
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
        BatchFacts(dict.fromkeys(LAST_BATCH, AccountFacts({TokenVersion: TokenVersion(2)})))
    )
    conclusion = steps.conclude()
    assert conclusion.failed == ()
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)


def test_a_run_without_its_plan_is_not_concluded(world: World) -> None:
    """Nothing is published."""
    steps = world.steps()
    steps.plan(RunRequest())
    del steps.objects.kept[f"runs/{RUN}/plan.json.gz"]
    with pytest.raises(UnusableRunFile, match="there is no"):
        steps.conclude()
    assert world.security_hub.published == []


def test_a_run_is_held_against_the_ledger_that_was_read_when_it_was_planned(world: World) -> None:
    """Another run came in between: what that one told is neither lost nor taken for this one's."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    between = Steps(world.audit, Objects())
    between.run(RunRequest())
    told = world.sns.published[-1].changes
    assert steps.conclude().outcome.changes == told
    assert world.ledger.version == 2


def test_a_ledger_that_was_unusable_at_the_plan_is_set_aside_at_the_end(world: World) -> None:
    """With its very bytes, and people are told."""
    world.ledger.unusable = "it is damaged"
    conclusion = world.steps().run(RunRequest())
    assert conclusion.outcome.ledger_unusable == "it is damaged"
    assert world.ledger.set_aside == [b"damaged"]


def test_a_copy_of_the_ledger_that_is_damaged_ends_the_run(world: World) -> None:
    """An empty memory would tell everything again."""
    steps = world.steps()
    steps.plan(RunRequest())
    steps.objects.kept[f"runs/{RUN}/ledger.json.gz"] = b"{"
    with pytest.raises(UnusableRunFile, match=r"ledger\.json\.gz can not be used"):
        steps.conclude()


def test_the_throttled_calls_of_all_steps_are_counted_once(world: World) -> None:
    """Plan, four batches and conclude; and both tries of a batch that was tried twice."""
    steps = world.steps()
    steps.throttled = 1
    assert steps.run(RunRequest()).throttled_calls == 1 + BATCHES + 1
    again = Steps(world.audit, Objects(), throttled=1)
    again.plan(RunRequest())
    again.collect(0)
    again.collect(0)
    assert again.conclude().throttled_calls == 1 + 2 + 1


def test_a_dry_run_and_a_partial_run_are_dry_and_partial_to_the_end(world: World) -> None:
    """What was asked for travels with the plan."""
    conclusion = world.steps().run(RunRequest(frozenset({OTHERS[0]}), dry_run=True))
    assert world.asked == [OTHERS[0]]
    assert conclusion.outcome.report.run.is_partial
    assert world.security_hub.published == []
    assert world.ledger.ledger is None


def test_the_ledger_beside_the_plan_is_that_of_the_organization(world: World) -> None:
    """A first run finds none, and says so by the same words as a run in one call."""
    conclusion = world.steps().run(RunRequest())
    assert conclusion.outcome.report.organization.id == ORGANIZATION_ID
    assert world.security_hub.published[0].ledger == Ledger(ORGANIZATION_ID)
