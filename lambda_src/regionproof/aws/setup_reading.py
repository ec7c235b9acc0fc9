"""Look at what is around the audit: trusted access, delegations, root features, entrances, Security Hub.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regionproof.domain.accounts import in_scope
from regionproof.domain.facts import Unread
from regionproof.domain.setup import Entrance, Names, Observed
from regionproof.probes.declaration import UnexpectedAnswer

from .failures import READ_FAILURES, code_and_message, said_clearly, unread
from .organization import account_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.report import Identity
    from regionproof.preflight import Needs

    from .member_access import MemberAccess
    from .organization import ListedOrganization

ORGANIZATION_ACTIONS = ("organizations:ListAWSServiceAccessForOrganization",)
"""For the mode ``root``."""

DELEGATION_ACTIONS = ("organizations:ListDelegatedServicesForAccount",)
"""For the mode ``root`` from a delegated administrator."""

IAM_ACTIONS = ("iam:ListOrganizationsFeatures",)
SECURITY_HUB_ACTIONS = ("securityhub:DescribeHub",)

_FEATURES_LACK_TRUSTED_ACCESS = "ServiceAccessNotEnabledException"
_HUB_IS_NOT_ENABLED = frozenset({"InvalidAccessException", "ResourceNotFoundException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupReading:
    """Reads what a preflight judges. ``security_hub`` None: nothing is published there.

    ``clients`` are the caller's own, of organizations and iam.
    """

    identity: Identity
    organization: ListedOrganization
    organizations: Any
    iam: Any
    security_hub: Any
    access: MemberAccess

    def observe(self, needs: Needs) -> Observed:
        """Return what was seen. Raises ``SetupError`` where the caller can not even describe the organization."""
        organization = self.organization.describe()
        elsewhere = self.identity.account_id != organization.management_account_id
        wide = needs.root or needs.stack_sets
        samples = self._samples(needs, organization) if needs.sample else []
        return Observed(
            identity=self.identity,
            organization=organization,
            trusted=self._trusted() if wide else None,
            delegated=self._delegated() if wide and elsewhere else None,
            root_features=self._root_features() if needs.root else None,
            entrances=tuple(map(self._entrance, samples)),
            no_sample=needs.sample and not samples,
            security_hub=self._security_hub() if self.security_hub else None,
        )

    def _samples(self, needs: Needs, organization: Organization) -> list[Account]:
        """Return the management account where it is elsewhere, and one other account of the first page."""
        with said_clearly():
            page = self.organizations.list_accounts()
        listed = [account_of(entry, (), organization.management_account_id) for entry in page.get("Accounts", ())]
        others = [a for a in listed if a.id != self.identity.account_id and a.is_open]
        in_question = [account for account in others if in_scope(account, needs.settings.scope)]
        members = [account for account in in_question if not account.is_management]
        return [account for account in in_question if account.is_management] + members[:1]

    def _entrance(self, account: Account) -> Entrance:
        way = self.access.way_into(account)
        try:
            way.enter()
        except READ_FAILURES as failure:
            return Entrance(account, unread(way.call, failure))
        return Entrance(account)

    def _trusted(self) -> Names:
        pages = self.organizations.get_paginator("list_aws_service_access_for_organization")
        return _names(
            "organizations:ListAWSServiceAccessForOrganization",
            lambda: (s["ServicePrincipal"] for page in pages.paginate() for s in page["EnabledServicePrincipals"]),
        )

    def _delegated(self) -> Names:
        pages = self.organizations.get_paginator("list_delegated_services_for_account")
        mine = self.identity.account_id
        return _names(
            "organizations:ListDelegatedServicesForAccount",
            lambda: (s["ServicePrincipal"] for p in pages.paginate(AccountId=mine) for s in p["DelegatedServices"]),
        )

    def _root_features(self) -> Names:
        found = _names(
            "iam:ListOrganizationsFeatures", lambda: self.iam.list_organizations_features()["EnabledFeatures"]
        )
        lacks_trust = isinstance(found, Unread) and found.code == _FEATURES_LACK_TRUSTED_ACCESS
        return frozenset() if lacks_trust else found

    def _security_hub(self) -> bool | Unread:
        try:
            if "HubArn" not in self.security_hub.describe_hub():
                raise UnexpectedAnswer("the answer names no hub; is there a proxy in between?")
        except READ_FAILURES as failure:
            not_enabled = code_and_message(failure)[0] in _HUB_IS_NOT_ENABLED
            return False if not_enabled else unread("securityhub:DescribeHub", failure)
        return True


def _names(call: str, read: Callable[[], Iterable[str]]) -> Names:
    try:
        return frozenset(read())
    except READ_FAILURES as failure:
        return unread(call, failure)
