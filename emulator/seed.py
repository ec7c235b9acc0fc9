"""Write the sample organization into the state of the emulated AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.services.cloudformation.organizations_access import SERVICE_PRINCIPAL as STACK_SETS
from emulator.services.organizations.organization import ALL_FEATURES, Account, Organization, OrganizationalUnit

if TYPE_CHECKING:
    from emulator.sample import RefusalReason, SampleOrganization
    from emulator.services.account.account_regions import AccountRegions
    from emulator.services.iam.token_version import TokenVersions

_FOUNDED = 1_700_000_000.0


def seed_organization(organization: Organization, sample: SampleOrganization) -> None:
    """Replace the units, accounts and delegations with those of the sample."""
    organization.units.clear()
    organization.accounts.clear()
    organization.delegated_administrators.clear()
    for service, account_id in sample.delegated_administrators.items():
        organization.delegated_administrators.setdefault(account_id, {})[service] = _FOUNDED
    organization.root_features.clear()
    organization.root_features.update(sample.root_features)
    organization.creations.clear()
    organization.trusted_access.clear()
    organization.trusted_access.update(dict.fromkeys(sample.trusted_access, _FOUNDED))
    organization.feature_set, organization.hub_policy = ALL_FEATURES, ""
    organization.stack_sets_activated = STACK_SETS in sample.trusted_access
    parents = {"Root": sample.root_id, **sample.organizational_units}
    for path, unit_id in sample.organizational_units.items():
        parent, _, name = path.rpartition("/")
        organization.units[unit_id] = OrganizationalUnit(unit_id, name, parents[parent])
    for account in sample.accounts:
        joined = "INVITED" if account.id == sample.management_account_id else "CREATED"
        organization.accounts[account.id] = Account(
            account.id, account.name, parents[account.ou], account.state, joined
        )


def seed_settings(
    sample: SampleOrganization,
    token_versions: TokenVersions,
    account_regions: AccountRegions,
    refusals: dict[str, RefusalReason],
) -> None:
    """Replace the token versions, Regions and refusals of all accounts with those of the sample."""
    account_regions.clear()
    token_versions.clear()
    refusals.clear()
    for account in sample.accounts:
        token_versions.seed(account.id, account.token_version)
        for region, status in account.opt_in_regions.items():
            account_regions.seed(account.id, region, status)
        if account.refusal is not None:
            refusals[account.id] = account.refusal
