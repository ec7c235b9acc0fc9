"""The part of the preflight on Security Hub: whether it takes findings where the audit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.causes import likely_cause
from regionproof.domain.facts import ReadFailure

from .observed import AT_THE_TOP, Check, CheckState, describe_failure, met_or_missing
from .unchecked import not_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .observed import SetupSnapshot

EVERY_REGION = "ALL_SUPPORTED"
"""Stands in a policy for all Regions, also for those to come."""

_OR_NOT_AT_ALL = "or set publish.security_hub.enabled to false"


def security_hub_checks(seen: SetupSnapshot) -> Iterator[Check]:
    """Yield whether Security Hub is enabled, and whether the organization lets it stay so."""
    yield from _enabled(seen)
    yield from _not_disabled_by_policy(seen)


def _enabled(seen: SetupSnapshot) -> Iterator[Check]:
    region = seen.identity.region
    need = f"Security Hub is enabled in {seen.identity.account_id}, {region}"
    if isinstance(seen.security_hub, ReadFailure):
        cure = likely_cause(seen.security_hub, caller=seen.identity)
        yield Check(need=need, state=CheckState.UNKNOWN, seen=describe_failure(seen.security_hub), cure=cure)
    elif seen.security_hub is not None:
        yield Check(
            need=need,
            state=met_or_missing(met=seen.security_hub),
            seen="" if seen.security_hub else "it is not",
            cure=f"enable it, {_OR_NOT_AT_ALL}; if the organization configures Security Hub CSPM centrally, AWS "
            "refuses the command: let its administrator associate the account with a policy that enables it",
            commands=(f"aws securityhub enable-security-hub --no-enable-default-standards --region {region}",),
        )


def _not_disabled_by_policy(seen: SetupSnapshot) -> Iterator[Check]:
    """Yield whether a policy of the organization disables Security Hub CSPM here: it undoes what an account enables.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_security_hub_cspm_syntax.html
    """
    need = "no policy of the organization disables Security Hub CSPM here"
    disabled_in, region = seen.hub_disabled_in, seen.identity.region
    if isinstance(disabled_in, ReadFailure):
        yield not_seen(need, disabled_in, seen.identity)
    elif disabled_in is not None:
        named = disabled_in & {region, EVERY_REGION}
        yield Check(
            need=need,
            state=met_or_missing(met=not named),
            seen=f"the account's effective policy has {', '.join(sorted(named))} under disable_in_regions",
            cure=f"{AT_THE_TOP}: take {region} out of disable_in_regions in the policy of type "
            f"SECURITYHUB_CSPM_POLICY, {_OR_NOT_AT_ALL}",
        )
