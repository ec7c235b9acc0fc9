"""The alert in a chat channel: a custom notification of Amazon Q Developer, within its limits."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from regionproof.domain.changes import ChangeKind
from regionproof.publishers.chat_notification import (
    DESCRIPTION_LENGTH,
    TITLE_LENGTH,
    build_chat_notification,
    fits_in_chat,
)
from regionproof.publishers.digest import Digest, headline
from tests.support.builders import ORGANIZATION_ID, news

from .alerts import AT_RISK, FIRST_RUN, OF_AN_ACCOUNT, OF_THE_RUN, A, a_change, all_of, many, with_changes

HOSTILE = "*<!channel>*\n`rm` \x1b[31m<https://evil.example|here> & \N{RIGHT-TO-LEFT OVERRIDE}"

CUSTOM_NOTIFICATION = Draft202012Validator(
    {
        "$comment": "https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html",
        "type": "object",
        "properties": {
            "version": {"const": "1.0"},
            "source": {"const": "custom"},
            "id": {"type": "string", "minLength": 1},
            "content": {
                "type": "object",
                "properties": {
                    "textType": {"const": "client-markdown"},
                    "title": {"type": "string", "minLength": 1, "maxLength": TITLE_LENGTH},
                    "description": {"type": "string", "minLength": 1, "maxLength": DESCRIPTION_LENGTH},
                    "nextSteps": {"type": "array", "items": {"type": "string", "minLength": 1}},
                    "keywords": {"type": "array", "items": {"type": "string", "minLength": 1}},
                },
                "required": ["description"],
                "additionalProperties": False,
            },
            "metadata": {
                "type": "object",
                "properties": {
                    "threadId": {"type": "string", "minLength": 1},
                    "summary": {"type": "string", "minLength": 1},
                    "eventType": {"type": "string", "minLength": 1},
                    "relatedResources": {"type": "array", "items": {"type": "string"}},
                    "additionalContext": {"type": "object", "additionalProperties": {"type": "string"}},
                },
                "additionalProperties": False,
            },
        },
        "required": ["version", "source", "content"],
        "additionalProperties": False,
    }
)


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_is_a_line_that_says_what_and_who(kind: ChangeKind) -> None:
    """A change of the whole run says why instead of who."""
    notification = build_chat_notification(all_of(with_changes(a_change(kind))))
    CUSTOM_NOTIFICATION.validate(notification)
    of_a_finding = "" if kind in (*OF_THE_RUN, *OF_AN_ACCOUNT) else "*STS.1* HIGH: "
    said = "This is why." if kind in OF_THE_RUN else f"orders ({A})"
    assert notification["content"]["description"] == f"• {of_a_finding}{kind.value}: {said}"
    assert notification["metadata"]["summary"] == headline(with_changes(a_change(kind)))


@pytest.mark.parametrize("kind", OF_THE_RUN)
def test_what_a_damaged_file_holds_can_neither_format_a_chat_message_nor_call_anyone(kind: ChangeKind) -> None:
    """The reason quotes what was found."""
    notification = build_chat_notification(all_of(with_changes(a_change(kind, HOSTILE))))
    said = notification["content"]["description"].removeprefix(f"• {kind.value}: ")
    assert not set(said) & set("<>*`\n\x1b\N{RIGHT-TO-LEFT OVERRIDE}")


def test_the_chat_form_is_a_custom_notification() -> None:
    """Amazon Q Developer drops anything else without a word."""
    CUSTOM_NOTIFICATION.validate(build_chat_notification(all_of(FIRST_RUN)))


def accounts_in(description: str) -> set[str]:
    """Return the account ids that a description names."""
    return set(re.findall(r"\b[0-9]{12}\b", description))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(count=st.integers(1, 400), name=st.text("x*<\u202e注.", max_size=140), shown=st.integers(0, 400))
def test_the_chat_form_keeps_its_limits_and_counts_for_every_report(count: int, name: str, shown: int) -> None:
    """Accounts named and changes counted are all changes, within 4,000 characters."""
    reconciliation = many(count, name)
    notification = build_chat_notification(Digest(reconciliation, min(shown, count)))
    CUSTOM_NOTIFICATION.validate(notification)
    description = notification["content"]["description"]
    last = description.split("\n")[-1]
    more = int(last.split()[1]) if last.startswith("and ") else 0
    assert len(accounts_in(description)) + more == count


def test_accounts_with_the_same_change_share_a_line_if_there_is_no_room_for_names() -> None:
    """Every one of 300 is named by its id; up to then each has a line and its name."""
    few = build_chat_notification(all_of(many(50)))["content"]["description"]
    assert few.count("•") == few.count("orders") == 50
    description = build_chat_notification(all_of(many(300)))["content"]["description"]
    assert description.startswith("• *STS.1* HIGH: Newly noncompliant (300): 200000000000 200000000001 ")
    assert len(accounts_in(description)) == 300


def test_what_fits_in_chat_is_reported_there_one_by_one() -> None:
    """And what does not is counted."""
    assert fits_in_chat(all_of(many(300)))
    assert not fits_in_chat(all_of(many(310)))
    assert "and " in build_chat_notification(all_of(many(310)))["content"]["description"].split("\n")[-1]


def test_security_hub_is_named_only_if_the_findings_are_there() -> None:
    """Else somebody would look for them in vain."""
    assert "Security Hub" in str(build_chat_notification(all_of(FIRST_RUN)))
    assert "Security Hub" not in str(build_chat_notification(Digest(FIRST_RUN, 2, security_hub=False)))


def test_a_name_can_neither_format_a_chat_message_nor_call_anyone_nor_link() -> None:
    """``<!channel>`` would call everyone, ``<url|text>`` would show a false link."""
    reconciliation = news({A: AT_RISK}, names={A: HOSTILE})
    description: str = build_chat_notification(all_of(reconciliation))["content"]["description"]
    name = description.removeprefix("• *STS.1* HIGH: Newly noncompliant: ").removesuffix(f" ({A})")
    assert not set(name) & set("<>*`\n\x1b\N{RIGHT-TO-LEFT OVERRIDE}")
    assert "&lt;!channel&gt;" in name


def test_the_messages_of_one_organization_stay_in_one_thread() -> None:
    """The thread is the organization's, the id the run's."""
    notification: dict[str, Any] = build_chat_notification(all_of(FIRST_RUN))
    assert notification["metadata"]["threadId"] == f"regionproof-{ORGANIZATION_ID}"
    assert notification["id"] == "run-1"
