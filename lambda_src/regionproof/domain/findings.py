"""Findings: what a rule says of an account, with everything that a person needs to act on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from regionproof.settings.shape import Exemption

    from .accounts import Account


COVERAGE = "Coverage.1"
"""The rule about the audit itself: its findings say which accounts could not be read."""


class Compliance(StrEnum):
    """The four values of AWS Config. ``INSUFFICIENT_DATA`` means: could not be read.

    https://docs.aws.amazon.com/config/latest/APIReference/API_Compliance.html
    """

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Severity(StrEnum):
    """The severity labels of Security Hub, the lowest first."""

    INFORMATIONAL = "INFORMATIONAL"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """Return the place in the order from low to high, from 0."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one account: the compliance, how bad it is, and one sentence with the values seen."""

    compliance: Compliance
    severity: Severity
    sentence: str
    observed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def compliant(cls, sentence: str, **observed: str) -> Verdict:
        """Make the verdict that all is well."""
        return cls(Compliance.COMPLIANT, Severity.INFORMATIONAL, sentence, observed)

    @classmethod
    def noncompliant(cls, severity: Severity, sentence: str, **observed: str) -> Verdict:
        """Make the verdict that something is to be done."""
        return cls(Compliance.NON_COMPLIANT, severity, sentence, observed)

    @classmethod
    def not_applicable(cls, sentence: str) -> Verdict:
        """Make the verdict that the rule has nothing to say here."""
        return cls(Compliance.NOT_APPLICABLE, Severity.INFORMATIONAL, sentence)

    @classmethod
    def insufficient_data(cls, sentence: str) -> Verdict:
        """Make the verdict that a value which decides could not be read."""
        return cls(Compliance.INSUFFICIENT_DATA, Severity.INFORMATIONAL, sentence)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict on one account in one run. ``first_seen`` and ``last_seen`` are aware, in UTC."""

    id: str
    rule: str
    account: Account
    verdict: Verdict
    title: str
    risk: str
    remediation: str
    reference: str
    first_seen: datetime
    last_seen: datetime
    exemption: Exemption | None = None

    @property
    def is_noncompliant(self) -> bool:
        """Return whether something is to be done, exempt or not."""
        return self.verdict.compliance is Compliance.NON_COMPLIANT

    @property
    def is_open(self) -> bool:
        """Return whether something is to be done and no one has taken it on by an exemption."""
        return self.is_noncompliant and self.exemption is None


def finding_id(organization_id: str, account_id: str, rule: str) -> str:
    """Return the id of a finding: the same in every run, in no two places."""
    return f"regionproof/{organization_id}/{account_id}/{rule}"
