"""An entry of the settings that does nothing, in each form of an alert."""

from __future__ import annotations

from dataclasses import replace

from regionproof.domain.changes import ChangeKind
from regionproof.publishers.alert_document import build_document
from regionproof.publishers.alert_text import build_text
from regionproof.publishers.chat_notification import build_chat_notification
from regionproof.publishers.digest import build_subject, in_order
from regionproof.publishers.sns import build_alert
from tests.publishers.alerts import IDLE, a_change, all_of, with_changes

DETAIL = "Organization o-exampleorg has no account 999999999999. The entry has no effect."
ALERT = with_changes(a_change(ChangeKind.SETTING_IDLE, DETAIL))


def test_a_mail_names_its_place() -> None:
    """With the line, under a heading of its own."""
    text = build_text(all_of(ALERT))
    assert "SETTINGS ENTRIES WITHOUT EFFECT\n\n  line 7, scope.exclude_accounts[0]\n" in text
    assert DETAIL in text


def test_a_chat_names_it() -> None:
    """In one line."""
    said = build_chat_notification(all_of(ALERT))["content"]["description"]
    assert "Settings entries without effect: Organization o-exampleorg has no account 999999999999." in said


def test_a_program_reads_its_place() -> None:
    """A change of another kind has none."""
    changes = build_document(all_of(with_changes(a_change(ChangeKind.SETTING_IDLE), a_change(ChangeKind.JOINED))))
    setting = {"path": "scope.exclude_accounts[0]", "line": 7, "named": "999999999999", "problem": "UNKNOWN"}
    assert [change["setting"] for change in changes["changes"]] == [setting, None]


def test_the_subject_counts_it_after_the_news() -> None:
    """It is the audit's own trouble."""
    subject = build_subject(with_changes(a_change(ChangeKind.SETTING_IDLE), a_change(ChangeKind.NEWLY_NONCOMPLIANT)))
    assert subject.endswith(": 1 newly noncompliant; 1 settings entry without effect")


def test_thousands_of_them_crowd_out_no_finding() -> None:
    """What is newly noncompliant gets room first; the next runs report the rest of the entries."""
    idle = [
        replace(a_change(ChangeKind.SETTING_IDLE, DETAIL), setting=replace(IDLE, key=str(number)))
        for number in range(2000)
    ]
    found = a_change(ChangeKind.NEWLY_NONCOMPLIANT)
    crowded = with_changes(*idle, found)
    assert in_order(crowded)[0] == found
    told = build_alert(crowded).reported
    assert found.key in told
    assert 10 < len(told) < 2000
