"""A settings entry without effect, in each form of an alert."""

from __future__ import annotations

from dataclasses import replace

from regionproof.domain.changes import ChangeKind
from regionproof.publishers.alert_document import build_document
from regionproof.publishers.alert_text import build_text
from regionproof.publishers.chat_notification import build_chat_notification
from regionproof.publishers.digest import build_subject, by_priority
from regionproof.publishers.sns import build_alert
from tests.publishers.alerts import IDLE, a_change, all_of, with_changes

DETAIL = "Organization o-exampleorg has no account 999999999999. The entry has no effect."
ALERT = with_changes(a_change(ChangeKind.SETTING_IDLE, DETAIL))


def test_a_mail_names_its_place() -> None:
    """With the line, under a separate heading."""
    text = build_text(all_of(ALERT))
    assert "SETTINGS ENTRIES WITHOUT EFFECT\n\n  line 7, scope.exclude_accounts[0]\n" in text
    assert DETAIL in text


def test_a_chat_names_it() -> None:
    """In one line."""
    description = build_chat_notification(all_of(ALERT))["content"]["description"]
    assert "Settings entries without effect: Organization o-exampleorg has no account 999999999999." in description


def test_the_document_has_its_place() -> None:
    """Other kinds of change have no ``setting``."""
    changes = build_document(all_of(with_changes(a_change(ChangeKind.SETTING_IDLE), a_change(ChangeKind.JOINED))))
    setting = {"path": "scope.exclude_accounts[0]", "line": 7, "named": "999999999999", "problem": "UNKNOWN"}
    assert [change["setting"] for change in changes["changes"]] == [setting, None]


def test_the_subject_counts_it_after_the_findings() -> None:
    """It is about the audit itself."""
    subject = build_subject(with_changes(a_change(ChangeKind.SETTING_IDLE), a_change(ChangeKind.NEWLY_NONCOMPLIANT)))
    assert subject.endswith(": 1 newly noncompliant; 1 settings entry without effect")


def test_thousands_of_entries_do_not_crowd_out_findings() -> None:
    """Newly noncompliant findings come first. The next runs report the remaining entries."""
    idle = [
        replace(a_change(ChangeKind.SETTING_IDLE, DETAIL), setting=replace(IDLE, key=str(number)))
        for number in range(2000)
    ]
    finding_change = a_change(ChangeKind.NEWLY_NONCOMPLIANT)
    crowded = with_changes(*idle, finding_change)
    assert by_priority(crowded)[0] == finding_change
    reported = build_alert(crowded).reported
    assert finding_change.key in reported
    assert 10 < len(reported) < 2000
