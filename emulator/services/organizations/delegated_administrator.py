"""Register a member account as the delegated administrator of services, as a platform team does.

This module runs in the project's environment, with a boto3 client of the management account.
"""

from __future__ import annotations

from typing import Any

ACCOUNT_MANAGEMENT = "account.amazonaws.com"
IAM = "iam.amazonaws.com"
STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
ALL = (ACCOUNT_MANAGEMENT, IAM, STACK_SETS)
"""Every service that an audit from a delegated administrator may need."""


def delegate(organizations: Any, account_id: str, *services: str) -> None:
    """Enable trusted access for the services (default: ALL), and register the account as their administrator."""
    for service in services or ALL:
        organizations.enable_aws_service_access(ServicePrincipal=service)
        organizations.register_delegated_administrator(AccountId=account_id, ServicePrincipal=service)
