"""The alert of a run, as a person and a program get it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.facts import TokenVersion, Unread
from regionproof.publishers.chat_notification import build_chat_notification
from regionproof.publishers.digest import (
    SUBJECT_LENGTH,
    TO_BE_DONE,
    Digest,
    build_document,
    build_subject,
    build_text,
    headline,
)
from tests.builders import ORGANIZATION_ID, news, some_facts

from .alerts import AT_RISK, FIRST_RUN, OF_AN_ACCOUNT, OF_THE_RUN, A, B, a_change, many, with_changes

if TYPE_CHECKING:
    from regionproof.domain.reconciled import Reconciled


def _all_of(reconciled: Reconciled) -> Digest:
    return Digest(reconciled, len(reconciled.changes))


def test_the_subject_counts_the_changes_by_kind() -> None:
    """It tells in one line whether to read on."""
    assert build_subject(FIRST_RUN) == f"RegionProof {ORGANIZATION_ID}: 1 newly noncompliant, 1 could not be audited"


@pytest.mark.parametrize("changes", [tuple(ChangeKind), tuple(ChangeKind) * 1000, tuple(reversed(ChangeKind))])
def test_a_subject_with_every_kind_of_change_leaves_out_whole_counts(changes: tuple[ChangeKind, ...]) -> None:
    """The first kinds weigh most, and no number is cut in two."""
    reconciled = with_changes(*map(a_change, changes))
    subject = build_subject(reconciled)
    assert len(subject) <= SUBJECT_LENGTH
    told = subject.removeprefix(f"RegionProof {ORGANIZATION_ID}: ").split(", ")
    assert told == headline(reconciled).split(", ")[: len(told)]


def test_the_subject_is_what_sns_takes() -> None:
    """ASCII, at most 100 characters, no control character, beginning with a letter."""
    organization = dataclasses.replace(FIRST_RUN.report.organization, id="o-" + "é" * 120)
    report = dataclasses.replace(FIRST_RUN.report, organization=organization)
    subject = build_subject(dataclasses.replace(FIRST_RUN, report=report))
    assert len(subject) == SUBJECT_LENGTH
    assert subject.isascii()
    assert subject.isprintable()
    assert subject[0].isalpha()


def test_the_text_tells_each_change_and_each_remedy() -> None:
    """With the account, its place, what was seen, and what to do."""
    text = build_text(_all_of(FIRST_RUN))
    assert f"RegionProof audited organization {ORGANIZATION_ID} at 2026-11-21 06:00 UTC." in text
    assert "3 of 4 accounts were audited. Open findings: 1 Coverage.1, 1 STS.1." in text
    assert f"  HIGH   STS.1 {A} orders in Root/Workloads/Production" in text
    assert f"  MEDIUM Coverage.1 {B} orders" in text
    assert text.count("What to do about ") == 2
    assert "not shown here" not in text


def _denied(number: int) -> Unread:
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
    return Unread("account:ListRegions", "AccessDeniedException", message)


def test_the_same_denial_in_a_thousand_accounts_is_told_once() -> None:
    """Under the accounts that it struck."""
    facts = {str(300000000000 + n): some_facts(TokenVersion(2), _denied(n)) for n in range(1000)}
    lines = build_text(_all_of(news(facts))).splitlines()
    assert sum("Coverage.1 3000000" in line for line in lines) == 1000
    (told,) = (line for line in lines if "account:ListRegions failed" in line)
    assert "exempt arn:aws:iam::*:role/RegionProofAudit in that policy" in told
    assert "service_control_policy/p-example1" in told


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_is_told_under_its_heading(kind: ChangeKind) -> None:
    """Who, why, and what to do where something is to be done."""
    reconciled = with_changes(a_change(kind))
    lines = build_text(_all_of(reconciled)).splitlines()
    after = lines[lines.index(kind.value.upper()) :]
    if kind in OF_THE_RUN:
        assert after[2] == "  the organization"
    elif kind in OF_AN_ACCOUNT:
        assert after[2] == f"  {A} orders"
    else:
        assert after[2] == f"  HIGH   STS.1 {A} orders in Root/Workloads/Production"
    assert after[3] == "    This is why."
    assert any(line.startswith("What to do about STS.1") for line in lines) is (kind in TO_BE_DONE)


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_is_told_to_programs(kind: ChangeKind) -> None:
    """By a name that stays; with the finding where there is one."""
    (told,) = build_document(_all_of(with_changes(a_change(kind))))["changes"]
    of_the_run = kind in OF_THE_RUN
    assert (told["kind"], told["detail"]) == (kind.name, "This is why.")
    assert (told["account_id"], told["account_name"]) == (("", "") if of_the_run else (A, "orders"))
    if kind in (*OF_THE_RUN, *OF_AN_ACCOUNT):
        assert told["finding"] is None
    else:
        assert (told["finding"]["rule"], told["finding"]["account_id"]) == ("STS.1", A)


def test_accounts_with_the_same_news_are_told_together() -> None:
    """The reason stands once below them, not below each."""
    text = build_text(_all_of(many(3)))
    assert text.count("fail in the opt-in Regions") == 1
    assert [line.split()[2] for line in text.splitlines() if line.startswith("  HIGH")] == [
        str(200000000000 + n) for n in range(3)
    ]


def test_changes_are_told_by_kind_and_the_worst_first() -> None:
    """What is left out is the mildest."""
    changes = tuple(a_change(kind) for kind in reversed(ChangeKind))
    document = build_document(_all_of(with_changes(*changes)))
    assert [change["kind"] for change in document["changes"]] == [kind.name for kind in ChangeKind]
    high, medium = FIRST_RUN.changes
    same_kind = dataclasses.replace(medium, kind=high.kind)
    (first,) = build_document(Digest(with_changes(same_kind, high), 1))["changes"]
    assert first["finding"]["severity"] == "HIGH"


def test_the_text_can_not_be_broken_by_a_name_nor_by_a_reason() -> None:
    """A line break in it does not make up a line of its own."""
    forged = "orders\n  HIGH   STS.1 999999999999 made up"
    texts = [
        build_text(_all_of(news({A: AT_RISK}, names={A: forged}))),
        build_text(_all_of(with_changes(Change(ChangeKind.LEFT, A, forged, forged)))),
    ]
    for text in texts:
        assert not any(line.startswith("  HIGH   STS.1 9") for line in text.splitlines())


@pytest.mark.parametrize(("shown", "omitted"), [(0, 5), (1, 4), (4, 1), (5, 0)])
def test_what_is_left_out_is_counted_in_every_form(shown: int, omitted: int) -> None:
    """Text, program and chat say the same number."""
    digest = Digest(many(5), shown)
    text, document, chat = build_text(digest), build_document(digest), build_chat_notification(digest)
    assert digest.omitted == omitted
    assert (f"{omitted} more changes are not shown here" in text) is bool(omitted)
    assert (len(document["changes"]), document["changes_omitted"]) == (shown, omitted)
    description = chat["content"]["description"]
    assert description.count("•") == shown
    assert (f"and {omitted} more" in description) is bool(omitted)


def test_the_document_has_the_shape_of_the_report() -> None:
    """A program that reads the report's findings reads these too."""
    document: dict[str, Any] = json.loads(json.dumps(build_document(_all_of(FIRST_RUN))))
    assert list(document) == [
        "source",
        "version",
        "run",
        "organization",
        "summary",
        "changes",
        "changes_omitted",
        "rules",
    ]
    assert document["summary"]["noncompliant"] == len(document["changes"]) == 2
    assert {change["finding"]["id"] for change in document["changes"]} == {
        finding.id for finding in FIRST_RUN.report.open_findings
    }
