"""The alert for people: the text of a mail, in which only our own addresses are links. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.changes import Change, ChangeKind

from .digest import NAME_LENGTH, OU_PATH_LENGTH, fit_for_mail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regionproof.domain.report import Report

    from .digest import Digest

ID_LENGTH = 40
"""Characters of an id. Account ids have 12, organization ids up to 34. Anything longer is cut."""

ACTIONABLE = (
    ChangeKind.NEWLY_NONCOMPLIANT,
    ChangeKind.SEVERITY_CHANGED,
    ChangeKind.NOT_AUDITABLE,
    ChangeKind.STILL_OPEN,
)
"""Kinds of change for which the text includes the remedy."""


def build_text(digest: Digest) -> str:
    """Return the text of the mail. Account names and AWS messages cannot add lines or links to it."""
    report, changes = digest.report, digest.changes
    organization = fit_for_mail(report.organization.id, ID_LENGTH)
    lines = [
        f"RegionProof audited organization {organization} at {report.run.started_at:%Y-%m-%d %H:%M} UTC.",
        f"{len(report.audited)} of {len(report.targets)} accounts were audited. Open findings: {_open_counts(report)}.",
        "",
    ]
    for kind, same_kind in _by_kind(changes).items():
        lines += [f"{kind.value.upper()}", ""]
        for detail, same_detail in _by_detail(same_kind, digest.detail_length).items():
            lines += [*map(_affected, same_detail), f"    {detail}", ""]
    return "\n".join([*lines, *_omitted(digest.omitted), *_remedies(changes), _where_all_findings_are(digest)])


def _open_counts(report: Report) -> str:
    counts = [f"{count} {rule}" for rule, count in report.noncompliant_by_rule.items() if count]
    return ", ".join(counts) or "none"


def _by_kind(changes: Iterable[Change]) -> dict[ChangeKind, list[Change]]:
    grouped: dict[ChangeKind, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.kind, []).append(change)
    return grouped


def _by_detail(changes: Iterable[Change], limit: int) -> dict[str, list[Change]]:
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.detail, []).append(change)
    return {fit_for_mail(detail, limit): changes for detail, changes in grouped.items()}


def _affected(change: Change) -> str:
    if change.setting:
        return f"  {change.setting.place}"  # our own words and a validated id, so it has no link
    if not change.account_id:
        return f"  {fit_for_mail(change.rule, ID_LENGTH)} in the organization" if change.rule else "  the organization"
    finding = change.finding
    verdict = f"{finding.verdict.severity:<6} {finding.rule} " if finding else ""
    ou_path = finding.account.ou_path if finding else ""
    place = f" in {fit_for_mail(ou_path, OU_PATH_LENGTH)}" if ou_path else ""
    name = fit_for_mail(change.account_name, NAME_LENGTH)
    return f"  {verdict}{fit_for_mail(change.account_id, ID_LENGTH)} {name}{place}"


def _omitted(count: int) -> Iterator[str]:
    if count:
        changes, them = ("1 more change", "it") if count == 1 else (f"{count} more changes", "them")
        yield f"{changes} did not fit into this message. The next run reports {them}."
        yield ""


def _remedies(changes: Iterable[Change]) -> Iterator[str]:
    explained: set[str] = set()
    for change in changes:
        finding = change.finding
        if finding and change.kind in ACTIONABLE and finding.rule not in explained:
            explained.add(finding.rule)
            yield f"What to do about {finding.rule}: {finding.remediation}"
            yield f"  {finding.reference}"
            yield ""


def _where_all_findings_are(digest: Digest) -> str:
    security_hub = "filter Security Hub by product name RegionProof, or " if digest.security_hub else ""
    return f"To list all findings, {security_hub}run `regionproof audit --member-role ROLE`."
