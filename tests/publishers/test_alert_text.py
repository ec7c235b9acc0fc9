"""The alert for people: every change with its reason, each remedy once, and no links except our own."""

from __future__ import annotations

import dataclasses
import re

import pytest

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.facts import ReadFailure, TokenVersion
from regionproof.publishers.alert_text import ACTIONABLE, build_text
from regionproof.publishers.digest import DETAIL_LENGTH, Digest
from tests.support.builders import ORGANIZATION_ID, news, some_facts

from .alerts import (
    AT_RISK,
    FIRST_RUN,
    IDLE,
    WITHOUT_ACCOUNT,
    WITHOUT_FINDING,
    A,
    B,
    a_change,
    all_of,
    many,
    with_changes,
)

LINK = re.compile(r"https?://\S+|\w@\w+|www\.|[\w-]+\.[a-z]{2,}|[0-9]+\.[0-9]+\.[0-9]+")
HOSTS = (
    "https://evil.example/sso-login",
    "www.evil.example",
    "evil.example",
    "root@evil.example",
    "10.0.0.1",
    "xn--e1afmkfd.xn--p1ai",
)


def test_the_text_has_each_change_and_each_remedy() -> None:
    """People need the account, its organizational unit, the reason and the remedy."""
    text = build_text(all_of(FIRST_RUN))
    assert f"RegionProof audited organization {ORGANIZATION_ID} at 2026-11-21 06:00 UTC." in text
    assert "3 of 4 accounts were audited. Open findings: 1 Coverage.1, 1 STS.1." in text
    assert f"  HIGH   STS.1 {A} orders in Root/Workloads/Production" in text
    assert f"  MEDIUM Coverage.1 {B} orders" in text
    assert text.count("What to do about ") == 2
    assert "did not fit" not in text


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_has_its_heading(kind: ChangeKind) -> None:
    """Below it are the account, the reason, and the remedy if the change needs one."""
    reconciliation = with_changes(a_change(kind))
    lines = build_text(all_of(reconciliation)).splitlines()
    after = lines[lines.index(kind.value.upper()) :]
    if kind is ChangeKind.SETTING_IDLE:
        assert after[2] == f"  {IDLE.place}"
    elif kind in WITHOUT_ACCOUNT:
        assert after[2] == "  the organization"
    elif kind in WITHOUT_FINDING:
        assert after[2] == f"  {A} orders"
    else:
        assert after[2] == f"  HIGH   STS.1 {A} orders in Root/Workloads/Production"
    assert after[3] == "    This is why."
    assert any(line.startswith("What to do about STS.1") for line in lines) is (kind in ACTIONABLE)


def test_accounts_with_the_same_reason_are_grouped() -> None:
    """Their reason is below them only once."""
    text = build_text(all_of(many(3)))
    assert text.count("fail in the opt-in Regions") == 1
    assert [line.split()[2] for line in text.splitlines() if line.startswith("  HIGH")] == [
        str(200000000000 + n) for n in range(3)
    ]


def test_names_and_reasons_cannot_add_lines() -> None:
    """A line break in a name could otherwise forge a finding."""
    forged = "orders\n  HIGH   STS.1 999999999999 made up"
    texts = [
        build_text(all_of(news({A: AT_RISK}, names={A: forged}))),
        build_text(all_of(with_changes(Change(ChangeKind.LEFT, A, forged, forged)))),
    ]
    for text in texts:
        assert not any(line.startswith("  HIGH   STS.1 9") for line in text.splitlines())


@pytest.mark.parametrize("host", HOSTS)
def test_untrusted_text_has_no_links_in_a_mail(host: str) -> None:
    """Names and reasons have none, but the remedies keep their links to AWS pages."""
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
def test_a_very_long_reason_is_cut_with_an_ellipsis(kind: ChangeKind) -> None:
    """Otherwise the other changes would not fit."""
    text = build_text(all_of(with_changes(a_change(kind, "why " * 100_000))))
    (reason,) = (line for line in text.splitlines() if line.startswith("    why "))
    assert len(reason) <= DETAIL_LENGTH + len("    ")
    assert reason.endswith("…")


def test_the_text_mentions_security_hub_only_if_it_has_the_findings() -> None:
    """Otherwise readers would search Security Hub in vain."""
    assert "Security Hub" in build_text(all_of(FIRST_RUN))
    without = build_text(Digest(FIRST_RUN, 2, security_hub=False))
    assert "Security Hub" not in without
    assert without.endswith("To list all findings, run `regionproof audit --member-role ROLE`.")


def _denied(number: int) -> ReadFailure:
    """Return the same denial in AWS's words, with the ids of an account and a request."""
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
    """Otherwise the text would not fit, as each message has different ids."""
    facts = {str(300000000000 + n): some_facts(TokenVersion(2), _denied(n)) for n in range(1000)}
    lines = build_text(all_of(news(facts))).splitlines()
    assert sum("Coverage.1 3000000" in line for line in lines) == 1000
    (sentence,) = (line for line in lines if "account:ListRegions failed" in line)
    assert "exempt arn:aws:iam::*:role/RegionProofAudit in that policy" in sentence
    assert "service_control_policy/p-example1" in sentence
