"""The emulated organization: its tree, its accounts, and whom it trusts with what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.http.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALL_FEATURES = "ALL"


@dataclass
class OrganizationalUnit:
    """An organizational unit; parent is the id of the root or of another unit."""

    id: str
    name: str
    parent: str


@dataclass
class Account:
    """An account of the organization; joined is in seconds since 1970."""

    id: str
    name: str
    parent: str
    state: str = "ACTIVE"
    joined_method: str = "CREATED"
    joined: int = 1_700_000_000


@dataclass
class Organization:
    """The tree of one organization, and what its services may do: root_features are those of IAM's central root access.

    hub_policy is the effective policy on Security Hub CSPM, the same for every account; empty if there is none.

    Whoever needs to know of a change in who is where (StackSets deploy by it) puts a callable into `watchers`.
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

    def changed(self) -> None:
        """Tell the watchers that accounts or units are elsewhere now."""
        for watcher in self.watchers:
            watcher()

    def require_all_features(self) -> None:
        """Refuse what needs all features where there is consolidated billing only. The message is not AWS's own."""
        if self.feature_set != ALL_FEATURES:
            message = "This operation needs an organization that has all features enabled."
            raise Refusal("ConstraintViolationException", message, Reason="ALL_FEATURES_NOT_ENABLED")

    def require_account(self, account_id: str) -> Account:
        """Return an account; raise Refusal where the organization has none of that id."""
        account = self.accounts.get(account_id)
        if account is None:
            raise Refusal("AccountNotFoundException", "You specified an account that doesn't exist.")
        return account

    def require_parent(self, parent: str) -> str:
        """Return the id of a root or organizational unit; raise Refusal where it is of neither."""
        if not self.has_parent(parent):
            raise Refusal("ParentNotFoundException", "You specified parent that doesn't exist.")
        return parent

    def has_parent(self, identity: str) -> bool:
        """Tell whether this is the id of the root or of an organizational unit."""
        return identity == self.root_id or identity in self.units

    def is_delegate(self, account_id: str, service_principal: str | None = None) -> bool:
        """Tell whether a member is delegated administrator, for one service or for any."""
        services = self.delegated_administrators.get(account_id, {})
        return bool(services) if service_principal is None else service_principal in services

    def accounts_below(self, parent: str) -> Iterator[Account]:
        """Yield the accounts anywhere below a root or organizational unit."""
        for account in self.accounts.values():
            if parent in self.ancestors(account.parent):
                yield account

    def ancestors(self, parent: str) -> list[str]:
        """Return the ids from the root down to a parent, that included."""
        line = [parent]
        while line[0] in self.units:
            line.insert(0, self.units[line[0]].parent)
        return line

    def arn(self, kind: str, *parts: str) -> str:
        """Build the ARN of something in this organization."""
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
        """Return the Account shape, State beside the older Status where that has a word for it."""
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
    """Return the made-up address of an account's root user."""
    return f"aws+{account_id}@example.com"
