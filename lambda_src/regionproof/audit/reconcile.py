"""Reconcile: what this run saw against what the ledger remembers. Pure.

Out come the findings with their history, the changes to tell, and the findings to archive. What this run did
not look at stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.facts import OUT_OF_TIME
from regionproof.domain.findings import COVERAGE, Compliance, Finding
from regionproof.domain.reconciliation import Reconciliation, SeenLater

from .departures import findings_to_archive, joined_and_left
from .merge import later_observations
from .orphans import announcement, with_orphans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from regionproof.domain.findings import Severity
    from regionproof.domain.ledger import Entry, EntryKey, Ledger
    from regionproof.domain.report import Report
    from regionproof.settings.shape import Reminders

NAMED_AT_MOST = 20
REASONS_AT_MOST = 3
AFTER_A_RUN_WITHOUT_TIME = (
    "The next run begins with them. With engine: step-functions in regionproof.yaml a run takes all the time it needs."
)
"""Only a run in one call leaves accounts out for time; a run in steps says in its reasons when it reads them."""


UNCLEAR = " An earlier alert about this may not have arrived."


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """When people are told again of what is open, and how long before an exemption ends."""

    reminder: timedelta
    exemption_notice: timedelta

    @classmethod
    def of(cls, settings: Reminders) -> AlertPolicy:
        """Return what the settings say."""
        return cls(
            reminder=timedelta(days=settings.open_findings_every_days),
            exemption_notice=timedelta(days=settings.exemptions_ending_within_days),
        )


def reconcile(
    report: Report,
    ledger: Ledger,
    policy: AlertPolicy,
    begun_with: Ledger | None = None,
    orphans: Mapping[EntryKey, Entry] | None = None,
) -> Reconciliation:
    """Compare a report with the ledger, and with what only Security Hub knows; None: it was not asked.

    ``begun_with`` is the ledger that the run began with, if another run has written a newer one since: what the
    other run saw later is left alone.
    """
    seen_later = later_observations(report, begun_with, ledger) if begun_with else SeenLater()
    report = replace(report, findings=tuple(_with_history(finding, ledger) for finding in report.findings))
    ours = [finding for finding in report.findings if (finding.account.id, finding.rule) not in seen_later.entries]
    changes = [change for finding in ours for change in _changes_of(finding, ledger, report, policy)]
    told = {change.finding.id for change in changes if change.finding}
    moved = (change for change in joined_and_left(report, ledger) if change.account_id not in seen_later.accounts)
    reminded = _reminder(report, [finding for finding in ours if finding.id not in told], ledger, policy)
    changes = [
        *_set_aside(ledger),
        *changes,
        *_not_tried(report),
        *_idle_settings(report, ledger),
        *moved,
        *reminded,
        *announcement(report, ledger, orphans),
    ]
    known = with_orphans(ledger, orphans)
    departed = tuple(f for f in findings_to_archive(report, known) if f.account.id not in seen_later.accounts)
    return Reconciliation(report, known, tuple(changes), departed, seen_later, orphans)


def _set_aside(ledger: Ledger) -> Iterator[Change]:
    """Yield that an earlier ledger could not be used, until an alert has reported it."""
    if reason := ledger.unreported_set_aside:
        detail = f"What lay there was kept, but not used, because {reason}. All is told as by a first run."
        yield Change(ChangeKind.LEDGER_SET_ASIDE, "", "", detail)


def _entry(finding: Finding, ledger: Ledger) -> Entry | None:
    return ledger.entries.get((finding.account.id, finding.rule))


def _with_history(finding: Finding, ledger: Ledger) -> Finding:
    entry = _entry(finding, ledger)
    return replace(finding, first_seen=min(entry.first_seen, finding.last_seen)) if entry else finding


def _changes_of(finding: Finding, ledger: Ledger, report: Report, policy: AlertPolicy) -> Iterator[Change]:
    if finding.verdict.compliance is Compliance.INSUFFICIENT_DATA:
        return
    entry = _entry(finding, ledger)
    beliefs = entry.beliefs if entry else frozenset({None})
    yield from _corrections(finding, beliefs, UNCLEAR if len(beliefs) > 1 else "")
    if _exemption_ends_soon(finding, entry, report, policy):
        yield _exemption_ending(finding)


def _corrections(finding: Finding, beliefs: frozenset[Severity | None], unclear: str) -> Iterator[Change]:
    """Yield what is true, unless people can believe nothing else. An exemption silences a finding without a word."""
    sentence = f"{finding.verdict.sentence}{unclear}"
    if finding.is_open and None in beliefs:
        yield _change(_opened(finding), finding, sentence)
    elif finding.is_open and beliefs != {finding.verdict.severity}:
        yield _change(ChangeKind.SEVERITY_CHANGED, finding, f"{_reported(beliefs)} {sentence}")
    elif beliefs != {None} and not finding.is_noncompliant:
        yield _change(_closed(finding), finding, sentence)


def _reported(beliefs: frozenset[Severity | None]) -> str:
    """Return as what an open finding was reported, as a sentence."""
    worst_first = sorted((one for one in beliefs if one), key=lambda one: -one.rank)
    return f"It was {' or '.join(worst_first)}."


def _change(kind: ChangeKind, finding: Finding, detail: str) -> Change:
    return Change(kind, finding.account.id, finding.account.name, detail, finding)


def _opened(finding: Finding) -> ChangeKind:
    return ChangeKind.NOT_AUDITABLE if finding.rule == COVERAGE else ChangeKind.NEWLY_NONCOMPLIANT


def _closed(finding: Finding) -> ChangeKind:
    return ChangeKind.AUDITABLE_AGAIN if finding.rule == COVERAGE else ChangeKind.FIXED


def _exemption_ends_soon(finding: Finding, entry: Entry | None, report: Report, policy: AlertPolicy) -> bool:
    if not finding.exemption or not finding.is_noncompliant:
        return False
    end = finding.exemption.until
    already_told = entry is not None and entry.exemption_end_alerted == end
    return not already_told and end - report.run.started_at.date() <= policy.exemption_notice


def _exemption_ending(finding: Finding) -> Change:
    taken_on = finding.exemption
    detail = f"Exempt until {taken_on.until} by {taken_on.owner}: {taken_on.reason}" if taken_on else ""
    return _change(ChangeKind.EXEMPTION_ENDING, finding, detail)


def _not_tried(report: Report) -> Iterator[Change]:
    """Yield one change for all accounts that the run did not get to."""
    if report.not_tried:
        named = ", ".join(result.account.id for result in report.not_tried[:NAMED_AT_MOST])
        reasons = dict.fromkeys(n for r in report.not_tried if r.facts for n in r.facts.not_tried)
        said = "; ".join(not_tried.reason for not_tried in list(reasons)[:REASONS_AT_MOST])
        advice = f" {AFTER_A_RUN_WITHOUT_TIME}" if OUT_OF_TIME in reasons else ""
        detail = f"{len(report.not_tried)} of {len(report.targets)} accounts: {said}.{advice} Among them: {named}."
        yield Change(ChangeKind.NOT_TRIED, "", "", detail)


def _idle_settings(report: Report, ledger: Ledger) -> Iterator[Change]:
    """Yield each entry of the settings that does nothing, once. A partial run leaves that to the full ones."""
    for notice in report.settings_notices:
        if notice.is_certain and not report.run.is_partial and notice.key not in ledger.settings_alerted:
            where = f"line {notice.line} of the settings" if notice.line else f"the settings at {notice.path}"
            said = notice.reason if notice.reason.endswith("?") else f"{notice.reason}."
            detail = (
                f"{said[0].upper()}{said[1:]} The entry does nothing; correct or remove it in {where} and deploy again."
            )
            yield Change(ChangeKind.SETTING_IDLE, "", "", detail, setting=notice)


def _reminder(report: Report, findings: Collection[Finding], ledger: Ledger, policy: AlertPolicy) -> Iterator[Change]:
    """Yield every finding that is still open, as soon as people were not told of one of them for too long."""
    ids = {finding.id for finding in findings}
    still_open = [finding for finding in report.open_findings if finding.id in ids]
    alerted_at = [entry.alerted_at for finding in still_open if (entry := _entry(finding, ledger)) and entry.alerted_at]
    if alerted_at and report.run.started_at - min(alerted_at) >= policy.reminder:
        for finding in still_open:
            yield _change(ChangeKind.STILL_OPEN, finding, finding.verdict.sentence)
