"""Fakes of the ports: small, real implementations that tests fill and read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from regionproof.domain.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.report import Report


@dataclass
class FakeOrganizationSource:
    """Lists the organization it was given, or fails as it was told to."""

    organization: Organization
    failure: Exception | None = None

    def read(self) -> Organization:
        """Return the organization, or raise the failure."""
        if self.failure:
            raise self.failure
        return self.organization


@dataclass
class FakeFactReader:
    """Answers with the facts given by account id; an exception in their place is raised."""

    facts: Mapping[str, AccountFacts | Exception]
    asked: list[str] = field(default_factory=list)

    def read(self, account: Account) -> AccountFacts:
        """Return the account's facts, or raise the exception in their place."""
        self.asked.append(account.id)
        found = self.facts[account.id]
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class RecordingPublisher:
    """Keeps every report that it is given."""

    reports: list[Report] = field(default_factory=list)

    def publish(self, report: Report) -> Receipt:
        """Keep the report."""
        self.reports.append(report)
        return Receipt("record", delivered=len(report.findings))
