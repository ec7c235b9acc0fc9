"""What README leaves to its reader, and what is there in the sample organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDERS = {
    "TOPIC_ARN_FROM_THE_OUTPUTS": "{FindingsTopicArn}",
    "AUDIT_ROLE_ARN_FROM_THE_OUTPUTS": "{AuditRoleArn}",
    "NAME_FROM_THE_OUTPUTS": "{FunctionName}",
    "LEDGER_BUCKET": "{LedgerBucketName}",
    "--topic-arn ARN": "--topic-arn {FindingsTopicArn}",
    "STATE_MACHINE_ARN_FROM_THE_OUTPUTS": "{StateMachineArn}",
    "AUDIT_ACCOUNT": "222222222222",
    "111122223333": "400000000001",
}
"""In README -> the value; in braces an output of the stack."""


def filled_in(command: str, outputs: Mapping[str, str]) -> str:
    """Return a command with values for its placeholders."""
    for placeholder, value in PLACEHOLDERS.items():
        if placeholder in command:
            output = value.partition("{")[2].rstrip("}")
            command = command.replace(placeholder, value.replace(f"{{{output}}}", outputs[output]) if output else value)
    return command
