"""Findings: compliance, severity, and who has taken one on."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.findings import Compliance, Finding, Severity, Verdict, finding_id
from regionproof.settings.shape import Exemption
from tests.support.builders import a_report, some_facts

ids = st.from_regex(r"[0-9]{12}", fullmatch=True)


def _a_finding(verdict: Verdict) -> Finding:
    return dataclasses.replace(a_report({"222222222222": some_facts()}).findings[0], verdict=verdict)


def test_the_severities_are_ordered_as_security_hub_orders_them() -> None:
    """The worst has the highest rank."""
    ranked = sorted(Severity, key=lambda severity: severity.rank)
    assert ranked == ["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]


@pytest.mark.parametrize(
    ("verdict", "compliance"),
    [
        (Verdict.compliant("fine", TokenVersion="2"), Compliance.COMPLIANT),
        (Verdict.not_applicable("nothing to say"), Compliance.NOT_APPLICABLE),
        (Verdict.insufficient_data("not read"), Compliance.INSUFFICIENT_DATA),
    ],
)
def test_only_a_noncompliant_verdict_weighs(verdict: Verdict, compliance: Compliance) -> None:
    """All others are informational."""
    assert (verdict.compliance, verdict.severity) == (compliance, Severity.INFORMATIONAL)
    assert not _a_finding(verdict).is_noncompliant
    assert not _a_finding(verdict).is_open


def test_a_noncompliant_finding_is_open() -> None:
    """Something is to be done."""
    finding = _a_finding(Verdict.noncompliant(Severity.HIGH, "bad", TokenVersion="1"))
    assert finding.is_noncompliant
    assert finding.is_open


def test_an_exempt_finding_stays_noncompliant_and_is_not_open() -> None:
    """It is visible, and no one is alerted."""
    exemption = Exemption(
        account="222222222222", rule="STS.1", owner="payments", reason="a device", until=date(2027, 3, 31)
    )
    noncompliant = _a_finding(Verdict.noncompliant(Severity.HIGH, "bad"))
    finding = dataclasses.replace(noncompliant, exemption=exemption)
    assert finding.is_noncompliant
    assert not finding.is_open


def test_the_id_names_the_organization_the_account_and_the_rule() -> None:
    """Programs may rely on its spelling."""
    assert finding_id("o-exampleorg", "222222222222", "STS.1") == "regionproof/o-exampleorg/222222222222/STS.1"


@settings(max_examples=50, deadline=None, derandomize=True)
@given(one=st.tuples(ids, ids, ids), other=st.tuples(ids, ids, ids))
def test_no_two_places_share_an_id(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """The id is the same for the same place, and only for it."""
    assert (finding_id(*one) == finding_id(*other)) is (one == other)
