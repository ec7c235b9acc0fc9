"""The scenarios: what AWS does wrong in each, and what a run promises all the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from bench.stub.storms import FOR_EVER, Effect, Storm

from .promise import FULL_LENGTH_SECONDS, MOST_TIMES_UNDISTURBED, Promise

if TYPE_CHECKING:
    from collections.abc import Iterable

MEMBER_READS = ("GetAccountSummary", "ListRegions")
LISTING = ("ListAccounts", "ListAccountsForParent", "ListOrganizationalUnitsForParent", "ListRoots")
UNDISTURBED, UNDISTURBED_BY_ROOT = "undisturbed", "undisturbed-by-root"

COMPLETE = Promise(complete=True, imported=True, alert=True, ledger=True)
QUICK = Promise(complete=True, imported=True, alert=True, ledger=True, most_times=MOST_TIMES_UNDISTURBED)
INCOMPLETE = Promise(says_so=True, alert=True, ledger=True)
FAILS = Promise(fails=True)
IN_TIME = Promise(fails=None)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which AWS is disturbed. ``access`` is the setting of this name."""

    name: str
    storms: tuple[Storm, ...]
    promise: Promise
    access: Literal["role", "root"] = "role"

    def promise_within(self, lambda_seconds: float) -> Promise:
        """Return the promise to a run of this length: a storm that ends lasts as long as for a full one."""
        is_short = lambda_seconds < FULL_LENGTH_SECONDS
        return IN_TIME if is_short and any(storm.ends < FOR_EVER for storm in self.storms) else self.promise

    @property
    def undisturbed(self) -> str:
        """Return the scenario that its time is compared with."""
        return UNDISTURBED if self.access == "role" else UNDISTURBED_BY_ROOT

    @property
    def is_timed(self) -> bool:
        """Return whether the time of the run is part of what is promised, so it must run alone."""
        return self.promise.most_times is not None or self.name == UNDISTURBED


def throttled(*operations: str, **when: Any) -> tuple[Storm, ...]:
    """Return a storm that throttles operations, all of them if none is named."""
    return (Storm(effect=Effect.THROTTLED, operations=operations, **when),)


def _other(effect: Effect, *operations: str, **when: Any) -> tuple[Storm, ...]:
    return (Storm(effect=effect, operations=operations, **when),)


SCENARIOS = (
    Scenario(UNDISTURBED, (), COMPLETE),
    Scenario("assume-role-throttled-10-percent", throttled("AssumeRole", share=0.1), QUICK),
    Scenario("everything-throttled-10-percent", throttled(share=0.1), QUICK),
    Scenario("member-list-regions-throttled-10-percent", throttled("ListRegions", share=0.1), QUICK),
    # Those that take longest begin first.
    Scenario("everything-throttled", throttled(), FAILS),
    Scenario("everything-throttled-from-second-5", throttled(begins=5), FAILS),
    Scenario("everything-unavailable-from-second-5", _other(Effect.UNAVAILABLE, begins=5), FAILS),
    Scenario("everything-silent-from-second-5", _other(Effect.LATE, begins=5, late_seconds=86_400), FAILS),
    Scenario("assume-role-throttled", throttled("AssumeRole"), INCOMPLETE),
    Scenario("assume-root-throttled", throttled("AssumeRoot"), INCOMPLETE, access="root"),
    Scenario("member-reads-throttled", throttled(*MEMBER_READS), INCOMPLETE),
    Scenario(
        "member-reads-silent",
        _other(Effect.LATE, *MEMBER_READS, late_seconds=86_400),
        replace(INCOMPLETE, timeouts=True),
    ),
    Scenario("everything-throttled-50-percent", throttled(share=0.5), Promise(alert=True, ledger=True)),
    Scenario("imports-throttled", throttled("BatchImportFindings"), Promise(complete=True, alert=True, ledger=True)),
    Scenario("alert-throttled", throttled("Publish"), Promise(complete=True, imported=True, alert=False, ledger=True)),
    Scenario(
        "central-list-regions-throttled-50-percent",
        throttled("ListRegions", share=0.5),
        Promise(alert=True, ledger=True),
        access="root",
    ),
    Scenario(UNDISTURBED_BY_ROOT, (), COMPLETE, access="root"),
    Scenario("assume-role-throttled-50-percent", throttled("AssumeRole", share=0.5), COMPLETE),
    Scenario("assume-role-throttled-for-180-s", throttled("AssumeRole", ends=180), COMPLETE),
    Scenario("listing-throttled-for-180-s", throttled(*LISTING, ends=180), COMPLETE),
    Scenario("imports-throttled-50-percent", throttled("BatchImportFindings", share=0.5), COMPLETE),
    Scenario("alert-late-by-70-s", _other(Effect.LATE, "Publish", late_seconds=70), COMPLETE),
    Scenario("ledger-read-throttled-for-60-s", throttled("GetObject", ends=60), COMPLETE),
    Scenario("ledger-write-denied", _other(Effect.DENIED, "PutObject"), Promise(fails=True, alert=False)),
    Scenario("everything-unavailable-for-60-s", _other(Effect.UNAVAILABLE, ends=60), COMPLETE),
    Scenario(
        "sts-late-by-5-s",
        _other(Effect.LATE, "AssumeRole", "GetCallerIdentity", late_seconds=5),
        COMPLETE,
    ),
)


def named(names: Iterable[str]) -> tuple[Scenario, ...]:
    """Return the scenarios of these names, all if there are none. Raises ``LookupError`` for an unknown name."""
    wanted = frozenset(names)
    if unknown := wanted - {scenario.name for scenario in SCENARIOS}:
        known = ", ".join(scenario.name for scenario in SCENARIOS)
        raise LookupError(f"there is no scenario {', '.join(sorted(unknown))}; there are: {known}")
    return tuple(scenario for scenario in SCENARIOS if not wanted or scenario.name in wanted)
