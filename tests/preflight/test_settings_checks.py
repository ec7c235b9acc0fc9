"""When a preflight lists the whole organization: only if a person's settings name something that it must have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.aws.setup_inspector import SetupInspector
from regionproof.errors import SetupError
from regionproof.preflight.observed import PreflightScope
from regionproof.settings.origin import Origin
from regionproof.settings.shape import AuditSettings, Deployment, MemberRole, RegionsRule, Rules, Scope
from tests.aws.setup_world import MEMBER, FakeAccess
from tests.support.builders import IDENTITY, an_account, an_organization
from tests.support.fakes import FakeOrganizationSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regionproof.domain.accounts import Account, Organization

NAMING_A_UNIT = AuditSettings(rules=Rules(regions_1=RegionsRule(organizational_units={"ou-ab12-11111111": ()})))
NAMING_AN_ACCOUNT = AuditSettings(scope=Scope(exclude_accounts=(MEMBER,)))
ORGANIZATION = an_organization(an_account(MEMBER))


@dataclass
class Source(FakeOrganizationSource):
    """Counts how often it is listed. ``refused``: the listing breaks off."""

    refused: bool = False
    listings: int = 0

    def look(self) -> Organization:
        """Return the organization, as the real source does."""
        return self.describe()

    def accounts(
        self, organization: Organization, seen: Callable[[Account], None] = lambda _account: None
    ) -> Iterator[Account]:
        """List them."""
        self.listings += 1
        if self.refused:
            raise SetupError("organizations:ListRoots failed with AccessDenied")
        yield from super().accounts(organization, seen)


def observed(source: Source, settings: AuditSettings, *, person: bool = True) -> Any:
    """Return what is seen of the whole organization."""
    needs = PreflightScope(replace(settings, member_role=MemberRole(central_fallback=False)), sample=False)
    if person:
        needs = replace(needs, deployment=Deployment(), origin=Origin(), today=date(2026, 11, 21))
    organization: Any = source
    reading = SetupInspector(
        identity=IDENTITY,
        organization=organization,
        organizations=None,
        iam=None,
        security_hub=None,
        access=FakeAccess(),
    )
    return reading.observe(needs).listed


@pytest.mark.parametrize("settings", [NAMING_A_UNIT, NAMING_AN_ACCOUNT])
def test_it_is_listed_if_settings_name_a_part_of_it(settings: AuditSettings) -> None:
    """With all accounts and units."""
    listed = observed(Source(ORGANIZATION), settings)
    assert listed.accounts == ORGANIZATION.accounts
    assert {"r-ab12", "ou-ab12-11111111"} <= listed.unit_ids


@pytest.mark.parametrize(
    ("settings", "person"), [(AuditSettings(), True), (NAMING_A_UNIT, False)], ids=["nothing is named", "in a run"]
)
def test_otherwise_nothing_is_listed(settings: AuditSettings, person: bool) -> None:  # noqa: FBT001  # the case
    """A person does not wait for it, and a run lists the organization anyway."""
    source = Source(ORGANIZATION)
    assert observed(source, settings, person=person) is None
    assert source.listings == 0


def test_a_listing_that_breaks_off_is_a_reason_and_no_organization() -> None:
    """What it gave before is not taken for all of it."""
    said = observed(Source(ORGANIZATION, refused=True), NAMING_A_UNIT)
    assert said == "organizations:ListRoots failed with AccessDenied"
