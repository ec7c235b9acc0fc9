"""Whether a whole run keeps to the quotas that it shares with others of its account.

Answers come at once, so only its own pace holds it back, and a call above a quota is refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .contests import COURTESY_BY_ROLE, COURTESY_BY_ROOT
from .measurement import measure
from .stub.process import AT_ONCE, World, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .measurement import Contest, Cores, Row

LIST_REGIONS = "ListRegions"
PUBLISHED = {"BatchImportFindings": (10.0, 30.0), LIST_REGIONS: (5.0, 5.0)}
"""Calls a second, and calls at once.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
https://docs.aws.amazon.com/accounts/latest/reference/quotas.html
"""

_ORGANIZATIONS = ("ListAccounts", "ListAccountsForParent", "ListOrganizationalUnitsForParent", "ListRoots")
REPORTED = {
    **dict.fromkeys(("AssumeRole", "AssumeRoot"), (600.0, 600.0)),
    **dict.fromkeys(_ORGANIZATIONS, (10.0, 10.0)),
}
"""What others report, and what ``regionproof.aws.pacing`` takes for granted: these are not known to be published."""

QUOTAS = {**PUBLISHED, **REPORTED}


@dataclass(frozen=True, slots=True)
class Courtesy:
    """How close a run came: the most calls in any second of the operations that share the caller's quotas."""

    name: str
    accounts: int
    throttled: dict[str, int]
    most_calls_in_a_second: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, with the quota (calls a second, calls at once) of each operation."""
        return asdict(self) | {"quotas": {name: QUOTAS[name] for name in self.most_calls_in_a_second}}

    def sentence(self) -> str:
        """Return it for a person."""
        refused = ", ".join(f"{name} {count} times" for name, count in self.throttled.items()) or "nothing"
        rates = (f"{name} {most} ({_said(*QUOTAS[name])})" for name, most in self.most_calls_in_a_second.items())
        return (
            f"{self.name}, {self.accounts:,} accounts: {refused} throttled; most calls in a second: {', '.join(rates)}"
        )


def courtesies(cores: Cores) -> Iterator[Courtesy]:
    """Measure both ways in. Raises ``WrongAnswer``."""
    for contest in (COURTESY_BY_ROLE, COURTESY_BY_ROOT):
        yield courtesy(contest, cores)


def courtesy(contest: Contest, cores: Cores) -> Courtesy:
    """Measure one way in. Raises ``WrongAnswer``."""
    with running(World(contest.accounts, AT_ONCE, QUOTAS, cores.stub)) as stub:
        return of_row(measure(contest, stub, cores))


def of_row(row: Row) -> Courtesy:
    """Return what a row says of shared quotas. A member that asks for its own Regions uses its own quota."""
    shared = QUOTAS.keys() - ({LIST_REGIONS} if "AssumeRole" in row.most_calls_in_a_second else ())
    most = {name: most for name, most in row.most_calls_in_a_second.items() if name in shared}
    return Courtesy(row.name, row.accounts, row.throttled, most)


def above_a_quota(measured: Iterable[Courtesy]) -> list[str]:
    """Return a sentence for each run with a call that was refused; empty where all kept to the quotas."""
    return [f"above a quota: {courtesy.sentence()}" for courtesy in measured if courtesy.throttled]


def _said(rate: float, burst: float) -> str:
    return f"quota {rate:.0f}/s, {burst:.0f} at once"
