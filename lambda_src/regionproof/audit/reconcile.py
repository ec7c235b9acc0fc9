"""Reconcile: compare the report of a run with the ledger. Pure.

The result is the findings with their history, the changes to report and the findings to archive. Accounts and rules
that this run did not read stay as they were.
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
from .orphans import announce_orphans, with_orphans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from regionproof.domain.findings import Severity
    from regionproof.domain.ledger import Entry, EntryKey, Ledger
    from regionproof.domain.report import Report
    from regionproof.settings.shape import Reminders

MOST_ACCOUNTS_NAMED = 20
MOST_REASONS = 3
OUT_OF_TIME_ADVICE = (
    "The next run starts with them. To give each run the time it needs, set engine: step-functions in regionproof.yaml."
)
"""Only the engine ``lambda`` needs this. With ``step-functions``, the reasons mention when the accounts are read."""

UNCERTAIN = " An earlier alert about this may not have arrived."


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """When to repeat open findings, and how long before its end to report an exemption."""

    reminder: timedelta
    exemption_notice: timedelta

    @classmethod
    def of(cls, settings: Reminders) -> AlertPolicy:
        """Return the policy that the settings define."""
        return cls(
            reminder=timedelta(days=settings.open_findings_every_days),
            exemption_notice=timedelta(days=settings.exemptions_ending_within_days),
        )


def reconcile(
    report: Report,
    ledger: Ledger,
    policy: AlertPolicy,
    initial: Ledger | None = None,
    orphans: Mapping[EntryKey, Entry] | None = None,
) -> Reconciliation:
    """Compare a report with the ledger.

    ``initial`` is the ledger that the run began with, if another run has written a newer one since. Later
    observations of the other run stay as they are. ``orphans`` are findings that only Security Hub knows, if a run
    searched for them.
    """
    seen_later = later_observations(report, initial, ledger) if initial else SeenLater()
    report = replace(report, findings=tuple(_with_history(finding, ledger) for finding in report.findings))
    current = [finding for finding in report.findings if (finding.account.id, finding.rule) not in seen_later.entries]
    changes = [change for finding in current for change in _changes_of(finding, ledger, report, policy)]
    changed = {change.finding.id for change in changes if change.finding}
    moved = (change for change in joined_and_left(report, ledger) if change.account_id not in seen_later.accounts)
    reminders = _reminders(report, [finding for finding in current if finding.id not in changed], ledger, policy)
    changes = [
        *_set_aside(ledger),
        *changes,
        *_not_tried(report),
        *_idle_settings(report, ledger),
        *moved,
        *reminders,
        *announce_orphans(report, ledger, orphans),
    ]
    known = with_orphans(ledger, orphans)
    departed = tuple(f for f in findings_to_archive(report, known) if f.account.id not in seen_later.accounts)
    return Reconciliation(report, known, tuple(changes), departed, seen_later, orphans)


def _set_aside(ledger: Ledger) -> Iterator[Change]:
    """Yield the change that an earlier ledger could not be used, until an alert has reported it."""
    if reason := ledger.unreported_set_aside:
        detail = (
            f"The ledger of earlier runs could not be used because {reason}. RegionProof kept a copy, started a new "
            "ledger, and reports every open finding again."
        )
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
    yield from _corrections(finding, beliefs, UNCERTAIN if len(beliefs) > 1 else "")
    if _exemption_ends_soon(finding, entry, report, policy):
        yield _exemption_ending(finding)


def _corrections(finding: Finding, beliefs: frozenset[Severity | None], uncertain: str) -> Iterator[Change]:
    """Yield the actual state, unless earlier alerts reported exactly that.

    A finding that becomes exempt is not reported.
    """
    sentence = f"{finding.verdict.sentence}{uncertain}"
    if finding.is_open and None in beliefs:
        yield _change(_opened(finding), finding, sentence)
    elif finding.is_open and beliefs != {finding.verdict.severity}:
        yield _change(ChangeKind.SEVERITY_CHANGED, finding, f"{_earlier_severity(beliefs)} {sentence}")
    elif beliefs != {None} and not finding.is_noncompliant:
        yield _change(_closed(finding), finding, sentence)


def _earlier_severity(beliefs: frozenset[Severity | None]) -> str:
    """Return the severities that were reported for an open finding, as a sentence."""
    worst_first = sorted((one for one in beliefs if one), key=lambda one: -one.rank)
    return f"It was reported as {' or '.join(worst_first)}."


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
    already_alerted = entry is not None and entry.exemption_end_alerted == end
    return not already_alerted and end - report.run.started_at.date() <= policy.exemption_notice


def _exemption_ending(finding: Finding) -> Change:
    exemption = finding.exemption
    detail = f"Exempt until {exemption.until} by {exemption.owner}: {exemption.reason}" if exemption else ""
    return _change(ChangeKind.EXEMPTION_ENDING, finding, detail)


def _not_tried(report: Report) -> Iterator[Change]:
    """Yield one change for all accounts that the run did not try to read."""
    if report.not_tried:
        named = ", ".join(result.account.id for result in report.not_tried[:MOST_ACCOUNTS_NAMED])
        unnamed = len(report.not_tried) - MOST_ACCOUNTS_NAMED
        more = f" and {unnamed} more" if unnamed > 0 else ""
        not_tried = dict.fromkeys(
            fact for result in report.not_tried if result.facts for fact in result.facts.not_tried
        )
        reasons = "; ".join(fact.reason for fact in list(not_tried)[:MOST_REASONS])
        advice = f" {OUT_OF_TIME_ADVICE}" if OUT_OF_TIME in not_tried else ""
        detail = (
            f"{len(report.not_tried)} of {len(report.targets)} accounts: {reasons}.{advice} Accounts: {named}{more}."
        )
        yield Change(ChangeKind.NOT_TRIED, "", "", detail)


def _idle_settings(report: Report, ledger: Ledger) -> Iterator[Change]:
    """Yield each entry of the settings that has no effect, once. A partial run yields nothing."""
    for notice in report.settings_notices:
        if notice.is_certain and not report.run.is_partial and notice.key not in ledger.settings_alerted:
            place = f"line {notice.line} of the settings" if notice.line else f"{notice.path} in the settings"
            reason = notice.reason if notice.reason.endswith("?") else f"{notice.reason}."
            fix = f"The entry has no effect. Correct or remove it ({place}), then deploy again."
            detail = f"{reason[0].upper()}{reason[1:]} {fix}"
            yield Change(ChangeKind.SETTING_IDLE, "", "", detail, setting=notice)


def _reminders(report: Report, findings: Collection[Finding], ledger: Ledger, policy: AlertPolicy) -> Iterator[Change]:
    """Yield every finding that is still open, if the last alert about any of them is old enough to repeat it."""
    ids = {finding.id for finding in findings}
    still_open = [finding for finding in report.open_findings if finding.id in ids]
    alerted_at = [entry.alerted_at for finding in still_open if (entry := _entry(finding, ledger)) and entry.alerted_at]
    if alerted_at and report.run.started_at - min(alerted_at) >= policy.reminder:
        for finding in still_open:
            yield _change(ChangeKind.STILL_OPEN, finding, finding.verdict.sentence)
