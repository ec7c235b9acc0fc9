"""Builders of domain records. The defaults are ordinary values; a test names only the parts that matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from regionproof.audit.reconcile import AlertPolicy, reconcile
from regionproof.audit.run import Audit
from regionproof.domain.accounts import Account, Organization, OrganizationalUnit
from regionproof.domain.facts import AccountFacts, OptStatus, ReadFailure, RegionOptStatuses, TokenVersion
from regionproof.domain.ledger import Ledger
from regionproof.domain.report import Identity, Report
from regionproof.domain.run import RunRequest
from regionproof.settings.shape import AuditSettings

from .fakes import FakeFactReader, FakeOrganizationSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regionproof.domain.facts import NotTried
    from regionproof.domain.reconciliation import Reconciliation

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ORGANIZATION_ID = "o-exampleorg"
MANAGEMENT_ACCOUNT_ID = "111111111111"
IDENTITY = Identity(account_id=MANAGEMENT_ACCOUNT_ID, partition="aws", region="eu-central-1")

ROOT = OrganizationalUnit("r-ab12", "Root")
WORKLOADS = OrganizationalUnit("ou-ab12-11111111", "Workloads")
PRODUCTION = OrganizationalUnit("ou-ab12-22222222", "Production")

DENIED = ReadFailure("sts:AssumeRole", "AccessDenied", "not authorized to perform: sts:AssumeRole")


def an_account(
    account_id: str = "222222222222",
    name: str = "orders",
    state: str = "ACTIVE",
    parents: tuple[OrganizationalUnit, ...] = (ROOT, WORKLOADS, PRODUCTION),
) -> Account:
    """Return an account in Root/Workloads/Production."""
    return Account(id=account_id, name=name, state=state, parents=parents)


def regions(**opt_in: str) -> RegionOptStatuses:
    """Return the statuses of us-east-1 and of opt-in Regions: ``regions(ap_east_1="ENABLED")``."""
    statuses = {name.replace("_", "-"): OptStatus(status) for name, status in opt_in.items()}
    return RegionOptStatuses({"us-east-1": OptStatus.ENABLED_BY_DEFAULT, **statuses})


def some_facts(
    token: TokenVersion | ReadFailure | None = None, opt_in: RegionOptStatuses | ReadFailure | None = None
) -> AccountFacts:
    """Return the facts of an account. The defaults are version 1 and no opt-in Region in use."""
    return AccountFacts({TokenVersion: token or TokenVersion(1), RegionOptStatuses: opt_in or regions()})


def asked_centrally(denial: ReadFailure, reading: RegionOptStatuses | ReadFailure | NotTried) -> AccountFacts:
    """Return what was read of an account that denied its Regions to the session, and what came of asking centrally."""
    return AccountFacts({TokenVersion: TokenVersion(1), RegionOptStatuses: reading}, {RegionOptStatuses: denial})


def an_organization(*accounts: Account) -> Organization:
    """Return an organization with these accounts and its management account."""
    management = an_account(MANAGEMENT_ACCOUNT_ID, "management", parents=(ROOT,))
    return Organization(ORGANIZATION_ID, MANAGEMENT_ACCOUNT_ID, tuple(sorted((management, *accounts), key=_by_id)))


def a_report(
    facts: Mapping[str, AccountFacts],
    settings: AuditSettings | None = None,
    names: Mapping[str, str] | None = None,
) -> Report:
    """Return the report of a real run over fakes, with the facts by account id. The management account is compliant."""
    accounts = [an_account(account_id, (names or {}).get(account_id, "orders")) for account_id in facts]
    all_facts = {MANAGEMENT_ACCOUNT_ID: some_facts(TokenVersion(2)), **facts}
    audit = Audit(
        settings=settings or AuditSettings(),
        identity=IDENTITY,
        organization=FakeOrganizationSource(an_organization(*accounts)),
        reader=FakeFactReader(all_facts),
        publishers=(),
        clock=lambda: NOW,
        workers=2,
    )
    return audit.run(RunRequest(), "run-1").report


def news(
    facts: Mapping[str, AccountFacts],
    settings: AuditSettings | None = None,
    names: Mapping[str, str] | None = None,
    ledger: Ledger | None = None,
) -> Reconciliation:
    """Return the reconciliation of a run over fakes with a ledger, or as a first run."""
    policy = AlertPolicy(reminder=timedelta(days=7), exemption_notice=timedelta(days=14))
    return reconcile(a_report(facts, settings, names), ledger or Ledger(ORGANIZATION_ID), policy)


def _by_id(account: Account) -> str:
    return account.id
