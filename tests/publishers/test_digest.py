"""What an alert reports: how it is counted in a line, and what gets room first."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.ledger import Entry
from regionproof.publishers.alert_document import build_document
from regionproof.publishers.alert_text import build_text
from regionproof.publishers.chat_notification import build_chat_notification
from regionproof.publishers.digest import OF_THE_AUDIT, SUBJECT_LENGTH, Digest, build_subject, headline, in_order
from tests.support.builders import NOW, ORGANIZATION_ID

from .alerts import FIRST_RUN, a_change, all_of, many, with_changes

BEGINNING = f"RegionProof {ORGANIZATION_ID}: "
COUNTED = {
    ChangeKind.NEWLY_NONCOMPLIANT: ("1 newly noncompliant", "2 newly noncompliant"),
    ChangeKind.NOT_AUDITABLE: ("1 could not be audited", "2 could not be audited"),
    ChangeKind.SEVERITY_CHANGED: ("1 changed severity", "2 changed severity"),
    ChangeKind.EXEMPTION_ENDING: ("1 exemption about to end", "2 exemptions about to end"),
    ChangeKind.SETTING_IDLE: ("1 settings entry without effect", "2 settings entries without effect"),
    ChangeKind.FIXED: ("1 no longer noncompliant", "2 no longer noncompliant"),
    ChangeKind.LEFT: ("1 account left or was closed", "2 accounts left or were closed"),
    ChangeKind.OUT_OF_SCOPE: ("1 account is no longer in scope", "2 accounts are no longer in scope"),
    ChangeKind.JOINED: ("1 account joined", "2 accounts joined"),
}


@pytest.mark.parametrize("kind", COUNTED)
def test_a_number_of_changes_reads_as_people_say_it(kind: ChangeKind) -> None:
    """One, and several. An account that left does not read like a fixed finding."""
    assert [headline(with_changes(*[a_change(kind)] * count)) for count in (1, 2)] == list(COUNTED[kind])


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_of_change_is_counted_in_its_own_words(kind: ChangeKind) -> None:
    """Not by its heading, which is no noun phrase."""
    assert (
        kind.value.lower() not in headline(with_changes(a_change(kind))).lower()
        or kind in COUNTED
        or kind
        in {
            ChangeKind.AUDITABLE_AGAIN,
            ChangeKind.STILL_OPEN,
        }
    )


def test_the_subject_counts_the_changes_by_kind() -> None:
    """It says in one line whether to read on."""
    assert build_subject(FIRST_RUN) == f"{BEGINNING}1 newly noncompliant, 1 could not be audited"


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        (ChangeKind.LEFT, "1 account left or was closed", "2 accounts left or were closed"),
        (ChangeKind.OUT_OF_SCOPE, "1 account is no longer in scope", "2 accounts are no longer in scope"),
        (ChangeKind.RULE_OFF, "1 rule is switched off", "2 rules are switched off"),
        (ChangeKind.ORPHANED, "1 set of old findings was archived", "2 sets of old findings were archived"),
    ],
)
def test_what_is_no_longer_audited_does_not_read_like_what_was_fixed(kind: ChangeKind, one: str, two: str) -> None:
    """In the subject, and as the title of a chat message."""
    for changes, said in (((a_change(kind),), one), ((a_change(kind), a_change(kind)), two)):
        reconciliation = with_changes(*changes)
        assert build_subject(reconciliation).endswith(f": {said}")
        assert build_chat_notification(all_of(reconciliation))["content"]["title"] == f"RegionProof: {said}"
    text = build_text(all_of(with_changes(a_change(kind)))).lower()
    assert "fixed" not in text
    assert "noncompliant" not in text


def test_a_rule_that_is_off_is_named_in_every_form() -> None:
    """It has neither an account nor a finding."""
    digest = all_of(with_changes(Change(ChangeKind.RULE_OFF, "", "", "Rule STS.1 is switched off.", rule="STS.1")))
    assert "  STS.1 in the organization\n    Rule STS.1 is switched off." in build_text(digest)
    assert build_document(digest)["changes"][0]["rule"] == "STS.1"
    assert "Rule STS.1 is switched off" in build_chat_notification(digest)["content"]["description"].replace(
        "\u2024", "."
    )


def test_the_trouble_of_the_audit_does_not_push_the_news_out_of_the_subject() -> None:
    """It comes last, and still before lesser news if there is no room for both."""
    news = (ChangeKind.NEWLY_NONCOMPLIANT, ChangeKind.NOT_AUDITABLE)
    subject = build_subject(with_changes(*map(a_change, (ChangeKind.LEDGER_SET_ASIDE, *news))))
    assert subject == f"{BEGINNING}1 newly noncompliant, 1 could not be audited; ledger reset"
    crowded = build_subject(with_changes(*map(a_change, ChangeKind)))
    assert crowded.startswith(f"{BEGINNING}1 newly noncompliant, 1 could not be audited; ")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(ChangeKind), min_size=1, max_size=40), st.integers(1, 20_000))
def test_a_subject_leaves_out_whole_counts_and_never_what_matters_most(kinds: list[ChangeKind], times: int) -> None:
    """Whatever happened, however often, in an organization with the longest id."""
    organization = dataclasses.replace(FIRST_RUN.report.organization, id="o-" + "a" * 32)
    report = dataclasses.replace(FIRST_RUN.report, organization=organization)
    changes = tuple(a_change(kind) for kind in kinds for _ in range(times // len(kinds) + 1))
    reconciliation = dataclasses.replace(FIRST_RUN, report=report, changes=changes)
    subject = build_subject(reconciliation)
    assert len(subject) <= SUBJECT_LENGTH
    counted = subject.split(": ", 1)[1]
    whole = headline(reconciliation).replace("; ", ", ").split(", ")
    assert set(counted.replace("; ", ", ").split(", ")) <= set(whole)
    if ChangeKind.NEWLY_NONCOMPLIANT in kinds:
        assert counted.split(", ")[0].split("; ")[0].endswith(" newly noncompliant")
    elif ChangeKind.NOT_AUDITABLE in kinds:
        assert counted.split(", ")[0].split("; ")[0].endswith(" could not be audited")


def test_the_subject_is_what_sns_takes() -> None:
    """ASCII, at most 100 characters, no control character, beginning with a letter; the news stays."""
    organization = dataclasses.replace(FIRST_RUN.report.organization, id="o-" + "é" * 120)
    report = dataclasses.replace(FIRST_RUN.report, organization=organization)
    subject = build_subject(dataclasses.replace(FIRST_RUN, report=report))
    assert len(subject) <= SUBJECT_LENGTH
    assert subject.isascii()
    assert subject.isprintable()
    assert subject[0].isalpha()
    assert "1 newly noncompliant" in subject


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(ChangeKind), min_size=1, max_size=60))
def test_unread_accounts_and_other_changes_crowd_out_neither_of_them(kinds: list[ChangeKind]) -> None:
    """Wherever the room ends: what is about the audit is in, and of the two others as many as there are, or half."""
    order = [change.kind for change in in_order(with_changes(*map(a_change, kinds)))]
    assert sorted(order) == sorted(kinds)
    trouble = sum(kind in OF_THE_AUDIT for kind in kinds)
    assert all(kind in OF_THE_AUDIT for kind in order[:trouble])
    unread = kinds.count(ChangeKind.NOT_AUDITABLE)
    for room in range(1, len(order) - trouble + 1):
        first = order[trouble : trouble + room]
        others = len(order) - trouble - unread
        assert first.count(ChangeKind.NOT_AUDITABLE) >= min(unread, room // 2)
        assert room - first.count(ChangeKind.NOT_AUDITABLE) >= min(others, room // 2)


def test_reminders_begin_with_those_that_were_sent_the_longest_ago() -> None:
    """Else the ones for which there is no room would never be sent."""
    reconciliation = many(6)
    findings = reconciliation.report.open_findings
    seen = Entry(NOW, NOW, NOW, findings[0].verdict.compliance, findings[0].verdict.severity)
    entries = {
        (finding.account.id, finding.rule): dataclasses.replace(seen, alerted_at=NOW - timedelta(days=day))
        for day, finding in enumerate(findings)
    }
    changes = tuple(Change(ChangeKind.STILL_OPEN, f.account.id, "orders", "Still so.", f) for f in findings)
    ledger = dataclasses.replace(reconciliation.ledger, entries=entries)
    reminding = dataclasses.replace(reconciliation, ledger=ledger, changes=changes)
    assert [change.account_id for change in in_order(reminding)] == [f.account.id for f in reversed(findings)]


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
