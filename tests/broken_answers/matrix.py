"""The matrix: the calls of a run, the kinds of broken answers, and a cell for each call and each kind that fits it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from tests.broken_answers import destinations, documents, errors, pages, transport
from tests.broken_answers.world import VICTIM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.broken_answers.calls import Call
    from tests.broken_answers.kinds import Kind

KINDS: tuple[Kind, ...] = (
    *errors.KINDS,
    *documents.KINDS,
    *transport.KINDS,
    *pages.KINDS,
    *destinations.KINDS,
)


class Blast(Enum):
    """What a broken answer of a call may take from a run."""

    ACCOUNT = auto()
    """One account, which becomes a finding of Coverage.1."""
    RUN = auto()
    """The run, which ends with one sentence before it has published anything."""
    LOOK = auto()
    """What the first step looks at: the run goes on without it, or ends as above."""
    DESTINATION = auto()
    """What is sent to one destination, whose receipt says so."""
    LEDGER = auto()
    """The memory: the run ends with one sentence."""


class Setting(Enum):
    """Which audit it is."""

    BY_ROLE = auto()
    WITHOUT_PATHS = auto()
    """ListAccounts does not name the way to an account."""
    BY_ROOT = auto()
    DELEGATED = auto()
    """By root sessions, from a delegated administrator account."""


@dataclass(frozen=True)
class Row:
    """A call of a run. ``second_run``: it is broken in a run that finds a ledger."""

    operation: str
    protocol: str
    blast: Blast
    setting: Setting = Setting.BY_ROLE
    further_pages: bool = False
    second_run: bool = False

    def __str__(self) -> str:
        """Return the name of the row."""
        extra = [self.setting.name.lower()] if self.setting is not Setting.BY_ROLE else []
        return " ".join([self.operation, *extra, *(["page 2"] if self.further_pages else [])])

    def hits(self, call: Call) -> bool:
        """Return whether a call is one whose answer is broken."""
        if call.operation != self.operation or (self.further_pages and not call.is_further_page):
            return False
        return self.blast is not Blast.ACCOUNT or call.account == VICTIM

    def fits(self, kind: Kind) -> bool:
        """Return whether there is a cell for this kind."""
        if kind.operations:
            return self.operation in kind.operations
        return self.protocol in kind.protocols


ROWS = (
    Row("GetCallerIdentity", "query", Blast.RUN),
    Row("DescribeOrganization", "json", Blast.RUN),
    Row("ListAccounts", "json", Blast.RUN),
    Row("ListAccounts", "json", Blast.RUN, further_pages=True),
    Row("ListRoots", "json", Blast.RUN),
    Row("ListOrganizationalUnitsForParent", "json", Blast.RUN),
    Row("ListAccountsForParent", "json", Blast.RUN, Setting.WITHOUT_PATHS),
    Row("GetObject", "s3", Blast.RUN, second_run=True),
    Row("AssumeRole", "query", Blast.ACCOUNT),
    Row("GetAccountSummary", "query", Blast.ACCOUNT),
    Row("ListRegions", "rest-json", Blast.ACCOUNT),
    Row("ListRegions", "rest-json", Blast.ACCOUNT, further_pages=True),
    Row("AssumeRoot", "query", Blast.ACCOUNT, Setting.BY_ROOT),
    Row("ListRegions", "rest-json", Blast.ACCOUNT, Setting.BY_ROOT),
    Row("DescribeHub", "rest-json", Blast.LOOK),
    Row("GetFindings", "rest-json", Blast.LOOK),
    Row("ListAWSServiceAccessForOrganization", "json", Blast.LOOK, Setting.BY_ROOT),
    Row("ListOrganizationsFeatures", "query", Blast.LOOK, Setting.BY_ROOT),
    Row("ListDelegatedServicesForAccount", "json", Blast.LOOK, Setting.DELEGATED),
    Row("BatchImportFindings", "rest-json", Blast.DESTINATION),
    Row("Publish", "query", Blast.DESTINATION),
    Row("PutObject", "s3", Blast.LEDGER),
)


@dataclass(frozen=True)
class Cell:
    """One call with one kind of broken answer."""

    row: Row
    kind: Kind

    def __str__(self) -> str:
        """Return the name of the cell."""
        return f"{self.row} x {self.kind.name}"


CELLS = tuple(Cell(row, kind) for row in ROWS for kind in KINDS if row.fits(kind))


AT_EVERY_CALL = {"message null", "message empty", "code and message null, 500", "a page: HTML, 200"}


def sample(cells: Sequence[Cell]) -> list[Cell]:
    """Return some cells, always the same ones: each kind at one call, and all calls about equally often.

    Some kinds are at every call, as they were once wrong at all of them. Of the kinds that break a single member,
    which are many and alike, it takes every fourth.
    """
    of_kind: dict[str, list[Cell]] = {}
    for cell in cells:
        of_kind.setdefault(cell.kind.name, []).append(cell)
    members = [name for name, fitting in of_kind.items() if fitting[0].kind.family == "member"]
    left_out = set(members) - set(members[::4])
    taken: Counter[Row] = Counter()
    chosen = [cell for cell in cells if cell.kind.name in AT_EVERY_CALL]
    left_out |= AT_EVERY_CALL
    for fitting in sorted(
        (of_kind[name] for name in of_kind.keys() - left_out), key=lambda some: (len(some), str(some[0]))
    ):
        cell = min(fitting, key=lambda one: taken[one.row])
        taken[cell.row] += 1
        chosen.append(cell)
    return chosen
