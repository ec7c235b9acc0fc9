"""Look at what is around the audit: trusted access, delegations, root features, entrances, Security Hub.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from regionproof.domain.accounts import in_scope
from regionproof.domain.causes import is_denial, is_refused_as_member
from regionproof.domain.facts import ReadFailure
from regionproof.errors import RegionProofError, UnexpectedAnswer
from regionproof.preflight.observed import (
    AccessAttempt,
    AccessCheck,
    Names,
    OnlyFunctionCanTry,
    SetupSnapshot,
    describe_failure,
)
from regionproof.preflight.settings_checks import names_anything

from .calls import CallFailed, ask, listed, unread
from .effective_policy import hub_disabled_in
from .failures import as_setup_error
from .limits import account_time_limit
from .name_listing import names
from .organization import account_of, parents_in, path_of

if TYPE_CHECKING:
    from regionproof.answers import Answer
    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.report import Identity
    from regionproof.preflight.observed import PreflightScope
    from regionproof.settings.shape import Scope

    from .member_access import MemberAccess
    from .organization import OrganizationLister
    from .stack_inspector import StackReading
    from .stack_set_inspector import StackSetInspector

    Entries = tuple[Answer, ...]

ORGANIZATION_ACTIONS = ("organizations:ListAWSServiceAccessForOrganization",)
"""For the mode ``root``."""

DELEGATION_ACTIONS = ("organizations:ListDelegatedServicesForAccount",)
"""For the mode ``root`` from a delegated administrator."""

IAM_ACTIONS = ("iam:ListOrganizationsFeatures",)
SECURITY_HUB_ACTIONS = ("securityhub:DescribeHub",)

LONGEST_SAMPLE_SECONDS = 15.0

_FEATURES_LACK_TRUSTED_ACCESS = "ServiceAccessNotEnabledException"
_HUB_IS_NOT_ENABLED = frozenset({"InvalidAccessException", "ResourceNotFoundException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupInspector:
    """Reads what a preflight judges. ``security_hub`` None: nothing is published there.

    The clients are the caller's own; ``iam`` is used in the mode ``root`` only. ``sample_seconds`` is how long the
    way into a sample account may take: what is slow or throttled there must not stop a run. ``roll_out`` and ``stack``
    are None in a run, whose role has no right for what they read.
    """

    identity: Identity
    organization: OrganizationLister
    organizations: Any
    iam: Any
    security_hub: Any
    access: MemberAccess
    sample_seconds: float = LONGEST_SAMPLE_SECONDS
    roll_out: StackSetInspector | None = None
    stack: StackReading | None = None

    def observe(self, needs: PreflightScope) -> SetupSnapshot:
        """Return what was seen. Raises ``SetupError`` if the caller cannot even describe the organization.

        So does a run by role whose caller may not list the accounts: it has nothing to audit.
        """
        seen = SetupSnapshot(identity=self.identity, organization=self.organization.look())
        if needs.sample:
            seen = self._with_samples(needs, seen)
        if needs.root or needs.rolls_out or needs.asks_centrally:
            seen = self._with_services(needs, seen)
        if names_anything(needs):
            seen = replace(seen, listed=self._listed(seen))
        if self.roll_out and needs.rolls_out is not None:
            seen = replace(seen, roots=self.roll_out.roots(), units=self.roll_out.units(needs.rolls_out))
        if self.security_hub:
            seen = replace(seen, security_hub=self._security_hub())
        return self._with_deployment(needs, seen)

    def _with_deployment(self, needs: PreflightScope, seen: SetupSnapshot) -> SetupSnapshot:
        """Add what only a person looks at, before and after a deployment."""
        if self.roll_out and needs.rolls_out:
            access = self.roll_out.stack_sets_access(from_management=seen.from_management)
            seen = replace(seen, stack_sets_access=access)
        if self.stack is None or needs.stack is None:
            return seen
        disabled_in = hub_disabled_in(self.organizations) if self.security_hub else None
        return replace(seen, hub_disabled_in=disabled_in, stack=self.stack.stack(needs))

    def _with_samples(self, needs: PreflightScope, seen: SetupSnapshot) -> SetupSnapshot:
        page = self._first_page(needs)
        if isinstance(page, ReadFailure):
            return replace(seen, not_listed=page)
        samples = self._samples(page, needs.settings.scope, seen.organization)
        ways_in = tuple(self._way_in(needs, account) for account in samples)
        return replace(seen, ways_in=ways_in, no_sample=not samples)

    def _listed(self, seen: SetupSnapshot) -> Organization | str:
        """Return the organization with all accounts and units; a clause if it cannot be listed."""
        if seen.not_listed:
            return describe_failure(seen.not_listed)
        try:
            accounts = tuple(self.organization.accounts(seen.organization))
        except RegionProofError as failure:
            return str(failure)
        return seen.organization.with_accounts(accounts, self.organization.unit_ids())

    def _with_services(self, needs: PreflightScope, seen: SetupSnapshot) -> SetupSnapshot:
        return replace(
            seen,
            trusted=self._trusted(),
            delegated=None if seen.from_management else self._delegated(),
            root_features=self._root_features() if needs.root else None,
        )

    def _first_page(self, needs: PreflightScope) -> Entries | ReadFailure:
        with as_setup_error():
            try:
                return tuple(self.organization.first_page())
            except CallFailed as failure:
                refusal = failure.failure.as_read_failure()
                run_by_role = needs.deployment is None and not needs.root
                if run_by_role or not is_denial(refusal):
                    raise
                return refusal

    def _samples(self, listed: Entries, scope: Scope, organization: Organization) -> list[Account]:
        """Return the management account where it is elsewhere, and one other account, of those listed."""
        with as_setup_error():
            accounts = [
                account_of(entry, parents_in(path_of(entry)), organization.management_account_id) for entry in listed
            ]
        others = [a for a in accounts if a.id != self.identity.account_id and a.is_active]
        in_question = [account for account in others if _is_surely_in(scope, account)]
        members = [account for account in in_question if not account.is_management]
        return [account for account in in_question if account.is_management] + members[:1]

    def _way_in(self, needs: PreflightScope, account: Account) -> AccessCheck:
        if not needs.only_for_the_function(account):
            return self._entrance(account)
        if self.roll_out and needs.deployment and needs.rolls_out and not account.is_management:
            return self.roll_out.roll_out(account, needs.deployment)
        return OnlyFunctionCanTry(account)

    def _entrance(self, account: Account) -> AccessAttempt:
        way = self.access.access_to(account)
        try:
            with account_time_limit(self.sample_seconds):
                way.enter()
        except (CallFailed, UnexpectedAnswer) as failure:
            return AccessAttempt(account, unread(failure, way.call))
        return AccessAttempt(account)

    def _trusted(self) -> Names:
        call = "organizations:ListAWSServiceAccessForOrganization"
        operation = self.organizations.list_aws_service_access_for_organization
        return names(
            call, lambda: (s.text("ServicePrincipal") for s in listed(call, operation, "EnabledServicePrincipals"))
        )

    def _delegated(self) -> Names:
        call = "organizations:ListDelegatedServicesForAccount"
        operation, mine = self.organizations.list_delegated_services_for_account, self.identity.account_id
        found = names(
            call,
            lambda: (s.text("ServicePrincipal") for s in listed(call, operation, "DelegatedServices", AccountId=mine)),
        )
        is_none = isinstance(found, ReadFailure) and is_refused_as_member(found)
        return frozenset() if is_none else found

    def _root_features(self) -> Names:
        call = "iam:ListOrganizationsFeatures"
        found = names(call, lambda: ask(call, self.iam.list_organizations_features).texts("EnabledFeatures"))
        lacks_trust = isinstance(found, ReadFailure) and found.code == _FEATURES_LACK_TRUSTED_ACCESS
        return frozenset() if lacks_trust else found

    def _security_hub(self) -> bool | ReadFailure:
        call = "securityhub:DescribeHub"
        try:
            ask(call, self.security_hub.describe_hub).text("HubArn")
        except (CallFailed, UnexpectedAnswer) as failure:
            found = unread(failure, call)
            return False if found.code in _HUB_IS_NOT_ENABLED else found
        return True


def _is_surely_in(scope: Scope, account: Account) -> bool:
    by_unit = scope.organizational_units or scope.exclude_organizational_units
    return in_scope(account, scope) and bool(account.parents or not by_unit)
