"""Input for alerts: a change of every kind, and runs with many changes."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.facts import ReadFailure, TokenVersion
from regionproof.domain.settings_notices import NoticeKind, SettingsNotice
from regionproof.publishers.digest import Digest
from tests.support.builders import DENIED, news, regions, some_facts

if TYPE_CHECKING:
    from regionproof.domain.reconciliation import Reconciliation

A, B, C = "222222222222", "333333333333", "444444444444"
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
FACTS = {A: AT_RISK, B: some_facts(DENIED, DENIED), C: some_facts(TokenVersion(2))}
FIRST_RUN = news(FACTS)
"""STS.1 is open in A, Coverage.1 in B."""

IDLE = SettingsNotice(
    kind=NoticeKind.UNKNOWN,
    named="999999999999",
    path="scope.exclude_accounts[0]",
    line=7,
    reason="organization o-exampleorg has no account 999999999999",
    key="scope.exclude_accounts 999999999999",
)
WITHOUT_ACCOUNT = (
    ChangeKind.LEDGER_SET_ASIDE,
    ChangeKind.NOT_TRIED,
    ChangeKind.SETTING_IDLE,
    ChangeKind.RULE_OFF,
    ChangeKind.ORPHANED,
)
WITHOUT_FINDING = (ChangeKind.JOINED, ChangeKind.LEFT, ChangeKind.OUT_OF_SCOPE)


def all_of(reconciliation: Reconciliation) -> Digest:
    """Return the digest that reports every change one by one."""
    return Digest(reconciliation, len(reconciliation.changes))


def with_changes(*changes: Change) -> Reconciliation:
    """Return a run with these changes."""
    return dataclasses.replace(FIRST_RUN, changes=changes)


def a_change(kind: ChangeKind, detail: str = "This is why.") -> Change:
    """Return a change of this kind: for the run, the account A, or its finding of STS.1."""
    if kind in WITHOUT_ACCOUNT:
        return Change(kind, "", "", detail, setting=IDLE if kind is ChangeKind.SETTING_IDLE else None)
    finding = None if kind in WITHOUT_FINDING else FIRST_RUN.report.open_findings[0]
    return Change(kind, A, "orders", detail, finding)


@cache
def many(count: int, name: str = "orders") -> Reconciliation:
    """Return a first run with this many noncompliant accounts of the same name."""
    facts = {str(200000000000 + n): AT_RISK for n in range(count)}
    return news(facts, names=dict.fromkeys(facts, name))


@cache
def a_first_run(accounts: int) -> Reconciliation:
    """Return a first run over different accounts: a quarter is compliant, a tenth could not be read."""
    kinds = (AT_RISK, some_facts(), some_facts(), some_facts(TokenVersion(2)))
    facts = {str(200000000000 + n): kinds[n % 4] for n in range(accounts)}
    failures = (
        ReadFailure("sts:AssumeRole", "AccessDenied", f"{n} is not authorized to {'assume ' * 20}")
        for n in range(accounts)
    )
    failed = {
        account: some_facts(failure, failure) for account, failure in list(zip(facts, failures, strict=True))[::10]
    }
    return news({**facts, **failed}, names={account: f"workload-{account[-5:]}-production" for account in facts})
