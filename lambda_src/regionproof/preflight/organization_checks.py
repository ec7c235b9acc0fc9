"""The part of the preflight on the organization itself: its features, and CloudFormation's access to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.facts import ReadFailure

from .observed import ACTIVATE_STACK_SETS, AT_THE_TOP, Check, CheckState, met_or_missing
from .unchecked import not_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .observed import PreflightScope, SetupSnapshot

ALL_FEATURES = "ALL"
STACK_SETS_MAY_DEPLOY = "ENABLED"
_NEVER_AGAIN = "DISABLED_PERMANENTLY"


def all_features(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    """Yield whether the organization has all features, if trusted access or a delegation is needed.

    With consolidated billing only there is neither.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html
    """
    delegated = needs.deployment is not None and needs.deployment.account == "delegated-administrator"
    if not (needs.root or needs.rolls_out or delegated):
        return
    need, feature_set = "the organization has all features", seen.organization.feature_set
    if not feature_set:
        said = "organizations:DescribeOrganization was answered without FeatureSet"
        yield Check(need=need, state=CheckState.UNKNOWN, seen=said, stops=needs.root)
        return
    met = feature_set == ALL_FEATURES
    yield Check(
        need=need,
        state=met_or_missing(met=met),
        seen="" if met else f"its feature set is {feature_set}",
        cure=f"{AT_THE_TOP}; accounts that were invited must agree",
        commands=("aws organizations enable-all-features",),
        stops=needs.root,
    )


def stack_sets_access(seen: SetupSnapshot) -> Iterator[Check]:
    """Yield whether CloudFormation lets StackSets deploy to the organization, which is more than trusted access.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html
    """
    access = seen.stack_sets_access
    if access is None:
        return
    need = "CloudFormation has access to the organization for StackSets"
    if isinstance(access, ReadFailure):
        unknown = not_seen(need, access, seen.identity)
        cure = f"{unknown.cure}; if it has none, {AT_THE_TOP}"
        yield Check(need=need, state=unknown.state, seen=unknown.seen, cure=cure, commands=(ACTIVATE_STACK_SETS,))
        return
    met = access == STACK_SETS_MAY_DEPLOY
    refused = "; if AWS refuses, ask AWS Support, or empty deployment.roll_out_to and deploy the role by other means"
    yield Check(
        need=need,
        state=met_or_missing(met=met),
        seen="" if met else f"CloudFormation says {access}",
        cure=AT_THE_TOP + (refused if access == _NEVER_AGAIN else ""),
        commands=(ACTIVATE_STACK_SETS,),
    )
