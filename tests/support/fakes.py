"""Fakes of the ports: small, real implementations that tests fill and read."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aws_lambda_powertools import Logger

from regionproof.domain.ledger import Ledger
from regionproof.domain.ports import LedgerConflict, LedgerSnapshot
from regionproof.domain.receipts import Destination, Receipt, Undelivered
from regionproof.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.reconciliation import Reconciliation
    from regionproof.domain.report import Report


@dataclass
class FakeOrganizationSource:
    """Lists a given organization, or raises a given failure."""

    organization: Organization
    failure: Exception | None = None
    walked: bool = True
    first_seen_as: Mapping[str, Account] = field(default_factory=dict)

    def describe(self) -> Organization:
        """Return the organization without its accounts, or raise the failure."""
        if self.failure:
            raise self.failure
        return replace(self.organization, accounts=())

    def accounts(
        self, organization: Organization, seen: Callable[[Account], None] = lambda _account: None
    ) -> Iterator[Account]:
        """Yield the accounts of the organization, each seen before that, as ``first_seen_as`` has it."""
        assert organization == replace(self.organization, accounts=())
        for account in self.organization.accounts:
            seen(self.first_seen_as.get(account.id, account))
            yield account

    def unit_ids(self) -> frozenset[str] | None:
        """Return the given units of the organization, or else those of its accounts."""
        if not self.walked:
            return None
        if self.organization.unit_ids is not None:
            return self.organization.unit_ids
        return frozenset(unit.id for account in self.organization.accounts for unit in account.parents)


@dataclass
class FakeFactReader:
    """Returns the given facts by account id, or raises an exception that is given instead."""

    facts: Mapping[str, AccountFacts | Exception]
    asked: list[str] = field(default_factory=list)

    def read(self, account: Account) -> AccountFacts:
        """Return the facts of an account, or raise the exception given for it."""
        self.asked.append(account.id)
        facts = self.facts[account.id]
        if isinstance(facts, Exception):
            raise facts
        return facts


@dataclass
class RecordingPublisher:
    """Records every reconciliation, and accepts all items that it is not set to refuse.

    With ``loses_answers`` the outcome of every item is uncertain.
    """

    destination: Destination = Destination.SECURITY_HUB
    refuses: frozenset[str] = frozenset()
    refuses_everything: bool = False
    loses_answers: bool = False
    published: list[Reconciliation] = field(default_factory=list)

    @property
    def reports(self) -> list[Report]:
        """Return the published reports."""
        return [reconciliation.report for reconciliation in self.published]

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Record the reconciliation."""
        self.published.append(reconciliation)
        if self.destination is Destination.SNS:
            items = [change.key for change in reconciliation.changes]
        else:
            items = [finding.id for finding in (*reconciliation.report.findings, *reconciliation.departed)]
        all_refused = self.refuses_everything or self.loses_answers
        refused = frozenset(items) if all_refused else self.refuses & frozenset(items)
        undelivered = tuple(Undelivered(item, "Refused", "not today", self.loses_answers) for item in sorted(refused))
        return Receipt(self.destination, frozenset(items) - refused, undelivered)


@dataclass
class FakeLedgerStore:
    """Keeps one ledger in memory. As in S3, a write must name the version that it replaces.

    ``others_write`` has, for each of the next writes, the ledger that another run writes just before; None for none.
    ``refused_writes`` has, for each of the next writes, whether it is denied.
    """

    ledger: Ledger | None = None
    version: int = 0
    unusable: str = ""
    set_aside: list[bytes] = field(default_factory=list)
    others_write: list[Ledger | None] = field(default_factory=list)
    refused_writes: list[bool] = field(default_factory=list)

    def read(self, organization_id: str) -> LedgerSnapshot:
        """Return the ledger with its version."""
        version = str(self.version) if self.version else None
        if self.unusable:
            return LedgerSnapshot(Ledger(organization_id), version, self.unusable, b"damaged")
        return LedgerSnapshot(self.ledger or Ledger(organization_id), version)

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Replace the ledger that was read. Before that, let another run write, if the test has prepared one."""
        del run_id
        if self.refused_writes and self.refused_writes.pop(0):
            raise SetupError("PutObject failed with AccessDenied: no")
        if self.others_write and (newer := self.others_write.pop(0)):
            self.ledger, self.version = newer, self.version + 1
        if replaced.version != (str(self.version) if self.version else None):
            raise LedgerConflict
        if replaced.unusable:
            self.set_aside.append(replaced.content)
        self.ledger, self.version, self.unusable = ledger, self.version + 1, ""
        return str(self.version)


@dataclass
class RecordingLog:
    """A real logger whose lines a test can read."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    logger: Logger = field(init=False)

    def __post_init__(self) -> None:
        """Give the logger a unique name, because Powertools shares loggers with the same name."""
        self.logger = Logger(service=f"test-{uuid4()}", level="DEBUG", stream=self.stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return every line, parsed."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]
