"""An organization in which everything that others may name is hostile, and what a run has to say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regionproof.audit.reconcile import AlertPolicy, reconcile
from regionproof.aws.calls import failure_of
from regionproof.domain.accounts import OrganizationalUnit
from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.ledger import Ledger
from regionproof.publishers.digest import Digest
from regionproof.storage.ledger_file import InvalidLedger
from tests.cli.runs import FakeRun
from tests.support.builders import ORGANIZATION_ID, ROOT, an_account, regions, some_facts

if TYPE_CHECKING:
    from regionproof.domain.facts import ReadFailure
    from regionproof.domain.reconciliation import Reconciliation
    from regionproof.domain.report import Report

NAMED, UNREAD = "222222222222", "333333333333"
IDS = ("111111111111", NAMED, UNREAD)


def a_run(name: str, said: str) -> FakeRun:
    """Return a run over an account at risk and one that cannot be read.

    ``name`` stands wherever people of the organization name things, ``said`` wherever AWS says something.
    """
    parents = (ROOT, OrganizationalUnit("ou-ab12-11111111", name))
    refusal = refused(said)
    return FakeRun(
        {NAMED: some_facts(opt_in=regions(ap_east_1="ENABLED")), UNREAD: some_facts(refusal, refusal)},
        (an_account(NAMED, name, parents=parents), an_account(UNREAD, name, parents=parents)),
    )


def refused(said: str) -> ReadFailure:
    """Return a read that AWS refused with these words."""
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": said}}
    return failure_of("sts:AssumeRole", ClientError(answer, "AssumeRole")).as_read_failure()


def a_report(name: str, said: str) -> Report:
    """Return the report of that run."""
    return a_run(name, said).report()


def news(name: str, said: str) -> Reconciliation:
    """Return what that run has to report, with a damaged ledger and an account that left beside it."""
    policy = AlertPolicy(reminder=timedelta(days=7), exemption_notice=timedelta(days=14))
    told = reconcile(a_report(name, said), Ledger(ORGANIZATION_ID), policy)
    gone = Change(ChangeKind.LEFT, "444444444444", name, said)
    return replace(
        told, changes=(Change(ChangeKind.LEDGER_SET_ASIDE, "", "", str(InvalidLedger(said))), *told.changes, gone)
    )


def everything(reconciliation: Reconciliation) -> Digest:
    """Return the digest that tells every change."""
    return Digest(reconciliation, len(reconciliation.changes))
