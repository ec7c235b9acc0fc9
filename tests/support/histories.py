"""A history: an organization that changes between runs, and one ledger for all of these runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from regionproof.audit.run import Audit
from regionproof.domain.facts import AccountFacts, TokenVersion
from regionproof.domain.ledger import Entry, Ledger
from regionproof.domain.receipts import Destination
from regionproof.domain.run import Outcome, RunRequest
from regionproof.settings.shape import AuditSettings, Exemption
from regionproof.time_budget import TimeBudget, no_time_limit

from .builders import (
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
from .fakes import FakeFactReader, FakeLedgerStore, FakeOrganizationSource, RecordingPublisher

if TYPE_CHECKING:
    from datetime import date

    from regionproof.domain.ports import RemainingTime
    from regionproof.settings.shape import RuleId

A, B, C = "222222222222", "333333333333", "444444444444"
FINE = some_facts(TokenVersion(2))
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
UNREADABLE = some_facts(DENIED, DENIED)
DAY = timedelta(days=1)


def exempt(account_id: str, until: date, rule: RuleId = "STS.1") -> AuditSettings:
    """Return settings with one exemption."""
    return AuditSettings(
        exemptions=(Exemption(account=account_id, rule=rule, owner="payments", reason="a device", until=until),)
    )


@dataclass
class History:
    """Accounts by id with their facts, and the results of the runs so far. The management account is compliant.

    A test changes ``facts``, ``states``, ``settings`` and ``now`` between runs.
    """

    facts: dict[str, AccountFacts | Exception] = field(default_factory=lambda: {A: FINE, B: FINE})
    states: dict[str, str] = field(default_factory=dict)
    settings: AuditSettings = field(default_factory=AuditSettings)
    now: datetime = NOW
    store: FakeLedgerStore = field(default_factory=FakeLedgerStore)
    security_hub: RecordingPublisher = field(default_factory=RecordingPublisher)
    sns: RecordingPublisher = field(default_factory=lambda: RecordingPublisher(Destination.SNS))
    remaining_time: RemainingTime = no_time_limit

    def run(self, *accounts: str, later: timedelta = timedelta()) -> list[tuple[str, str]]:
        """Let time pass, run, and return the reported changes in the form of ``change_places``."""
        self.now += later
        return change_places(self.audit().run(RunRequest(frozenset(accounts)), "run"))

    def audit(self) -> Audit:
        """Return a run over the organization as it is now."""
        accounts = (an_account(account_id, state=self.states.get(account_id, "ACTIVE")) for account_id in self.facts)
        return Audit(
            settings=self.settings,
            identity=IDENTITY,
            organization=FakeOrganizationSource(an_organization(*accounts)),
            reader=FakeFactReader({MANAGEMENT_ACCOUNT_ID: FINE, **self.facts}),
            publishers=(self.security_hub, self.sns),
            clock=lambda: self.now,
            workers=1,
            ledger=self.store,
            budget=TimeBudget(self.remaining_time),
        )

    @property
    def ledger(self) -> Ledger:
        """Return the current ledger."""
        return self.store.ledger or Ledger(ORGANIZATION_ID)

    def entry(self, account_id: str, rule: str = "STS.1") -> Entry:
        """Return the entry of an account and a rule."""
        return self.ledger.entries[account_id, rule]


def change_places(outcome: Outcome) -> list[tuple[str, str]]:
    """Return the changes of a run, by kind and place: ``("FIXED", "222222222222/STS.1")``."""
    return [
        (change.kind.name, "/".join(filter(None, (change.account_id, change.finding.rule if change.finding else ""))))
        for change in outcome.changes
    ]
