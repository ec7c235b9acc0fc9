"""How the settings have the audit enter accounts, as far as the fix of a denial depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regionproof.settings.shape import AuditSettings


@dataclass(frozen=True, slots=True)
class Access:
    """The way into accounts.

    ``by_root``: root sessions open every account but the management account. ``role_exists``: the member role is
    not RegionProof's own, so no StackSet rolls it out. ``role_path`` begins and ends with a slash.
    """

    by_root: bool = False
    role_exists: bool = False
    role_path: str = "/"

    @classmethod
    def of(cls, settings: AuditSettings) -> Access:
        """Return the access that the settings ask for."""
        role = settings.member_role
        return cls(by_root=settings.access == "root", role_exists=role.existing, role_path=role.path)


OWN_ROLE = Access()
"""The member role is RegionProof's own."""


STACK_SET = "RegionProofMemberRole"
"""Name of the StackSet that brings the member role, and of the stack that does so by hand."""


DEPLOY_MEMBER_ROLE = f"npx cdk deploy {STACK_SET} --parameters AuditRoleArn=AUDIT_ROLE_ARN_FROM_THE_OUTPUTS"
"""The command that brings the member role to the account of the credentials in use."""
