"""Read in which Regions a policy of the organization disables Security Hub CSPM in the caller's account.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeEffectivePolicy.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_security_hub_cspm_syntax.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from regionproof.answers import Answer
from regionproof.domain.facts import ReadFailure
from regionproof.errors import UnexpectedAnswer

from .calls import ask
from .name_listing import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regionproof.preflight.observed import Names

ACTIONS = ("organizations:DescribeEffectivePolicy",)

_CALL = ACTIONS[0]
_NO_POLICY = "EffectivePolicyNotFoundException"
"""AWS's answer if the organization does not use policies of this type, or none applies to the account."""

_ENABLEMENT = "cspm_enablement"


def hub_disabled_in(organizations: Any) -> Names:
    """Return the Regions, or ``ALL_SUPPORTED``, under ``disable_in_regions``; none if no policy applies."""
    found = names(_CALL, lambda: _disabled(organizations))
    return frozenset() if isinstance(found, ReadFailure) and found.code == _NO_POLICY else found


def _disabled(organizations: Any) -> list[str]:
    described = ask(_CALL, organizations.describe_effective_policy, PolicyType="SECURITYHUB_CSPM_POLICY")
    content = described.part("EffectivePolicy").text("PolicyContent")
    try:
        policy = json.loads(content)
    except (ValueError, RecursionError) as failure:
        raise UnexpectedAnswer(f"{_CALL} returned a policy that is not JSON") from failure
    return [region for part in _parts(policy) for region in Answer(_CALL, part).texts("disable_in_regions")]


def _parts(policy: object) -> Iterator[Any]:
    """Yield the part on enabling, wherever in the policy it stands."""
    if isinstance(policy, dict):
        for key, part in policy.items():
            if key == _ENABLEMENT:
                yield part
            else:
                yield from _parts(part)
