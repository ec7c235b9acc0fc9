"""The alert as a person reads it in a mail: text in which only our own addresses are links. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.changes import Change, ChangeKind

from .digest import NAME_LENGTH, PLACE_LENGTH, fit_for_mail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regionproof.domain.report import Report

    from .digest import Digest

ID_LENGTH = 40
"""Characters of an id. An account's has 12, an organization's up to 34; what else AWS may answer is cut."""

TO_BE_DONE = (
    ChangeKind.NEWLY_NONCOMPLIANT,
    ChangeKind.SEVERITY_CHANGED,
    ChangeKind.NOT_AUDITABLE,
    ChangeKind.STILL_OPEN,
)
"""Kinds of change after which the text says what to do."""


def build_text(digest: Digest) -> str:
    """Return the alert as a person reads it in a mail. Account names and messages of AWS make no line and no link."""
    report, changes = digest.report, digest.changes
    organization = fit_for_mail(report.organization.id, ID_LENGTH)
    lines = [
        f"RegionProof audited organization {organization} at {report.run.started_at:%Y-%m-%d %H:%M} UTC.",
        f"{len(report.audited)} of {len(report.targets)} accounts were audited. Open findings: {_open_now(report)}.",
        "",
    ]
    for kind, of_a_kind in _by_kind(changes).items():
        lines += [f"{kind.value.upper()}", ""]
        for detail, accounts in _by_detail(of_a_kind, digest.detail_length).items():
            lines += [*map(_who, accounts), f"    {detail}", ""]
    if digest.omitted:
        lines += [
            f"{digest.omitted} more changes are not shown here, because there is no room. The next run reports them.",
            "",
        ]
    return "\n".join([*lines, *_remedies(changes), _where_all_of_it_is(digest)])


def _open_now(report: Report) -> str:
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


def _who(change: Change) -> str:
    if change.setting:
        return f"  {change.setting.place}"  # our own words and a checked id: no link is in it
    if not change.account_id:
        return f"  {fit_for_mail(change.rule, ID_LENGTH)} in the organization" if change.rule else "  the organization"
    finding = change.finding
    verdict = f"{finding.verdict.severity:<6} {finding.rule} " if finding else ""
    place = f" in {fit_for_mail(finding.account.ou_path, PLACE_LENGTH)}" if finding and finding.account.ou_path else ""
    name = fit_for_mail(change.account_name, NAME_LENGTH)
    return f"  {verdict}{fit_for_mail(change.account_id, ID_LENGTH)} {name}{place}"


def _remedies(changes: Iterable[Change]) -> Iterator[str]:
    told: set[str] = set()
    for change in changes:
        finding = change.finding
        if finding and change.kind in TO_BE_DONE and finding.rule not in told:
            told.add(finding.rule)
            yield f"What to do about {finding.rule}: {finding.remediation}"
            yield f"  {finding.reference}"
            yield ""


def _where_all_of_it_is(digest: Digest) -> str:
    everywhere = "`regionproof audit --member-role ROLE` lists every finding."
    return f"{everywhere} Security Hub has them under the name RegionProof." if digest.security_hub else everywhere
