"""The alert in a chat channel: a custom notification of Amazon Q Developer, within its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from regionproof.domain.changes import ChangeKind
from regionproof.publishers.chat_notification import (
    DESCRIPTION_LENGTH,
    TITLE_LENGTH,
    build_chat_notification,
)
from regionproof.publishers.digest import Digest, headline
from tests.builders import ORGANIZATION_ID, news

from .alerts import AT_RISK, FIRST_RUN, OF_AN_ACCOUNT, OF_THE_RUN, A, a_change, many, with_changes

if TYPE_CHECKING:
    from regionproof.domain.reconciled import Reconciled

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


def _all_of(reconciled: Reconciled) -> Digest:
    return Digest(reconciled, len(reconciled.changes))


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_is_a_line_that_says_what_and_who(kind: ChangeKind) -> None:
    """A change of the whole run says why instead of who."""
    notification = build_chat_notification(_all_of(with_changes(a_change(kind))))
    CUSTOM_NOTIFICATION.validate(notification)
    of_a_finding = "" if kind in (*OF_THE_RUN, *OF_AN_ACCOUNT) else "*STS.1* HIGH: "
    said = "This is why." if kind in OF_THE_RUN else f"orders ({A})"
    assert notification["content"]["description"] == f"• {of_a_finding}{kind.value}: {said}"
    assert notification["metadata"]["summary"] == headline(with_changes(a_change(kind)))


@pytest.mark.parametrize("kind", OF_THE_RUN)
def test_what_a_damaged_file_holds_can_neither_format_a_chat_message_nor_call_anyone(kind: ChangeKind) -> None:
    """The reason quotes what was found."""
    notification = build_chat_notification(_all_of(with_changes(a_change(kind, HOSTILE))))
    said = notification["content"]["description"].removeprefix(f"• {kind.value}: ")
    assert not set(said) & set("<>*`\n\x1b\N{RIGHT-TO-LEFT OVERRIDE}")


def test_the_chat_form_is_a_custom_notification() -> None:
    """Amazon Q Developer drops anything else without a word."""
    CUSTOM_NOTIFICATION.validate(build_chat_notification(_all_of(FIRST_RUN)))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(count=st.integers(1, 70), name=st.text(max_size=140), shown=st.integers(0, 70))
def test_the_chat_form_keeps_its_limits_and_counts_for_every_report(count: int, name: str, shown: int) -> None:
    """Findings told and findings counted are all findings, within 4,000 characters."""
    reconciled = many(count, name)
    notification = build_chat_notification(Digest(reconciled, shown))
    CUSTOM_NOTIFICATION.validate(notification)
    lines = notification["content"]["description"].split("\n")
    told = sum(line.startswith("• ") for line in lines)
    more = int(lines[-1].split()[1]) if lines[-1].startswith("and ") else 0
    assert told + more == len(reconciled.changes)


@pytest.mark.parametrize("length", range(20, 60))
def test_the_line_that_counts_the_rest_fits_too(length: int) -> None:
    """Whatever is left of the 4,000 characters when the last finding that fits is told."""
    notification = build_chat_notification(_all_of(many(90, "x" * length)))
    CUSTOM_NOTIFICATION.validate(notification)
    assert "and " in notification["content"]["description"].split("\n")[-1]


def test_a_name_can_neither_format_a_chat_message_nor_call_anyone_nor_link() -> None:
    """``<!channel>`` would call everyone, ``<url|text>`` would show a false link."""
    reconciled = news({A: AT_RISK}, names={A: HOSTILE})
    description: str = build_chat_notification(_all_of(reconciled))["content"]["description"]
    name = description.removeprefix("• *STS.1* HIGH: Newly noncompliant: ").removesuffix(f" ({A})")
    assert not set(name) & set("<>*`\n\x1b\N{RIGHT-TO-LEFT OVERRIDE}")
    assert "&lt;!channel&gt;" in name


def test_the_messages_of_one_organization_stay_in_one_thread() -> None:
    """The thread is the organization's, the id the run's."""
    notification: dict[str, Any] = build_chat_notification(_all_of(FIRST_RUN))
    assert notification["metadata"]["threadId"] == f"regionproof-{ORGANIZATION_ID}"
    assert notification["id"] == "run-1"
