"""What a test says of the organization itself, as nothing in AWS's interface does it at once.

PUT organization?feature_set=CONSOLIDATED_BILLING   without all features
PUT organization?hub_disabled_in=us-east-1          with a policy that disables Security Hub CSPM there, or none
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.services.organizations.organization import Organization

    Query = dict[str, str]

PATH = "organization"
NOWHERE = "none"


def changing(organization: Organization) -> Callable[[Query, bytes], dict[str, Any]]:
    """Return the operation for one organization."""

    def change(query: Query, _body: bytes) -> dict[str, Any]:
        organization.feature_set = query.get("feature_set", organization.feature_set)
        if "hub_disabled_in" in query:
            regions = query["hub_disabled_in"]
            organization.hub_policy = "" if regions == NOWHERE else hub_policy(regions.split(","))
        return {"feature_set": organization.feature_set, "hub_policy": organization.hub_policy}

    return change


def hub_policy(disabled_in: list[str]) -> str:
    """Return an effective policy on Security Hub CSPM.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_security_hub_cspm_syntax.html
    """
    regions = {"enable_in_regions": ["ALL_SUPPORTED"], "disable_in_regions": disabled_in}
    return json.dumps({"securityhub_cspm": {"cspm_enablement": regions}})
