"""What AWS answers in a case, as its file describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MANAGEMENT, MEMBER = "111111111111", "222222222222"
ORGANIZATION = "o-a1b2c3d4e5"
STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
ROOT = "r-ab12"

Statuses = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error that an operation is answered with.

    ``account`` is whom the call is about; empty: every account. ``times`` None: always.
    """

    operation: str
    code: str
    message: str
    account: str = ""
    status: int = 400
    times: int | None = None


@dataclass(frozen=True, kw_only=True)
class World:
    """An organization and who looks at it. Without a word in the case's file it is healthy.

    Attributes:
        caller: the account of the caller
        accounts: what ListAccounts says of each account
        units: names of organizational units by id, below each parent
        placed: ids of the accounts directly below each parent; None: all are in the root
        summaries: answers of GetAccountSummary, by account id
        regions: statuses that ListRegions gives, by account id
        delegated: service principals that the caller's account is a delegated administrator for
        stack_set: what the StackSet says of each of its instances; None: there is no StackSet
    """

    caller: str = MANAGEMENT
    role: str = "Admin"
    accounts: tuple[Mapping[str, str], ...] = ({"Id": MANAGEMENT}, {"Id": MEMBER})
    units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    placed: Mapping[str, tuple[str, ...]] | None = None
    summaries: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    regions: Mapping[str, Statuses] = field(default_factory=dict)
    trusted: tuple[str, ...] = (STACK_SETS, "iam.amazonaws.com", "account.amazonaws.com")
    delegated: tuple[str, ...] = ()
    stack_set: Mapping[str, str] | None = None
    refusals: tuple[Refusal, ...] = ()


def organizations(world: World, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Organizations answers."""
    below = str(asked.get("ParentId", ""))
    everywhere = {ROOT: tuple(account["Id"] for account in world.accounts)}
    placed = everywhere if world.placed is None else world.placed
    answers: dict[str, dict[str, Any]] = {
        "DescribeOrganization": {
            "Organization": {"Id": ORGANIZATION, "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}
        },
        "ListAccounts": {"Accounts": [_listed(account) for account in world.accounts]},
        "ListRoots": {"Roots": [{"Id": ROOT, "Name": "Root"}]},
        "ListOrganizationalUnitsForParent": {
            "OrganizationalUnits": [{"Id": unit, "Name": name} for unit, name in world.units.get(below, {}).items()]
        },
        "ListAccountsForParent": {"Accounts": [{"Id": account} for account in placed.get(below, ())]},
        "ListAWSServiceAccessForOrganization": {
            "EnabledServicePrincipals": [{"ServicePrincipal": principal} for principal in world.trusted]
        },
        "ListDelegatedServicesForAccount": {
            "DelegatedServices": [{"ServicePrincipal": principal} for principal in world.delegated]
        },
    }
    return answers[operation]


def query(world: World, operation: str, form: Mapping[str, str], account: str) -> str:
    """Return what a service with XML answers, without its wrapping, about an account."""
    if operation == "GetCallerIdentity":
        arn = f"arn:aws:sts::{world.caller}:assumed-role/{world.role}/jane"
        return f"<Arn>{arn}</Arn><Account>{world.caller}</Account>"
    if operation in {"AssumeRole", "AssumeRoot"}:
        return (
            f"<Credentials><AccessKeyId>ASIA0000{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            f"<SessionToken>t</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration></Credentials>"
        )
    if operation == "GetAccountSummary":
        summary = world.summaries.get(account, {"GlobalEndpointTokenVersion": 2, "Users": 1})
        entries = (f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in summary.items())
        return f"<SummaryMap>{''.join(entries)}</SummaryMap>"
    if operation == "ListOrganizationsFeatures":
        return "<EnabledFeatures><member>RootCredentialsManagement</member></EnabledFeatures>"
    if operation == "ListStackInstances" and world.stack_set is not None:
        said = "".join(f"<{key}>{value}</{key}>" for key, value in world.stack_set.items())
        return f"<Summaries><member><Account>{form['StackInstanceAccount']}</Account>{said}</member></Summaries>"
    raise LookupError(operation)


def regions(world: World, account: str) -> dict[str, Any]:
    """Return what Account Management answers about the Regions of an account."""
    statuses = world.regions.get(account, {"us-east-1": "ENABLED_BY_DEFAULT", "ap-east-1": "DISABLED"})
    return {"Regions": [{"RegionName": name, "RegionOptStatus": status} for name, status in statuses.items()]}


def _listed(account: Mapping[str, str]) -> dict[str, str]:
    named = {"Name": f"account {account['Id'][:4]}", **account}
    return named if {"State", "Status"} & set(account) else {**named, "State": "ACTIVE", "Status": "ACTIVE"}
