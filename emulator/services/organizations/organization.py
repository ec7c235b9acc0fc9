"""The state of the emulated organization: its tree, accounts, trusted access and delegated administrators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.http.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALL_FEATURES = "ALL"


@dataclass
class OrganizationalUnit:
    """An organizational unit. `parent` is the id of the root or of another unit."""

    id: str
    name: str
    parent: str


@dataclass
class Account:
    """An account of the organization. `joined` is in seconds since 1970."""

    id: str
    name: str
    parent: str
    state: str = "ACTIVE"
    joined_method: str = "CREATED"
    joined: int = 1_700_000_000


@dataclass
class Organization:
    """One organization. `root_features` are the enabled features of IAM's central root access.

    `hub_policy` is the effective policy on Security Hub CSPM, the same for every account; empty if there is none.
    Callables in `watchers` are called after accounts have joined, moved or closed. StackSets deploy that way.
    """

    id: str
    root_id: str
    management_account_id: str
    units: dict[str, OrganizationalUnit] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    trusted_access: dict[str, float] = field(default_factory=dict)
    stack_sets_activated: bool = False
    feature_set: str = ALL_FEATURES
    hub_policy: str = ""
    delegated_administrators: dict[str, dict[str, float]] = field(default_factory=dict)
    root_features: set[str] = field(default_factory=set)
    creations: dict[str, str] = field(default_factory=dict)
    watchers: list[Callable[[], None]] = field(default_factory=list)

    def notify_watchers(self) -> None:
        """Call the watchers after a change of the accounts."""
        for watcher in self.watchers:
            watcher()

    def require_all_features(self) -> None:
        """Raise Refusal if the organization has consolidated billing only. The message is not AWS's."""
        if self.feature_set != ALL_FEATURES:
            message = "This operation needs an organization that has all features enabled."
            raise Refusal("ConstraintViolationException", message, Reason="ALL_FEATURES_NOT_ENABLED")

    def require_account(self, account_id: str) -> Account:
        """Return an account. Raise Refusal if the organization has no account with this id."""
        account = self.accounts.get(account_id)
        if account is None:
            raise Refusal("AccountNotFoundException", "You specified an account that doesn't exist.")
        return account

    def require_parent(self, parent: str) -> str:
        """Return the id of the root or an organizational unit. Raise Refusal for any other id."""
        if not self.has_parent(parent):
            raise Refusal("ParentNotFoundException", "You specified parent that doesn't exist.")
        return parent

    def has_parent(self, identity: str) -> bool:
        """Return whether this is the id of the root or of an organizational unit."""
        return identity == self.root_id or identity in self.units

    def is_delegate(self, account_id: str, service_principal: str | None = None) -> bool:
        """Return whether an account is a delegated administrator, of one service or of any."""
        services = self.delegated_administrators.get(account_id, {})
        return bool(services) if service_principal is None else service_principal in services

    def accounts_below(self, parent: str) -> Iterator[Account]:
        """Yield the accounts anywhere below the root or an organizational unit."""
        for account in self.accounts.values():
            if parent in self.ancestors(account.parent):
                yield account

    def ancestors(self, parent: str) -> list[str]:
        """Return the ids from the root down to and including a parent."""
        path = [parent]
        while path[0] in self.units:
            path.insert(0, self.units[path[0]].parent)
        return path

    def arn(self, kind: str, *parts: str) -> str:
        """Return the ARN of a resource of this organization."""
        return f"arn:aws:organizations::{self.management_account_id}:{kind}/{'/'.join((self.id, *parts))}"

    def describe(self) -> dict[str, Any]:
        """Return the Organization shape."""
        return {
            "Id": self.id,
            "Arn": self.arn("organization"),
            "FeatureSet": self.feature_set,
            "MasterAccountArn": self.arn("account", self.management_account_id),
            "MasterAccountId": self.management_account_id,
            "MasterAccountEmail": email(self.management_account_id),
            "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }

    def describe_unit(self, unit: OrganizationalUnit) -> dict[str, Any]:
        """Return the OrganizationalUnit shape."""
        return {"Id": unit.id, "Arn": self.arn("ou", unit.id), "Name": unit.name}

    def describe_account(self, account: Account) -> dict[str, Any]:
        """Return the Account shape, with the older Status next to State if Status has that value."""
        shape: dict[str, Any] = {
            "Id": account.id,
            "Arn": self.arn("account", account.id),
            "Email": email(account.id),
            "Name": account.name,
            "State": account.state,
            "JoinedMethod": account.joined_method,
            "JoinedTimestamp": account.joined,
            "Paths": ["/".join((self.id, *self.ancestors(account.parent), account.id)) + "/"],
        }
        if account.state in {"ACTIVE", "SUSPENDED", "PENDING_CLOSURE"}:
            shape["Status"] = account.state
        return shape


def email(account_id: str) -> str:
    """Return the invented e-mail address of an account's root user."""
    return f"aws+{account_id}@example.com"
