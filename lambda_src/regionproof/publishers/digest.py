"""What an alert reports: which changes of a run, in which order, in how many words. Pure."""

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
PLACE_LENGTH = 300
"""Characters of a change's sentences, of an account's name and of its place among the units: no change fills a form.

AWS allows 50 for the name of an account and 128 for that of a unit.
"""

OF_THE_AUDIT = (ChangeKind.NOT_TRIED, ChangeKind.LEDGER_SET_ASIDE)
"""The audit's own trouble: one change for the whole run, however many accounts it is about."""

TROUBLE = (*OF_THE_AUDIT, ChangeKind.SETTING_IDLE)
"""What a headline counts after the news."""

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
    "OUT_OF_SCOPE": ("{} account is no longer in scope", "{} accounts are no longer in scope"),
    "RULE_OFF": ("{} rule is switched off", "{} rules are switched off"),
    "ORPHANED": ("{} set of old findings was archived", "{} sets of old findings were archived"),
    "STILL_OPEN": ("{} still open",),
    "NOT_TRIED": ("{} account not tried", "{} accounts not tried"),
    "LEDGER_SET_ASIDE": ("ledger reset",),
}
"""How a number of changes is counted in a headline, one of them and several, by the name of the kind."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What is the same however many changes are reported one by one: made once, for all sizes that are tried."""

    order: tuple[Change, ...]
    headline: str
    run: dict[str, Any]

    @classmethod
    def of(cls, reconciliation: Reconciliation) -> Whole:
        """Return it for a run."""
        return cls(in_order(reconciliation), headline(reconciliation), run_document(reconciliation.report))


@dataclass(frozen=True, slots=True)
class Digest:
    """The changes of a run, of which the first ``shown`` in the order of ``in_order`` are reported one by one.

    ``security_hub`` says whether the findings are in Security Hub too. A ``brief`` one is for many changes: programs
    get what repeats once, and each sentence is cut earlier.
    """

    reconciliation: Reconciliation
    shown: int
    security_hub: bool = True
    brief: bool = False
    known: Whole | None = field(default=None, repr=False)
    whole: Whole = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out what does not depend on ``shown``, unless it is known already."""
        object.__setattr__(self, "whole", self.known or Whole.of(self.reconciliation))

    @property
    def report(self) -> Report:
        """Return the report of the run."""
        return self.reconciliation.report

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return the changes that are reported one by one, by kind and the worst first."""
        return tuple(sorted(self.whole.order[: self.shown], key=_by_kind_then_worst))

    @property
    def total(self) -> int:
        """Return how many changes there are."""
        return len(self.whole.order)

    @property
    def omitted(self) -> int:
        """Return how many changes are only counted."""
        return max(0, self.total - self.shown)

    @property
    def detail_length(self) -> int:
        """Return how many characters the sentences of one change may take in each form."""
        return BRIEF_DETAIL_LENGTH if self.brief else DETAIL_LENGTH

    def first(self, shown: int) -> Digest:
        """Return the digest that reports this many changes one by one."""
        return replace(self, shown=shown, known=self.whole)

    def in_brief(self) -> Digest:
        """Return the brief digest of the same changes."""
        return replace(self, brief=True, known=self.whole)


def in_order(reconciliation: Reconciliation) -> tuple[Change, ...]:
    """Return all changes in the order in which they get room: any first part of them is what matters most.

    First comes what is about the whole audit. Then accounts that could not be audited and all other changes take
    turns, so that neither crowds out the other. Reminders begin with those that were sent the longest ago.
    """
    by_kind = sorted(reconciliation.changes, key=lambda change: _place(change, reconciliation))
    of_the_audit = [change for change in by_kind if change.kind in OF_THE_AUDIT]
    unread = [change for change in by_kind if change.kind is ChangeKind.NOT_AUDITABLE]
    others = [change for change in by_kind if change.kind not in (*OF_THE_AUDIT, ChangeKind.NOT_AUDITABLE)]
    return (*of_the_audit, *_in_turn(others, unread))


def build_subject(reconciliation: Reconciliation) -> str:
    """Return the subject: how many changes of each kind. What does not fit is left out whole, the news last."""
    organization = shorten(without_links(sanitize_line(reconciliation.report.organization.id)), ORGANIZATION_LENGTH)
    start = f"RegionProof {organization}: ".encode("ascii", "replace").decode()
    return start + headline(reconciliation, SUBJECT_LENGTH - len(start))


def headline(reconciliation: Reconciliation, limit: int | None = None) -> str:
    """Return how many changes of each kind there are: ``3 newly noncompliant, 1 could not be audited; ledger reset``.

    The audit's own trouble comes after the semicolon. Within a limit of characters the most important parts stay:
    what is newly noncompliant or could not be audited, then the audit's own trouble, then the rest in its order.
    """
    counts = Counter(change.kind for change in reconciliation.changes)
    if ChangeKind.NOT_TRIED in counts:
        counts[ChangeKind.NOT_TRIED] = len(reconciliation.report.not_tried) or 1
    parts = {kind: _counted(kind, counts[kind]) for kind in ChangeKind if kind in counts}
    if limit is not None:
        parts = dict(_fitting(parts, limit))
    return _joined(parts) or "nothing changed"


def fit_for_mail(text: str, limit: int) -> str:
    """Return untrusted text as one line of about ``limit`` characters in which no mail client finds a link."""
    return without_links(shorten(sanitize_line(text), limit))


def _fitting(parts: dict[ChangeKind, str], limit: int) -> Iterator[tuple[ChangeKind, str]]:
    """Yield the parts that fit together, in the order in which they matter, up to the first that does not."""
    first = (ChangeKind.NEWLY_NONCOMPLIANT, ChangeKind.NOT_AUDITABLE, *TROUBLE)
    taken: dict[ChangeKind, str] = {}
    for kind in sorted(parts, key=lambda kind: first.index(kind) if kind in first else len(first)):
        taken[kind] = parts[kind]
        if len(_joined(taken)) > limit:
            return
        yield kind, parts[kind]


def _joined(parts: dict[ChangeKind, str]) -> str:
    kinds = [kind for kind in ChangeKind if kind in parts]
    news = ", ".join(parts[kind] for kind in kinds if kind not in TROUBLE)
    trouble = ", ".join(parts[kind] for kind in kinds if kind in TROUBLE)
    return "; ".join(part for part in (news, trouble) if part)


def _counted(kind: ChangeKind, count: int) -> str:
    phrases = _PHRASES.get(kind.name, (f"{{}} {kind.value[0].lower()}{kind.value[1:]}",))
    return phrases[0 if count == 1 else -1].replace("{}", str(count))


def _in_turn(others: list[Change], unread: list[Change]) -> Iterable[Change]:
    """Return two lists as one, by turns, until the shorter one ends."""
    both = min(len(others), len(unread))
    turns = [change for pair in zip(others, unread, strict=False) for change in pair]
    return (*turns, *others[both:], *unread[both:])


def _place(change: Change, reconciliation: Reconciliation) -> tuple[int, float, int, str, str]:
    kind, rank, rule, account_id = _by_kind_then_worst(change)
    reported_at = _reported_at(change, reconciliation) if change.kind is ChangeKind.STILL_OPEN else None
    return kind, reported_at.timestamp() if reported_at else 0, rank, rule, account_id


def _reported_at(change: Change, reconciliation: Reconciliation) -> datetime | None:
    entry = reconciliation.ledger.entries.get((change.account_id, change.finding.rule)) if change.finding else None
    return entry.alerted_at if entry else None


_KINDS = {kind: place for place, kind in enumerate(ChangeKind)}


def _by_kind_then_worst(change: Change) -> tuple[int, int, str, str]:
    finding = change.finding
    rank = -finding.verdict.severity.rank if finding else 0
    return (_KINDS[change.kind], rank, finding.rule if finding else "", change.account_id)
