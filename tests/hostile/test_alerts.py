"""The alert: subject, mail, JSON and chat message, over names and errors that mean harm."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from hypothesis import given

from regionproof.domain.changes import ChangeKind
from regionproof.domain.findings import COVERAGE
from regionproof.domain.untrusted_text import shorten
from regionproof.publishers.alert_text import build_text
from regionproof.publishers.chat_notification import build_chat_notification
from regionproof.publishers.digest import DETAIL_LENGTH, NAME_LENGTH, build_subject
from regionproof.publishers.sns import MESSAGE_BYTES, build_alert

from .characters import acting, sendable
from .corpus import MANY, hostile_names, hostile_texts
from .organization import IDS, a_report, everything, news, refused

HEADINGS = {kind.value.upper() for kind in ChangeKind}
OF_A_CHANGE = re.compile(r"  (?:(?:HIGH|MEDIUM|LOW) +\S+ )?([0-9]{12}) ")
CALLS_OR_LINKS = re.compile(r"[<>@*_~`\[\]|]|https?:|://|//|\w\.\w|mailto:")
OURS = re.compile(r"\*(?:STS|Coverage|Regions)\.1\* ")
LINKS = re.compile(
    r"(?i)\w://|mailto:|tel:|script:|\w@\w|[^\W_][.\u3002\uff0e\uff61\u2024][^\W\d_]|[0-9]\.[0-9]+\.[0-9]|(?:^| )\\\\"
)
TOLD = 4
"""Changes of the run: its ledger, one account at risk, one unread, one that left."""


def forms(name: str, said: str) -> dict[str, str]:
    """Return what each protocol gets, decoded as SNS does."""
    message = build_alert(news(name, said)).message
    assert len(message.encode()) <= MESSAGE_BYTES
    assert acting(message) == set()
    parsed: dict[str, str] = json.loads(message)
    return parsed


@MANY
@given(hostile_names(), hostile_texts())
def test_a_mail_has_the_lines_that_we_wrote_and_no_other(name: str, said: str) -> None:
    """As many as for a harmless name, each heading once, and no character that acts on a reader."""
    text = forms(name, said)["default"]
    assert acting(text) == {"\n"}
    lines = text.split("\n")
    assert len(lines) == len(forms("orders", "no")["default"].split("\n"))
    assert sum(line in HEADINGS for line in lines) == TOLD
    named = {found.group(1) for line in lines if (found := OF_A_CHANGE.match(line))}
    assert named <= {*IDS, "444444444444"}


@MANY
@given(hostile_names(), hostile_texts())
def test_a_mail_has_no_links_but_ours(name: str, said: str) -> None:
    """As many as for a harmless name: the pages of AWS about the remedies. Clients link without being asked to."""
    harmless = LINKS.findall(forms("orders", "no")["default"])
    assert LINKS.findall(forms(name, said)["default"]) == harmless


@MANY
@given(hostile_names(), hostile_texts())
def test_programs_get_one_document_that_reads_back_as_it_was(name: str, said: str) -> None:
    """Nothing in a name adds, hides or ends a member; it is shortened, and what is no character is replaced."""
    shown = sendable(shorten(name, NAME_LENGTH))
    document = json.loads(forms(name, said)["sqs"])
    changes: list[dict[str, Any]] = document["changes"]
    assert len(changes) == TOLD
    assert {change["account_name"] for change in changes} - {""} <= {shown}
    assert {change["finding"]["account_name"] for change in changes if change["finding"]} == {shown}
    (unread,) = (change for change in changes if change["kind"] == "NOT_AUDITABLE")
    (sentence,) = (f.verdict.sentence for f in a_report(name, said).open_findings if f.rule == COVERAGE)
    assert refused(said).message in sentence
    assert unread["detail"] == sendable(shorten(sentence, DETAIL_LENGTH))
    assert acting(forms(name, said)["sqs"]) == set()


@MANY
@given(hostile_names(), hostile_texts())
def test_a_chat_message_calls_nobody_links_nowhere_and_formats_nothing(name: str, said: str) -> None:
    """One line a change, and of the signs that chats act on only our own."""
    content = build_chat_notification(everything(news(name, said)))["content"]
    lines = content["description"].split("\n")
    assert len(lines) == TOLD
    for line in lines:
        assert line.startswith("• ")
        assert CALLS_OR_LINKS.findall(OURS.sub("", line)) == []
    assert acting(json.dumps(content, ensure_ascii=False)) == set()
    assert json.loads(forms(name, said)["https"])["content"] == content


@MANY
@given(hostile_texts())
def test_the_subject_is_one_that_sns_takes_and_names_no_account(name: str) -> None:
    """ASCII, less than 100 characters, no control character; even where the organization's id meant harm."""
    quiet = news("orders", "no")
    assert build_subject(news(name, name)) == build_subject(quiet)
    organization = dataclasses.replace(quiet.report.organization, id=name)
    subject = build_subject(
        dataclasses.replace(quiet, report=dataclasses.replace(quiet.report, organization=organization))
    )
    assert subject.isascii()
    assert subject.isprintable()
    assert subject.startswith("RegionProof ")
    assert len(subject) < 100


@MANY
@given(hostile_texts())
def test_an_organizations_id_breaks_no_form_either(org: str) -> None:
    """It comes from AWS, or from what is in its place."""
    quiet = news("orders", "no")
    organization = dataclasses.replace(quiet.report.organization, id=org)
    changed = dataclasses.replace(quiet, report=dataclasses.replace(quiet.report, organization=organization))
    assert acting(build_text(everything(changed))) == {"\n"}
    notification = build_chat_notification(everything(changed))
    assert acting(json.dumps(notification, ensure_ascii=False)) == set()
    assert not CALLS_OR_LINKS.search("".join(notification["content"]["keywords"]))
