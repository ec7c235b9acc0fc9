"""The part of the preflight on Security Hub: whether it takes findings where the audit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .domain.causes import likely_cause
from .domain.facts import Unread
from .domain.setup import AT_THE_TOP, Check, CheckState, state_of, told
from .preflight_unseen import not_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .domain.setup import Observed

EVERY_REGION = "ALL_SUPPORTED"
"""Stands in a policy for all Regions, also for those to come."""

_OR_NOT_AT_ALL = "or set publish.security_hub.enabled to false"


def security_hub_checks(seen: Observed) -> Iterator[Check]:
    """Yield whether Security Hub is enabled, and whether the organization lets it stay so."""
    yield from _enabled(seen)
    yield from _not_disabled_by_policy(seen)


def _enabled(seen: Observed) -> Iterator[Check]:
    region = seen.identity.region
    need = f"Security Hub is enabled in {seen.identity.account_id}, {region}"
    if isinstance(seen.security_hub, Unread):
        cure = likely_cause(seen.security_hub, caller=seen.identity)
        yield Check(need=need, state=CheckState.UNKNOWN, seen=told(seen.security_hub), cure=cure)
    elif seen.security_hub is not None:
        yield Check(
            need=need,
            state=state_of(met=seen.security_hub),
            seen="" if seen.security_hub else "it is not",
            cure=f"enable it, {_OR_NOT_AT_ALL}; if the organization configures Security Hub CSPM centrally, AWS "
            "refuses the command: let its administrator associate the account with a policy that enables it",
            commands=(f"aws securityhub enable-security-hub --no-enable-default-standards --region {region}",),
        )


def _not_disabled_by_policy(seen: Observed) -> Iterator[Check]:
    """Yield whether a policy of the organization disables Security Hub CSPM here: it undoes what an account enables.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_security_hub_cspm_syntax.html
    """
    need = "no policy of the organization disables Security Hub CSPM here"
    disabled_in, region = seen.hub_disabled_in, seen.identity.region
    if isinstance(disabled_in, Unread):
        yield not_seen(need, disabled_in, seen.identity)
    elif disabled_in is not None:
        named = disabled_in & {region, EVERY_REGION}
        yield Check(
            need=need,
            state=state_of(met=not named),
            seen=f"the account's effective policy has {', '.join(sorted(named))} under disable_in_regions",
            cure=f"{AT_THE_TOP}: take {region} out of disable_in_regions in the policy of type "
            f"SECURITYHUB_CSPM_POLICY, {_OR_NOT_AT_ALL}",
        )
