"""The names that the audit's stack fixes. Each exists once per account, or per account and Region. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .access import STACK_SET

if TYPE_CHECKING:
    from collections.abc import Mapping

    Names = Mapping[str, tuple[str, ...]]

ROLE = "AWS::IAM::Role"
STACK_SETS = "AWS::CloudFormation::StackSet"
DASHBOARD = "AWS::CloudWatch::Dashboard"
ALARM = "AWS::CloudWatch::Alarm"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"

FUNCTION_ROLE = "RegionProofAuditFunction"
DASHBOARD_NAME = "RegionProof"
MACHINE_NAME = "RegionProof"
ALARM_PREFIX = "RegionProof "

_ALARMS = (
    "accounts not audited",
    "accounts not tried",
    "dead letters",
    "duration near the time-out",
    "findings not delivered",
    "function errors",
    "function throttles",
    "ledger set aside",
    "settings without effect",
    "silence",
)
_ALARMS_OF_STEPS = ("batches failed", "executions aborted", "executions failed", "executions timed out")


NOT_THERE = frozenset({"CREATE_FAILED", "DELETE_COMPLETE", "DELETE_SKIPPED"})
"""States of a stack's resource that is not the stack's: it was never made, or it is gone or left behind."""


def fixed_names(engine: Literal["lambda", "step-functions"], *, rolls_out: bool) -> Names:
    """Return the names by resource type. ``rolls_out``: the stack has the StackSet of the member role."""
    in_steps = engine == "step-functions"
    alarms = (*_ALARMS, *(_ALARMS_OF_STEPS if in_steps else ()))
    return {
        ROLE: (FUNCTION_ROLE,),
        DASHBOARD: (DASHBOARD_NAME,),
        ALARM: tuple(f"{ALARM_PREFIX}{name}" for name in alarms),
        **({STACK_SETS: (STACK_SET,)} if rolls_out else {}),
        **({STATE_MACHINE: (MACHINE_NAME,)} if in_steps else {}),
    }


def not_owned(wanted: Names, owned: Mapping[str, frozenset[str]]) -> Names:
    """Return the names that the stack does not have; a type of which it has all is left out."""
    left = {kind: tuple(name for name in names if name not in owned.get(kind, ())) for kind, names in wanted.items()}
    return {kind: names for kind, names in left.items() if names}


def name_of(resource_type: str, physical_id: str) -> str:
    """Return the name of a resource: CloudFormation's id is an ARN, the name and a unique part, or the name."""
    if resource_type == STATE_MACHINE:
        return physical_id.rpartition(":")[2]
    return physical_id.partition(":")[0] if resource_type == STACK_SETS else physical_id
