"""The alert for chat channels: a custom notification of Amazon Q Developer, within its limits."""

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

from .alerts import AT_RISK, FIRST_RUN, WITHOUT_ACCOUNT, WITHOUT_FINDING, A, a_change, all_of, many, with_changes

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
def test_each_kind_of_change_has_a_line_with_the_account_or_the_reason(kind: ChangeKind) -> None:
    """A change without an account has its reason instead."""
    notification = build_chat_notification(all_of(with_changes(a_change(kind))))
    CUSTOM_NOTIFICATION.validate(notification)
    rule = "" if kind in (*WITHOUT_ACCOUNT, *WITHOUT_FINDING) else "*STS.1* HIGH: "
    end = "This is why." if kind in WITHOUT_ACCOUNT else f"orders ({A})"
    assert notification["content"]["description"] == f"• {rule}{kind.value}: {end}"
    assert notification["metadata"]["summary"] == headline(with_changes(a_change(kind)))


@pytest.mark.parametrize("kind", WITHOUT_ACCOUNT)
def test_text_from_a_damaged_file_has_no_markup_and_no_mentions(kind: ChangeKind) -> None:
    """The reason quotes the file."""
    notification = build_chat_notification(all_of(with_changes(a_change(kind, HOSTILE))))
    reason = notification["content"]["description"].removeprefix(f"• {kind.value}: ")
    assert not set(reason) & set("<>*`\n\x1b\N{RIGHT-TO-LEFT OVERRIDE}")


def test_the_chat_form_is_a_valid_custom_notification() -> None:
    """Amazon Q Developer silently drops anything else."""
    CUSTOM_NOTIFICATION.validate(build_chat_notification(all_of(FIRST_RUN)))


def accounts_in(description: str) -> set[str]:
    """Return the account ids that a description names."""
    return set(re.findall(r"\b[0-9]{12}\b", description))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(count=st.integers(1, 400), name=st.text("x*<\u202e注.", max_size=140), shown=st.integers(0, 400))
def test_the_chat_form_shows_or_counts_every_change_within_its_limits(count: int, name: str, shown: int) -> None:
    """The accounts shown and the changes counted add up to all changes, within 4,000 characters."""
    reconciliation = many(count, name)
    notification = build_chat_notification(Digest(reconciliation, min(shown, count)))
    CUSTOM_NOTIFICATION.validate(notification)
    description = notification["content"]["description"]
    last = description.split("\n")[-1]
    more = int(last.split()[1]) if last.startswith("and ") else 0
    assert len(accounts_in(description)) + more == count


def test_accounts_with_the_same_change_share_a_line_if_names_do_not_fit() -> None:
    """Each of 50 accounts has a line with its name. Each of 300 has at least its id."""
    few = build_chat_notification(all_of(many(50)))["content"]["description"]
    assert few.count("•") == few.count("orders") == 50
    description = build_chat_notification(all_of(many(300)))["content"]["description"]
    assert description.startswith("• *STS.1* HIGH: Newly noncompliant (300): 200000000000 200000000001 ")
    assert len(accounts_in(description)) == 300


def test_changes_that_do_not_fit_in_chat_are_counted() -> None:
    """300 changes of one kind fit, 310 do not."""
    assert fits_in_chat(all_of(many(300)))
    assert not fits_in_chat(all_of(many(310)))
    assert "and " in build_chat_notification(all_of(many(310)))["content"]["description"].split("\n")[-1]


def test_the_next_step_is_security_hub_only_if_it_has_the_findings() -> None:
    """Otherwise readers would search Security Hub in vain."""
    assert "Security Hub" in str(build_chat_notification(all_of(FIRST_RUN)))
    assert "Security Hub" not in str(build_chat_notification(Digest(FIRST_RUN, 2, security_hub=False)))


def test_an_account_name_has_no_markup_no_mentions_and_no_links() -> None:
    """``<!channel>`` would notify everyone, and ``<url|text>`` would hide the target of a link."""
    reconciliation = news({A: AT_RISK}, names={A: HOSTILE})
    description: str = build_chat_notification(all_of(reconciliation))["content"]["description"]
    name = description.removeprefix("• *STS.1* HIGH: Newly noncompliant: ").removesuffix(f" ({A})")
    assert not set(name) & set("<>*`\n\x1b\N{RIGHT-TO-LEFT OVERRIDE}")
    assert "&lt;!channel&gt;" in name


def test_messages_of_one_organization_share_a_thread() -> None:
    """The thread id is from the organization, the message id from the run."""
    notification: dict[str, Any] = build_chat_notification(all_of(FIRST_RUN))
    assert notification["metadata"]["threadId"] == f"regionproof-{ORGANIZATION_ID}"
    assert notification["id"] == "run-1"
