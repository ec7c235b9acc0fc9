"""What synth warns of around the ways in: ids that a user did not put in yet, and settings that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import IConstruct

    from regionproof.settings.shape import Deployment, Settings

ROOT = "r-abcd"
ORGANIZATION = "o-exampleorgid"
"""Both are in the shipped ``regionproof.yaml``."""

_SHOW_THE_ORGANIZATION = "`aws organizations describe-organization --query 'Organization.Id' --output text` prints"


def warn_about_file(construct: IConstruct, warnings: Iterable[str]) -> None:
    """Show the warnings of the settings file, each with its line."""
    for warning in warnings:
        Annotations.of(construct).add_warning_v2("regionproof:settings", warning)


def warn_about_root(construct: IConstruct, deployment: Deployment) -> None:
    """Warn if the member role would be rolled out to no account."""
    if not deployment.roll_out_to:
        Annotations.of(construct).add_warning_v2(
            "regionproof:no-roll-out",
            "deployment.roll_out_to is empty: no member account gets the role that the audit assumes. "
            "Deploy RegionProofMemberRole into each of them, or name the root.",
        )
    if ROOT in deployment.roll_out_to:
        Annotations.of(construct).add_warning_v2(
            "regionproof:placeholder-root",
            f"deployment.roll_out_to still names the placeholder {ROOT}. Put in the id that "
            "`aws organizations list-roots --query 'Roots[0].Id' --output text` prints.",
        )


def warn_about_idle_roll_out(construct: IConstruct, settings: Settings) -> None:
    """Warn where ``deployment.roll_out_to`` names accounts, but other settings keep the role from them."""
    if settings.deployment.roll_out_to:
        cause = "access: root" if settings.access == "root" else "member_role.existing: true"
        Annotations.of(construct).add_warning_v2(
            "regionproof:idle-roll-out",
            f"deployment.roll_out_to names {', '.join(settings.deployment.roll_out_to)}, but with {cause} nothing is "
            "rolled out. If an earlier deployment did roll out, this one deletes its StackSet and its roles. "
            "Empty the list.",
        )


def warn_about_organization(construct: IConstruct, deployment: Deployment) -> None:
    """Warn if the organization is the placeholder."""
    if deployment.organization_id == ORGANIZATION:
        Annotations.of(construct).add_warning_v2(
            "regionproof:placeholder-organization",
            f"deployment.organization_id still names the placeholder {ORGANIZATION}: no account could be read. "
            f"Put in the id that {_SHOW_THE_ORGANIZATION}.",
        )


def warn_about_trust(construct: IConstruct, deployment: Deployment) -> None:
    """Warn if the trust of a role names the wrong organization, or none."""
    warn_about_organization(construct, deployment)
    if deployment.organization_id is None:
        Annotations.of(construct).add_warning_v2(
            "regionproof:no-organization",
            "deployment.organization_id is not given: the member role would trust the audit's role also after its "
            f"account has left the organization. Put in the id that {_SHOW_THE_ORGANIZATION}.",
        )


def warn_about_reach(construct: IConstruct, deployment: Deployment) -> None:
    """Warn if nothing limits the function's permission to assume a role to the organization."""
    if deployment.organization_id is None:
        Annotations.of(construct).add_warning_v2(
            "regionproof:no-organization-of-roles",
            "deployment.organization_id is not given: the audit may assume a role of that name in every account that "
            f"trusts it, also outside the organization. Put in the id that {_SHOW_THE_ORGANIZATION}.",
        )
