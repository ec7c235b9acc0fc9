"""The alert as a person reads it: every change with its reason, each remedy once, and no link but our own."""

from __future__ import annotations

import dataclasses
import re

import pytest

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.facts import ReadFailure, TokenVersion
from regionproof.publishers.alert_text import TO_BE_DONE, build_text
from regionproof.publishers.digest import DETAIL_LENGTH, Digest
from tests.support.builders import ORGANIZATION_ID, news, some_facts

from .alerts import AT_RISK, FIRST_RUN, IDLE, OF_AN_ACCOUNT, OF_THE_RUN, A, B, a_change, all_of, many, with_changes

LINK = re.compile(r"https?://\S+|\w@\w+|www\.|[\w-]+\.[a-z]{2,}|[0-9]+\.[0-9]+\.[0-9]+")
HOSTS = (
    "https://evil.example/sso-login",
    "www.evil.example",
    "evil.example",
    "root@evil.example",
    "10.0.0.1",
    "xn--e1afmkfd.xn--p1ai",
)


def test_the_text_tells_each_change_and_each_remedy() -> None:
    """With the account, its place, what was seen, and what to do."""
    text = build_text(all_of(FIRST_RUN))
    assert f"RegionProof audited organization {ORGANIZATION_ID} at 2026-11-21 06:00 UTC." in text
    assert "3 of 4 accounts were audited. Open findings: 1 Coverage.1, 1 STS.1." in text
    assert f"  HIGH   STS.1 {A} orders in Root/Workloads/Production" in text
    assert f"  MEDIUM Coverage.1 {B} orders" in text
    assert text.count("What to do about ") == 2
    assert "not shown here" not in text


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_is_told_under_its_heading(kind: ChangeKind) -> None:
    """Who, why, and what to do where something is to be done."""
    reconciliation = with_changes(a_change(kind))
    lines = build_text(all_of(reconciliation)).splitlines()
    after = lines[lines.index(kind.value.upper()) :]
    if kind is ChangeKind.SETTING_IDLE:
        assert after[2] == f"  {IDLE.place}"
    elif kind in OF_THE_RUN:
        assert after[2] == "  the organization"
    elif kind in OF_AN_ACCOUNT:
        assert after[2] == f"  {A} orders"
    else:
        assert after[2] == f"  HIGH   STS.1 {A} orders in Root/Workloads/Production"
    assert after[3] == "    This is why."
    assert any(line.startswith("What to do about STS.1") for line in lines) is (kind in TO_BE_DONE)


def test_accounts_with_the_same_news_are_told_together() -> None:
    """The reason stands once below them, not below each."""
    text = build_text(all_of(many(3)))
    assert text.count("fail in the opt-in Regions") == 1
    assert [line.split()[2] for line in text.splitlines() if line.startswith("  HIGH")] == [
        str(200000000000 + n) for n in range(3)
    ]


def test_the_text_can_not_be_broken_by_a_name_nor_by_a_reason() -> None:
    """A line break in it does not make up a line of its own."""
    forged = "orders\n  HIGH   STS.1 999999999999 made up"
    texts = [
        build_text(all_of(news({A: AT_RISK}, names={A: forged}))),
        build_text(all_of(with_changes(Change(ChangeKind.LEFT, A, forged, forged)))),
    ]
    for text in texts:
        assert not any(line.startswith("  HIGH   STS.1 9") for line in text.splitlines())


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_that_others_write_is_a_link_in_a_mail(host: str) -> None:
    """Neither in a name nor in a reason. AWS's pages about the remedies stay links."""
    finding = FIRST_RUN.report.open_findings[0]
    account = dataclasses.replace(
        finding.account, parents=(dataclasses.replace(finding.account.parents[0], name=host),)
    )
    finding = dataclasses.replace(finding, account=account)
    change = Change(ChangeKind.NEWLY_NONCOMPLIANT, A, host, f"See {host}.", finding)
    text = build_text(all_of(with_changes(change)))
    assert host not in text
    assert LINK.findall(text) == [finding.reference]


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_reason_without_end_is_cut_and_says_so(kind: ChangeKind) -> None:
    """It leaves room for the other changes."""
    text = build_text(all_of(with_changes(a_change(kind, "why " * 100_000))))
    (why,) = (line for line in text.splitlines() if line.startswith("    why "))
    assert len(why) <= DETAIL_LENGTH + len("    ")
    assert why.endswith("…")


def test_security_hub_is_named_only_if_the_findings_are_there() -> None:
    """Else somebody would look for them in vain."""
    assert "Security Hub" in build_text(all_of(FIRST_RUN))
    without = build_text(Digest(FIRST_RUN, 2, security_hub=False))
    assert "Security Hub" not in without
    assert "lists every finding" in without


def _denied(number: int) -> ReadFailure:
    """Return how AWS words the same denial in an account, with what differs by account and request."""
    account, request = str(300000000000 + number), f"{number:024x}"
    message = (
        f"User: arn:aws:sts::{account}:assumed-role/RegionProofAudit/RegionProofAudit is not authorized to perform: "
        f"account:ListRegions on resource: arn:aws:account::{account}:account with an explicit deny in a service "
        "control policy: arn:aws:organizations::111111111111:policy/o-exampleorg/service_control_policy/p-example1. "
        f"Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/{request} "
        "for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: "
        f"{request}"
    )
    return ReadFailure("account:ListRegions", "AccessDeniedException", message)


def test_the_same_denial_in_a_thousand_accounts_is_reported_once() -> None:
    """Under the accounts that it struck."""
    facts = {str(300000000000 + n): some_facts(TokenVersion(2), _denied(n)) for n in range(1000)}
    lines = build_text(all_of(news(facts))).splitlines()
    assert sum("Coverage.1 3000000" in line for line in lines) == 1000
    (sentence,) = (line for line in lines if "account:ListRegions failed" in line)
    assert "exempt arn:aws:iam::*:role/RegionProofAudit in that policy" in sentence
    assert "service_control_policy/p-example1" in sentence
