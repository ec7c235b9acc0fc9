"""The IAM actions of the audit: each is declared next to its call, and collected here for the policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .aws.ledger_store import ACTIONS as LEDGER_ACTIONS
from .aws.ledger_store import BUCKET_ACTIONS as LEDGER_BUCKET_ACTIONS
from .aws.ledger_store import PREFIX as LEDGER_PREFIX
from .aws.member_access import ACTION as ASSUME_ROLE
from .aws.organization import ACTIONS as ORGANIZATION_ACTIONS
from .aws.root_access import ACTION as ASSUME_ROOT
from .aws.root_access import TASK_POLICY as ROOT_TASK_POLICY
from .aws.run_objects import ACTIONS as RUN_ACTIONS
from .aws.setup_inspector import DELEGATION_ACTIONS as ROOT_SETUP_DELEGATION_ACTIONS
from .aws.setup_inspector import IAM_ACTIONS as ROOT_SETUP_IAM_ACTIONS
from .aws.setup_inspector import ORGANIZATION_ACTIONS as ROOT_SETUP_ORGANIZATION_ACTIONS
from .aws.setup_inspector import SECURITY_HUB_ACTIONS as SECURITY_HUB_SETUP_ACTIONS
from .probes import probes_for
from .publishers.finding_index import ACTIONS as SECURITY_HUB_LISTING_ACTIONS
from .publishers.security_hub import ACTIONS as SECURITY_HUB_ACTIONS
from .publishers.sns import ACTIONS as SNS_ACTIONS
from .rules import enabled_rules
from .storage.run_files import PREFIX as RUN_PREFIX

if TYPE_CHECKING:
    from .settings.shape import AuditSettings

__all__ = [
    "ASSUME_ROLE",
    "ASSUME_ROOT",
    "LEDGER_ACTIONS",
    "LEDGER_BUCKET_ACTIONS",
    "LEDGER_PREFIX",
    "ORGANIZATION_ACTIONS",
    "ROOT_SETUP_DELEGATION_ACTIONS",
    "ROOT_SETUP_IAM_ACTIONS",
    "ROOT_SETUP_ORGANIZATION_ACTIONS",
    "ROOT_TASK_POLICY",
    "RUN_ACTIONS",
    "RUN_PREFIX",
    "SECURITY_HUB_ACTIONS",
    "SECURITY_HUB_LISTING_ACTIONS",
    "SECURITY_HUB_SETUP_ACTIONS",
    "SNS_ACTIONS",
    "central_actions",
    "member_actions",
]


def member_actions(settings: AuditSettings) -> tuple[str, ...]:
    """Return the actions of the member role: those of the probes that the enabled rules need, in order."""
    kinds = {kind for rule in enabled_rules(settings.rules) for kind in rule.needs}
    return tuple(sorted({action for probe in probes_for(kinds) for action in probe.actions}))


def central_actions(settings: AuditSettings) -> tuple[str, ...]:
    """Return the caller's actions for reads of members that AWS answers centrally, in order."""
    kinds = {kind for rule in enabled_rules(settings.rules) for kind in rule.needs}
    central = [probe for probe in probes_for(kinds) if probe.read_centrally]
    return tuple(sorted({action for probe in central for action in probe.actions}))
