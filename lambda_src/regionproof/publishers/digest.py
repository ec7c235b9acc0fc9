"""The changes that an alert reports, their order and their length. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.document import run_document
from regionproof.domain.links import without_links
from regionproof.domain.untrusted_text import sanitize_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from regionproof.domain.reconciliation import Reconciliation
    from regionproof.domain.report import Report

SUBJECT_LENGTH = 99
"""An SNS subject: ASCII, less than 100 characters, no line break or control character.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

ORGANIZATION_LENGTH = 34
"""The longest id of an organization: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html"""

DETAIL_LENGTH = 1000
BRIEF_DETAIL_LENGTH = 300
NAME_LENGTH = 100
OU_PATH_LENGTH = 300
"""Characters of a change's sentences, of an account's name and of its OU path. No change fills a message alone.

AWS allows 50 characters for the name of an account and 128 for that of an organizational unit.
"""

AUDIT_PROBLEMS = (ChangeKind.NOT_TRIED, ChangeKind.LEDGER_SET_ASIDE)
"""Problems of the audit: one change for the run, even if it is about many accounts."""

PROBLEMS = (*AUDIT_PROBLEMS, ChangeKind.SETTING_IDLE)
"""Kinds that a headline counts last, after a semicolon."""

_PHRASES = {
    "NEWLY_NONCOMPLIANT": ("{} newly noncompliant",),
    "NOT_AUDITABLE": ("{} could not be audited",),
    "SEVERITY_CHANGED": ("{} changed severity",),
    "SETTING_IDLE": ("{} settings entry without effect", "{} settings entries without effect"),
    "EXEMPTION_ENDING": ("{} exemption about to end", "{} exemptions about to end"),
    "FIXED": ("{} no longer noncompliant",),
    "AUDITABLE_AGAIN": ("{} auditable again",),
    "JOINED": ("{} account joined", "{} accounts joined"),
    "LEFT": ("{} account left or was closed", "{} accounts left or were closed"),
    "OUT_OF_SCOPE": ("{} account left the scope", "{} accounts left the scope"),
    "RULE_OFF": ("{} rule switched off", "{} rules switched off"),
    "ORPHANED": ("{} set of old findings archived", "{} sets of old findings archived"),
    "STILL_OPEN": ("{} still open",),
    "NOT_TRIED": ("{} account not tried", "{} accounts not tried"),
    "LEDGER_SET_ASIDE": ("ledger reset",),
}
"""The words for one change and for several in a headline, by the name of the kind."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The parts of a digest that do not depend on ``shown``. They are computed once for all sizes that are tried."""

    order: tuple[Change, ...]
    headline: str
    run: dict[str, Any]

    @classmethod
    def of(cls, reconciliation: Reconciliation) -> Overview:
        """Return the overview of a run."""
        return cls(by_priority(reconciliation), headline(reconciliation), run_document(reconciliation.report))


@dataclass(frozen=True, slots=True)
class Digest:
    """The changes of a run. The alert shows the ``shown`` most important ones and counts the others.

    ``security_hub`` is whether Security Hub has the findings, too. ``brief`` is for many changes: the document for
    programs has repeated texts only once, and sentences are shorter.
    """

    reconciliation: Reconciliation
    shown: int
    security_hub: bool = True
    brief: bool = False
    computed: Overview | None = field(default=None, repr=False)
    overview: Overview = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compute the overview unless it was passed."""
        object.__setattr__(self, "overview", self.computed or Overview.of(self.reconciliation))

    @property
    def report(self) -> Report:
        """Return the report of the run."""
        return self.reconciliation.report

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return the changes that are reported one by one, sorted by kind, the most severe first."""
        return tuple(sorted(self.overview.order[: self.shown], key=_by_kind_and_severity))

    @property
    def total(self) -> int:
        """Return the number of all changes."""
        return len(self.overview.order)

    @property
    def omitted(self) -> int:
        """Return the number of changes that are only counted."""
        return max(0, self.total - self.shown)

    @property
    def detail_length(self) -> int:
        """Return the limit for the sentences of one change, in characters."""
        return BRIEF_DETAIL_LENGTH if self.brief else DETAIL_LENGTH

    def first(self, shown: int) -> Digest:
        """Return a digest that shows this many changes."""
        return replace(self, shown=shown, computed=self.overview)

    def in_brief(self) -> Digest:
        """Return a brief digest of the same changes."""
        return replace(self, brief=True, computed=self.overview)


def by_priority(reconciliation: Reconciliation) -> tuple[Change, ...]:
    """Return all changes, the most important first.

    Problems of the audit come first. Then accounts that could not be audited alternate with all other changes, to
    share the room equally. Reminders start with the one that was sent the longest ago.
    """
    by_kind = sorted(reconciliation.changes, key=lambda change: _priority(change, reconciliation))
    audit_problems = [change for change in by_kind if change.kind in AUDIT_PROBLEMS]
    not_auditable = [change for change in by_kind if change.kind is ChangeKind.NOT_AUDITABLE]
    others = [change for change in by_kind if change.kind not in (*AUDIT_PROBLEMS, ChangeKind.NOT_AUDITABLE)]
    return (*audit_problems, *_alternating(others, not_auditable))


def build_subject(reconciliation: Reconciliation) -> str:
    """Return the subject, with the number of changes of each kind. Numbers that do not fit are left out."""
    organization = shorten(without_links(sanitize_line(reconciliation.report.organization.id)), ORGANIZATION_LENGTH)
    start = f"RegionProof {organization}: ".encode("ascii", "replace").decode()
    return start + headline(reconciliation, SUBJECT_LENGTH - len(start))


def headline(reconciliation: Reconciliation, limit: int | None = None) -> str:
    """Return the number of changes of each kind: ``3 newly noncompliant, 1 could not be audited; ledger reset``.

    Problems of the audit and the settings follow the semicolon. ``limit`` is in characters. It keeps the newly
    noncompliant and the not auditable accounts first, then those problems, then the other kinds in their order.
    """
    counts = Counter(change.kind for change in reconciliation.changes)
    if ChangeKind.NOT_TRIED in counts:
        counts[ChangeKind.NOT_TRIED] = len(reconciliation.report.not_tried) or 1
    parts = {kind: _counted(kind, counts[kind]) for kind in ChangeKind if kind in counts}
    if limit is not None:
        parts = dict(_fitting(parts, limit))
    return _joined(parts) or "nothing changed"


def fit_for_mail(text: str, limit: int) -> str:
    """Return untrusted text as one line of about ``limit`` characters, without anything that a mail client links."""
    return without_links(shorten(sanitize_line(text), limit))


def _fitting(parts: dict[ChangeKind, str], limit: int) -> Iterator[tuple[ChangeKind, str]]:
    """Yield the most important parts that fit together, up to the first that does not."""
    ranking = (ChangeKind.NEWLY_NONCOMPLIANT, ChangeKind.NOT_AUDITABLE, *PROBLEMS)
    taken: dict[ChangeKind, str] = {}
    for kind in sorted(parts, key=lambda kind: ranking.index(kind) if kind in ranking else len(ranking)):
        taken[kind] = parts[kind]
        if len(_joined(taken)) > limit:
            return
        yield kind, parts[kind]


def _joined(parts: dict[ChangeKind, str]) -> str:
    kinds = [kind for kind in ChangeKind if kind in parts]
    changes = ", ".join(parts[kind] for kind in kinds if kind not in PROBLEMS)
    problems = ", ".join(parts[kind] for kind in kinds if kind in PROBLEMS)
    return "; ".join(part for part in (changes, problems) if part)


def _counted(kind: ChangeKind, count: int) -> str:
    phrases = _PHRASES.get(kind.name, (f"{{}} {kind.value[0].lower()}{kind.value[1:]}",))
    return phrases[0 if count == 1 else -1].replace("{}", str(count))


def _alternating(first: list[Change], second: list[Change]) -> Iterable[Change]:
    """Return changes of both lists alternately, then the remaining ones of the longer list."""
    pairs = min(len(first), len(second))
    alternating = [change for pair in zip(first, second, strict=False) for change in pair]
    return (*alternating, *first[pairs:], *second[pairs:])


def _priority(change: Change, reconciliation: Reconciliation) -> tuple[int, float, int, str, str]:
    kind, rank, rule, account_id = _by_kind_and_severity(change)
    reported_at = _reported_at(change, reconciliation) if change.kind is ChangeKind.STILL_OPEN else None
    return kind, reported_at.timestamp() if reported_at else 0, rank, rule, account_id


def _reported_at(change: Change, reconciliation: Reconciliation) -> datetime | None:
    entry = reconciliation.ledger.entries.get((change.account_id, change.finding.rule)) if change.finding else None
    return entry.alerted_at if entry else None


_KIND_ORDER = {kind: index for index, kind in enumerate(ChangeKind)}


def _by_kind_and_severity(change: Change) -> tuple[int, int, str, str]:
    finding = change.finding
    rank = -finding.verdict.severity.rank if finding else 0
    return (_KIND_ORDER[change.kind], rank, finding.rule if finding else "", change.account_id)
