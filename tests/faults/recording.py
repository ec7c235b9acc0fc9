"""The calls of a recorded run: the rows of the fault matrix. Its columns are the effects that can hit a call.

Which call reads one account, and which serves the whole run, is the product's own declaration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.faults.catalog import effects_on
from regionproof import permissions
from regionproof.aws.member_access import ACTION
from regionproof.domain.facts import RegionOptStatuses, TokenVersion
from regionproof.probes import probes_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulator.faults.fault import Effect
    from regionproof.domain.facts import FactKind

WAY_IN = ACTION
FACT_OF_CALL: Mapping[str, FactKind] = {p.call: p.fact for p in probes_for({TokenVersion, RegionOptStatuses})}
READS = (WAY_IN, *FACT_OF_CALL)
"""The calls whose failure is one account's."""

PUBLISHING = (*permissions.SECURITY_HUB_ACTIONS, *permissions.SNS_ACTIONS)
"""The calls whose failure is in a receipt."""

LOOKS = (*permissions.SECURITY_HUB_SETUP_ACTIONS, *permissions.SECURITY_HUB_LISTING_ACTIONS)
"""The calls whose failure stops nothing before anything is published: the run says that it could not look."""

OF_THE_RUN = (
    *LOOKS,
    "sts:GetCallerIdentity",
    *permissions.ORGANIZATION_ACTIONS,
    *permissions.LEDGER_ACTIONS,
    *PUBLISHING,
)
"""The calls whose failure is the run's."""

MEANS_THE_DEFAULT = "no_token_version"
"""No fault: a summary without the key means AWS's default, version 1."""


@dataclass(frozen=True)
class Call:
    """One call that a run makes: which, about which account, and the how-manieth of these it is, from 0 on."""

    action: str
    account: str
    place: int

    def __str__(self) -> str:
        """Return what a person calls it."""
        return f"{self.action} {self.account} #{self.place}"


def calls_in(log: Iterable[Mapping[str, Any]]) -> list[Call]:
    """Return the calls of the roles' sessions in a call log, in the order of their ends."""
    calls: list[Call] = []
    for entry in log:
        if ":assumed-role/" not in (entry["caller"] or ""):
            continue
        action, account = entry["action"], entry["target"] or entry["account"]
        place = sum((call.action, call.account) == (action, account) for call in calls)
        calls.append(Call(action, account, place))
    return calls


def effect_names(actions: Iterable[str]) -> list[str]:
    """Return the names of all effects that can hit one of these actions."""
    return list(dict.fromkeys(name for action in actions for name in effects_on(action)))


def effect_on(action: str, name: str) -> Effect | None:
    """Return the effect of this name on an action; None where it cannot hit it."""
    return effects_on(action).get(name)
