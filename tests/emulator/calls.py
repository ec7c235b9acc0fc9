"""One call to each service that the audit uses, as targets for faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.services.iam import access_role
from tests.emulator.identities import AUDIT_TASK, MEMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.identities import Identity

TRUSTED = f"arn:aws:iam::{MEMBER}:role/{access_role.NAME}"


def assume_role(caller: Identity) -> Any:
    """Assume a role of a member."""
    return caller.client("sts").assume_role(RoleArn=TRUSTED, RoleSessionName="session")


def assume_root(caller: Identity) -> Any:
    """Open a root session in a member."""
    task = {"arn": AUDIT_TASK}
    return caller.client("sts").assume_root(TargetPrincipal=MEMBER, TaskPolicyArn=task)


def put_object(caller: Identity) -> Any:
    """Put an object. The service's own answer does not matter."""
    return caller.client("s3").put_object(Bucket="regionproof-ledger", Key="ledger.json", Body=b"{}")


CALLS: dict[str, Callable[[Identity], Any]] = {
    "iam:GetAccountSummary": lambda caller: caller.client("iam").get_account_summary(),
    "sts:AssumeRole": assume_role,
    "sts:AssumeRoot": assume_root,
    "sns:Publish": lambda caller: caller.client("sns").publish(TopicArn="arn:aws:sns:us-east-1:1:a", Message="text"),
    "organizations:ListAccounts": lambda caller: caller.client("organizations").list_accounts(),
    "account:ListRegions": lambda caller: caller.client("account").list_regions(),
    "securityhub:BatchImportFindings": lambda caller: caller.client("securityhub").batch_import_findings(Findings=[]),
    "s3:PutObject": put_object,
}
