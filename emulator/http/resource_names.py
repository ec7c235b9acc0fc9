"""Name the resource that a request is about, as in the Service Authorization Reference.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.http import caller
from emulator.http.answers import Refusal
from emulator.patching import PrivateName
from emulator.services.sts.root_sessions import root_arn, target_account
from emulator.services.sts.task_policies import ROOT_USER_ACTIONS

if TYPE_CHECKING:
    from emulator.services.organizations.organization import Organization

_WITH_RESOURCE = (
    "DeregisterDelegatedAdministrator",
    "DescribeAccount",
    "ListAccountsForParent",
    "ListDelegatedServicesForAccount",
    "ListOrganizationalUnitsForParent",
    "ListParents",
    "RegisterDelegatedAdministrator",
)


@dataclass(frozen=True)
class _Call:
    """The parts of a request that name its resource. `known` is the ARN found by ministack."""

    operation: str
    parameters: dict[str, str]
    content: dict[str, Any]
    region: str
    account_id: str
    known: str


class ResourceNames:
    """Adds the resource names that ministack leaves out."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def install(self) -> None:
        """Wrap ministack's function that names resources."""
        extract = PrivateName.EXTRACT_RESOURCE_ARN.get()
        names = {
            "account": self._of_account_management,
            "iam": _of_iam,
            "organizations": self._of_organizations,
            "securityhub": _of_security_hub,
            "sts": _of_sts,
        }

        def extract_resource_arn(service: str, *request: Any) -> str:
            known = str(extract(service, *request))
            if service not in names:
                return known
            _method, path, headers, body, query, region, account_id = request
            parameters = {name: values[0] for name, values in query.items() if values}
            operation = parameters.get("Action", f"{headers.get('x-amz-target', '')}{path}")
            return names[service](_Call(operation, parameters, content_of(body), region, account_id, known))

        PrivateName.EXTRACT_RESOURCE_ARN.replace(extract_resource_arn)

    def _of_account_management(self, call: _Call) -> str:
        if "AccountId" not in call.content:
            return f"arn:aws:account::{call.account_id}:account"
        organization = self._organization
        owner = f"arn:aws:account::{organization.management_account_id}:account"
        return f"{owner}/{organization.id}/{call.content['AccountId']}"

    def _of_organizations(self, call: _Call) -> str:
        named = call.content.get("ParentId") or call.content.get("ChildId") or call.content.get("AccountId")
        if named is None or not any(operation in call.operation for operation in _WITH_RESOURCE):
            return "*"
        kind = {"r-": "root", "ou": "ou"}.get(str(named)[:2], "account")
        return self._organization.arn(kind, str(named))


def _of_iam(call: _Call) -> str:
    """Return the root user's ARN if it calls an operation on user credentials without a user name."""
    about_caller = call.known == "*" and f"iam:{call.operation}" in ROOT_USER_ACTIONS
    return caller.arn() if about_caller and caller.arn().endswith(":root") else call.known


def _of_security_hub(call: _Call) -> str:
    findings = call.content.get("Findings")
    if call.operation.endswith("/findings/import") and isinstance(findings, list) and findings:
        return str(findings[0].get("ProductArn") or "*")
    return f"arn:aws:securityhub:{call.region}:{call.account_id}:hub/default"


def _of_sts(call: _Call) -> str:
    if call.operation != "AssumeRoot":
        return call.known
    try:
        return root_arn(target_account(call.parameters))
    except Refusal:
        return "*"  # the operation itself reports the error


def content_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body, or an empty one if the body holds none."""
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
