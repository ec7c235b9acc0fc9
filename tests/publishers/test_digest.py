"""The changes that an alert reports: their headline and their order."""

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
from regionproof.publishers.digest import AUDIT_PROBLEMS, SUBJECT_LENGTH, Digest, build_subject, by_priority, headline
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
    ChangeKind.OUT_OF_SCOPE: ("1 account left the scope", "2 accounts left the scope"),
    ChangeKind.JOINED: ("1 account joined", "2 accounts joined"),
    ChangeKind.RULE_OFF: ("1 rule switched off", "2 rules switched off"),
    ChangeKind.ORPHANED: ("1 set of old findings archived", "2 sets of old findings archived"),
}


@pytest.mark.parametrize("kind", COUNTED)
def test_a_headline_has_singular_and_plural(kind: ChangeKind) -> None:
    """An account that left does not read like a fixed finding."""
    assert [headline(with_changes(*[a_change(kind)] * count)) for count in (1, 2)] == list(COUNTED[kind])


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_of_change_has_its_own_words_in_a_headline(kind: ChangeKind) -> None:
    """Headings such as "Joined the organization" do not fit after a number."""
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
    """One line shows whether to read on."""
    assert build_subject(FIRST_RUN) == f"{BEGINNING}1 newly noncompliant, 1 could not be audited"


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        (ChangeKind.LEFT, "1 account left or was closed", "2 accounts left or were closed"),
        (ChangeKind.OUT_OF_SCOPE, "1 account left the scope", "2 accounts left the scope"),
        (ChangeKind.RULE_OFF, "1 rule switched off", "2 rules switched off"),
        (ChangeKind.ORPHANED, "1 set of old findings archived", "2 sets of old findings archived"),
    ],
)
def test_findings_that_are_no_longer_audited_do_not_read_like_fixed_ones(kind: ChangeKind, one: str, two: str) -> None:
    """This applies to the subject, to the title of a chat message, and to the text."""
    for changes, counted in (((a_change(kind),), one), ((a_change(kind), a_change(kind)), two)):
        reconciliation = with_changes(*changes)
        assert build_subject(reconciliation).endswith(f": {counted}")
        assert build_chat_notification(all_of(reconciliation))["content"]["title"] == f"RegionProof: {counted}"
    text = build_text(all_of(with_changes(a_change(kind)))).lower()
    assert "fixed" not in text
    assert "noncompliant" not in text


def test_every_form_names_a_disabled_rule() -> None:
    """The change has no account and no finding that could name it."""
    digest = all_of(with_changes(Change(ChangeKind.RULE_OFF, "", "", "Rule STS.1 is switched off.", rule="STS.1")))
    assert "  STS.1 in the organization\n    Rule STS.1 is switched off." in build_text(digest)
    assert build_document(digest)["changes"][0]["rule"] == "STS.1"
    assert "Rule STS.1 is switched off" in build_chat_notification(digest)["content"]["description"].replace(
        "\u2024", "."
    )


def test_problems_of_the_audit_do_not_displace_new_findings_in_the_subject() -> None:
    """They come last, but less important kinds are left out first."""
    important = (ChangeKind.NEWLY_NONCOMPLIANT, ChangeKind.NOT_AUDITABLE)
    subject = build_subject(with_changes(*map(a_change, (ChangeKind.LEDGER_SET_ASIDE, *important))))
    assert subject == f"{BEGINNING}1 newly noncompliant, 1 could not be audited; ledger reset"
    crowded = build_subject(with_changes(*map(a_change, ChangeKind)))
    assert crowded.startswith(f"{BEGINNING}1 newly noncompliant, 1 could not be audited; ")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(ChangeKind), min_size=1, max_size=40), st.integers(1, 20_000))
def test_a_short_subject_leaves_out_whole_counts_but_not_the_most_important(
    kinds: list[ChangeKind], times: int
) -> None:
    """This holds for any changes in an organization with the longest id."""
    organization = dataclasses.replace(FIRST_RUN.report.organization, id="o-" + "a" * 32)
    report = dataclasses.replace(FIRST_RUN.report, organization=organization)
    changes = tuple(a_change(kind) for kind in kinds for _ in range(times // len(kinds) + 1))
    reconciliation = dataclasses.replace(FIRST_RUN, report=report, changes=changes)
    subject = build_subject(reconciliation)
    assert len(subject) <= SUBJECT_LENGTH
    counted = subject.split(": ", 1)[1]
    all_counts = headline(reconciliation).replace("; ", ", ").split(", ")
    assert set(counted.replace("; ", ", ").split(", ")) <= set(all_counts)
    if ChangeKind.NEWLY_NONCOMPLIANT in kinds:
        assert counted.split(", ")[0].split("; ")[0].endswith(" newly noncompliant")
    elif ChangeKind.NOT_AUDITABLE in kinds:
        assert counted.split(", ")[0].split("; ")[0].endswith(" could not be audited")


def test_sns_accepts_the_subject() -> None:
    """It is ASCII, has less than 100 characters, no control characters, and starts with a letter."""
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
def test_accounts_that_could_not_be_audited_and_other_changes_share_the_room(kinds: list[ChangeKind]) -> None:
    """With any room, problems of the audit are in, and each of the two others gets half if it needs it."""
    order = [change.kind for change in by_priority(with_changes(*map(a_change, kinds)))]
    assert sorted(order) == sorted(kinds)
    problems = sum(kind in AUDIT_PROBLEMS for kind in kinds)
    assert all(kind in AUDIT_PROBLEMS for kind in order[:problems])
    not_auditable = kinds.count(ChangeKind.NOT_AUDITABLE)
    for room in range(1, len(order) - problems + 1):
        first = order[problems : problems + room]
        others = len(order) - problems - not_auditable
        assert first.count(ChangeKind.NOT_AUDITABLE) >= min(not_auditable, room // 2)
        assert room - first.count(ChangeKind.NOT_AUDITABLE) >= min(others, room // 2)


def test_reminders_start_with_the_one_sent_the_longest_ago() -> None:
    """Otherwise those that did not fit would never be sent."""
    reconciliation = many(6)
    findings = reconciliation.report.open_findings
    entry = Entry(NOW, NOW, NOW, findings[0].verdict.compliance, findings[0].verdict.severity)
    entries = {
        (finding.account.id, finding.rule): dataclasses.replace(entry, alerted_at=NOW - timedelta(days=day))
        for day, finding in enumerate(findings)
    }
    changes = tuple(Change(ChangeKind.STILL_OPEN, f.account.id, "orders", "Still open.", f) for f in findings)
    ledger = dataclasses.replace(reconciliation.ledger, entries=entries)
    reminding = dataclasses.replace(reconciliation, ledger=ledger, changes=changes)
    assert [change.account_id for change in by_priority(reminding)] == [f.account.id for f in reversed(findings)]


@pytest.mark.parametrize(("shown", "omitted"), [(0, 5), (1, 4), (4, 1), (5, 0)])
def test_every_form_counts_the_omitted_changes(shown: int, omitted: int) -> None:
    """All forms state the same number."""
    digest = Digest(many(5), shown)
    text, document, chat = build_text(digest), build_document(digest), build_chat_notification(digest)
    assert digest.omitted == omitted
    changes = "change" if omitted == 1 else "changes"
    assert (f"{omitted} more {changes} did not fit into this message." in text) is bool(omitted)
    assert (len(document["changes"]), document["changes_omitted"]) == (shown, omitted)
    description = chat["content"]["description"]
    assert description.count("•") == shown
    assert (f"and {omitted} more" in description) is bool(omitted)
