"""Alerts to build: a change of every kind, and runs with many changes."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.facts import TokenVersion
from tests.builders import DENIED, news, regions, some_facts

if TYPE_CHECKING:
    from regionproof.domain.reconciled import Reconciled

A, B, C = "222222222222", "333333333333", "444444444444"
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
FACTS = {A: AT_RISK, B: some_facts(DENIED, DENIED), C: some_facts(TokenVersion(2))}
FIRST_RUN = news(FACTS)
"""STS.1 is open in A, Coverage.1 in B."""

OF_THE_RUN = (ChangeKind.LEDGER_SET_ASIDE, ChangeKind.NOT_TRIED, ChangeKind.RULE_OFF, ChangeKind.ORPHANED)
OF_AN_ACCOUNT = (ChangeKind.JOINED, ChangeKind.LEFT, ChangeKind.OUT_OF_SCOPE)


def with_changes(*changes: Change) -> Reconciled:
    """Return a run that has these changes to tell."""
    return dataclasses.replace(FIRST_RUN, changes=changes)


def a_change(kind: ChangeKind, detail: str = "This is why.") -> Change:
    """Return a change of this kind: of the run, of the account A, or of its STS.1."""
    if kind in OF_THE_RUN:
        return Change(kind, "", "", detail)
    finding = None if kind in OF_AN_ACCOUNT else FIRST_RUN.report.open_findings[0]
    return Change(kind, A, "orders", detail, finding)


@cache
def many(count: int, name: str = "orders") -> Reconciled:
    """Return a first run in which this many accounts of one name are noncompliant."""
    facts = {str(200000000000 + n): AT_RISK for n in range(count)}
    return news(facts, names=dict.fromkeys(facts, name))
