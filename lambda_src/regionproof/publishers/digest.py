"""The alert of a run, in the words of each kind of subscriber. Pure.

People get a text, programs get JSON, chat channels get the custom notification of Amazon Q Developer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.document import finding_document, run_document
from regionproof.domain.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regionproof.domain.findings import Finding
    from regionproof.domain.reconciled import Reconciled
    from regionproof.domain.report import Report

SUBJECT_LENGTH = 99
"""An SNS subject: ASCII, less than 100 characters, no line break or control character.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

ADVICE = ("title", "risk", "remediation", "reference")
"""What is the same in every finding of a rule."""

TO_BE_DONE = (
    ChangeKind.NEWLY_NONCOMPLIANT,
    ChangeKind.SEVERITY_CHANGED,
    ChangeKind.NOT_AUDITABLE,
    ChangeKind.STILL_OPEN,
)
"""Kinds of change after which the remedy is told."""


_NO_LONGER_AUDITED = {
    ChangeKind.LEFT: ("account left or was closed", "accounts left or were closed"),
    ChangeKind.OUT_OF_SCOPE: ("account is no longer in scope", "accounts are no longer in scope"),
    ChangeKind.RULE_OFF: ("rule is switched off", "rules are switched off"),
    ChangeKind.ORPHANED: ("set of old findings was archived", "sets of old findings were archived"),
}
"""How these changes are counted: one of them, and several."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The changes of a run in the order in which they are told, of which the first ``shown`` are told singly."""

    reconciled: Reconciled
    shown: int

    @property
    def report(self) -> Report:
        """Return the report of the run."""
        return self.reconciled.report

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return the changes that are told one by one."""
        return in_order(self.reconciled.changes)[: self.shown]

    @property
    def omitted(self) -> int:
        """Return how many changes are only counted."""
        return len(self.reconciled.changes) - len(self.changes)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes by kind, then the worst first."""
    kinds = list(ChangeKind)
    return tuple(sorted(changes, key=lambda change: (kinds.index(change.kind), *_worst_first(change))))


def build_subject(reconciled: Reconciled) -> str:
    """Return the subject: how many changes of each kind. What does not fit is left out whole."""
    start = f"RegionProof {one_line(reconciled.report.organization.id)}"
    subject = f"{start}: {headline(reconciled)}"
    while len(subject) > SUBJECT_LENGTH and ", " in subject:
        subject = subject.rpartition(", ")[0]
    return subject.encode("ascii", "replace").decode()[:SUBJECT_LENGTH]


def build_text(digest: Digest) -> str:
    """Return the alert as a person reads it in a mail."""
    report = digest.report
    organization = one_line(report.organization.id)
    lines = [
        f"RegionProof audited organization {organization} at {report.run.started_at:%Y-%m-%d %H:%M} UTC.",
        f"{len(report.audited)} of {len(report.targets)} accounts were audited. Open findings: {_open_now(report)}.",
        "",
    ]
    for kind, changes in _by_kind(digest.changes).items():
        lines += [f"{kind.value.upper()}", ""]
        for detail, accounts in _by_detail(changes).items():
            lines += [*map(_who, accounts), f"    {detail}", ""]
    if digest.omitted:
        lines += [
            f"{digest.omitted} more changes are not shown here, for want of room. The next run tells them.",
            "",
        ]
    lines += _remedies(digest)
    lines.append(
        "`regionproof audit --member-role ROLE` lists every finding. Security Hub has them under the name RegionProof."
    )
    return "\n".join(lines)


def build_document(digest: Digest) -> dict[str, Any]:
    """Return the alert as a program reads it; ``changes_omitted`` counts what is not in ``changes``."""
    return {
        "source": "regionproof",
        "version": "1",
        **run_document(digest.report),
        "changes": [
            {
                "kind": change.kind.name,
                "account_id": change.account_id,
                "account_name": change.account_name,
                "rule": change.finding.rule if change.finding else change.rule or None,
                "detail": change.detail,
                "finding": change.finding and _without_advice(change.finding),
            }
            for change in digest.changes
        ],
        "changes_omitted": digest.omitted,
        "rules": _advice(digest),
    }


def _without_advice(finding: Finding) -> dict[str, Any]:
    return {key: value for key, value in finding_document(finding).items() if key not in ADVICE}


def _advice(digest: Digest) -> dict[str, dict[str, str]]:
    """Return once for each rule what is the same in all of its findings."""
    findings = {change.finding.rule: finding_document(change.finding) for change in digest.changes if change.finding}
    return {rule: {key: document[key] for key in ADVICE} for rule, document in sorted(findings.items())}


def headline(reconciled: Reconciled) -> str:
    """Return how many changes of each kind there are: ``3 newly noncompliant, 1 could not be audited``."""
    kinds = Counter(change.kind for change in in_order(reconciled.changes))
    return ", ".join(_counted(kind, count) for kind, count in kinds.items()) or "nothing changed"


def _counted(kind: ChangeKind, count: int) -> str:
    """Return how many changes of a kind there are. What is no longer audited must not read like what was fixed."""
    if kind in _NO_LONGER_AUDITED:
        one, many = _NO_LONGER_AUDITED[kind]
        return f"{count} {one if count == 1 else many}"
    return f"{count} {kind.value[0].lower()}{kind.value[1:]}"


def _open_now(report: Report) -> str:
    counts = [f"{count} {rule}" for rule, count in report.noncompliant_by_rule.items() if count]
    return ", ".join(counts) or "none"


def _by_kind(changes: Iterable[Change]) -> dict[ChangeKind, list[Change]]:
    grouped: dict[ChangeKind, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.kind, []).append(change)
    return grouped


def _by_detail(changes: Iterable[Change]) -> dict[str, list[Change]]:
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(one_line(change.detail), []).append(change)
    return grouped


def _who(change: Change) -> str:
    if not change.account_id:
        return f"  {one_line(change.rule)} in the organization" if change.rule else "  the organization"
    finding = change.finding
    verdict = f"{finding.verdict.severity:<6} {finding.rule} " if finding else ""
    place = f" in {one_line(finding.account.ou_path)}" if finding and finding.account.ou_path else ""
    return f"  {verdict}{one_line(change.account_id)} {one_line(change.account_name)}{place}"


def _remedies(digest: Digest) -> Iterator[str]:
    told: set[str] = set()
    for change in digest.changes:
        finding = change.finding
        if finding and change.kind in TO_BE_DONE and finding.rule not in told:
            told.add(finding.rule)
            yield f"What to do about {finding.rule}: {finding.remediation}"
            yield f"  {finding.reference}"
            yield ""


def _worst_first(change: Change) -> tuple[int, str, str]:
    finding = change.finding
    return (-finding.verdict.severity.rank if finding else 0, finding.rule if finding else "", change.account_id)
