"""The IAM actions of the audit: each is declared beside its call, and gathered here for the policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .aws.ledger_store import ACTIONS as LEDGER_ACTIONS
from .aws.ledger_store import BUCKET_ACTIONS as LEDGER_BUCKET_ACTIONS
from .aws.ledger_store import PREFIX as LEDGER_PREFIX
from .aws.organization import ACTIONS as ORGANIZATION_ACTIONS
from .probes import probes_for
from .publishers.security_hub import ACTIONS as SECURITY_HUB_ACTIONS
from .publishers.sns import ACTIONS as SNS_ACTIONS
from .rules import enabled_rules

if TYPE_CHECKING:
    from .settings.shape import AuditSettings

__all__ = [
    "LEDGER_ACTIONS",
    "LEDGER_BUCKET_ACTIONS",
    "LEDGER_PREFIX",
    "ORGANIZATION_ACTIONS",
    "SECURITY_HUB_ACTIONS",
    "SNS_ACTIONS",
    "member_actions",
]


def member_actions(settings: AuditSettings) -> tuple[str, ...]:
    """Return what the member role needs: the union of the probes that the enabled rules need, in order."""
    kinds = {kind for rule in enabled_rules(settings.rules) for kind in rule.needs}
    return tuple(sorted({action for probe in probes_for(kinds) for action in probe.actions}))
