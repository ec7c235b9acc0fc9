"""What a run needs of the world outside. Adapters and the tests' fakes implement these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .accounts import Account, Organization
    from .facts import AccountFacts
    from .receipts import Receipt
    from .report import Report

    Clock = Callable[[], datetime]
    """Returns the time now, aware, in UTC."""


class OrganizationSource(Protocol):
    """Lists the organization."""

    def read(self) -> Organization:
        """Return the organization with every account. Raises when the listing breaks off."""


class FactReader(Protocol):
    """Reads one account."""

    def read(self, account: Account) -> AccountFacts:
        """Return what could be read of an open account, and why the rest could not be."""


class Publisher(Protocol):
    """Brings a report to one destination."""

    def publish(self, report: Report) -> Receipt:
        """Send what this destination wants of the report, and say what arrived. Does not raise for AWS's refusal."""
