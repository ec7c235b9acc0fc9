"""A run in steps and a run in one call have the same report, changes and ledger."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.audit.run import Audit
from regionproof.domain.accounts import Account, OrganizationalUnit
from regionproof.domain.facts import AccountFacts, OptStatus, ReadFailure, RegionOptStatuses, TokenVersion
from regionproof.domain.receipts import Destination
from regionproof.domain.run import Outcome, RunRequest
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, StsRule
from tests.support.builders import IDENTITY, MANAGEMENT_ACCOUNT_ID, NOW, an_organization
from tests.support.fakes import FakeFactReader, FakeLedgerStore, FakeOrganizationSource, RecordingPublisher

from .stepping import RUN, Steps

if TYPE_CHECKING:
    from datetime import datetime

    from regionproof.domain.accounts import Organization

IDS = tuple(f"{number:012}" for number in range(1, 12))
text = st.text(max_size=6)
unread = st.builds(ReadFailure, text, text, text)
paths = st.lists(st.builds(OrganizationalUnit, text, text), max_size=2).map(tuple)
states = st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED", "A_NEW_STATE"])
region_statuses = st.builds(
    RegionOptStatuses, st.dictionaries(st.sampled_from(["ap-east-1", "eu-south-1"]), st.sampled_from(OptStatus))
)
results = st.fixed_dictionaries(
    {
        TokenVersion: st.builds(TokenVersion, st.sampled_from([1, 2])) | unread,
        RegionOptStatuses: region_statuses | unread,
    }
)
facts = st.builds(AccountFacts, results) | text.map(ValueError)
audit_settings = st.builds(
    AuditSettings,
    rules=st.builds(
        Rules,
        sts_1=st.builds(StsRule, enabled=st.booleans(), require=st.sampled_from(["always", "when-opt-in"])),
        regions_1=st.builds(RegionsRule, approved=st.none() | st.just(("eu-south-1",))),
    ),
)


@dataclass
class World:
    """An organization with its facts, and the destinations and ledger of its runs."""

    organization: Organization
    facts: dict[str, AccountFacts | Exception]
    settings: AuditSettings
    now: datetime = NOW
    ledger: FakeLedgerStore = field(default_factory=FakeLedgerStore)
    security_hub: RecordingPublisher = field(default_factory=RecordingPublisher)
    sns: RecordingPublisher = field(default_factory=lambda: RecordingPublisher(Destination.SNS))

    def audit(self) -> Audit:
        """Return an audit of this organization."""
        return Audit(
            settings=self.settings,
            identity=IDENTITY,
            organization=FakeOrganizationSource(self.organization),
            reader=FakeFactReader(self.facts),
            publishers=(self.security_hub, self.sns),
            clock=lambda: self.now,
            workers=1,
            ledger=self.ledger,
        )

    def copy(self) -> World:
        """Return the same world before any run."""
        return World(self.organization, self.facts, self.settings)


@st.composite
def changing_worlds(draw: st.DrawFn) -> list[World]:
    """Draw one organization at three times: accounts join, leave and change in between."""
    rules = draw(audit_settings)
    return [_world(draw, rules) for _ in range(3)]


def _world(draw: st.DrawFn, rules: AuditSettings) -> World:
    chosen = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=len(IDS)))
    accounts = [Account(one, draw(text), draw(states), draw(paths)) for one in chosen]
    all_facts: dict[str, AccountFacts | Exception] = {one: draw(facts) for one in (*chosen, MANAGEMENT_ACCOUNT_ID)}
    return World(an_organization(*accounts), all_facts, rules)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(changing_worlds(), st.sets(st.sampled_from([0, 1, 2])), st.sets(st.sampled_from([0, 1])))
def test_a_run_in_steps_has_the_same_outcome_as_a_run_in_one_call(
    times: list[World], partial: set[int], dry: set[int]
) -> None:
    """Over several full, partial or dry runs: the report, changes, receipts, publications and ledger."""
    at_once = times[0].copy()
    in_steps = times[0].copy()
    for number, then in enumerate(times):
        only = frozenset({MANAGEMENT_ACCOUNT_ID}) if number in partial else frozenset()
        request = RunRequest(only, dry_run=number in dry)
        for world in (at_once, in_steps):
            world.organization, world.facts = then.organization, then.facts
            world.now += timedelta(days=3)
        expected: Outcome = at_once.audit().run(request, RUN)
        conclusion = Steps(in_steps.audit).run(request)
        assert conclusion.outcome == expected
        assert conclusion.failed == ()
        assert in_steps.security_hub.published == at_once.security_hub.published
        assert in_steps.sns.published == at_once.sns.published
        assert in_steps.ledger == at_once.ledger


def test_different_facts_have_different_outcomes() -> None:
    """Otherwise the test above would compare nothing."""
    organization = an_organization(Account(IDS[0], "a", "ACTIVE"))
    fine = AccountFacts({TokenVersion: TokenVersion(2), RegionOptStatuses: RegionOptStatuses({})})
    world = World(organization, {IDS[0]: fine, MANAGEMENT_ACCOUNT_ID: fine}, AuditSettings())
    at_risk = AccountFacts({**fine.results, TokenVersion: TokenVersion(1)})
    other = replace(world.copy(), facts={**world.facts, IDS[0]: at_risk})
    assert Steps(world.audit).run(RunRequest()).outcome != other.audit().run(RunRequest(), RUN)
