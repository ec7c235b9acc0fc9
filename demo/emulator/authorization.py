"""What ministack's authorization lacks: the overlay's services, their resources, and the Regions an account has.

With AUTH=true ministack evaluates identity policies, trust policies, session policies and permission boundaries for
the services that it maps to IAM actions. This module adds Security Hub and Account Management to that map, and names
the resources as the Service Authorization Reference does.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from demo.emulator.patching import PrivateName

if TYPE_CHECKING:
    from demo.emulator.account_regions import AccountRegions
    from demo.emulator.organization import Organization

_ADDED_SERVICES = ("account", "securityhub")
_ASSUMED_ROLE = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+")
_INVALID_TOKEN = "The security token included in the request is invalid"
_BY_PARENT = ("ListAccountsForParent", "ListOrganizationalUnitsForParent", "ListParents")


class Authorization:
    """The additions to ministack's authorization."""

    def __init__(self, organization: Organization, account_regions: AccountRegions) -> None:
        self._organization = organization
        self._regions = account_regions

    def install(self) -> None:
        """Put the additions in place."""
        for service in _ADDED_SERVICES:
            PrivateName.IAM_NAMESPACES.get()[service] = service
            PrivateName.BOTOCORE_SERVICES.get()[service] = [service]
        PrivateName.PRINCIPAL_ORGANIZATION_ID.replace(self._organization_id)
        self._install_condition_keys()
        self._install_resources()
        self._install_region_check()

    def _organization_id(self, account_id: str) -> str | None:
        return self._organization.id if account_id in self._organization.accounts else None

    def _install_condition_keys(self) -> None:
        resolve = PrivateName.RESOLVE_CONDITION_KEY.get()

        def resolve_condition_key(key: str, context: Any) -> Any:
            if key.lower() == "aws:principalarn":
                return role_arn(context.principal_arn)
            if key.lower() == "aws:principalorgpaths":
                return self._organization_paths(context.principal_account)
            return resolve(key, context)

        PrivateName.RESOLVE_CONDITION_KEY.replace(resolve_condition_key)

    def _organization_paths(self, account_id: str) -> list[str] | None:
        account = self._organization.accounts.get(account_id)
        if account is None:
            return None
        return ["/".join((self._organization.id, *self._organization.ancestors(account.parent))) + "/"]

    def _install_resources(self) -> None:
        extract = PrivateName.EXTRACT_RESOURCE_ARN.get()
        resources = {
            "account": self._account_resource,
            "organizations": self._organizations_resource,
            "securityhub": _security_hub_resource,
        }

        def extract_resource_arn(service: str, *request: Any) -> str:
            if service not in resources:
                return str(extract(service, *request))
            _method, path, headers, body, _query, region, account_id = request
            return resources[service](f"{headers.get('x-amz-target', '')}{path}", _object(body), region, account_id)

        PrivateName.EXTRACT_RESOURCE_ARN.replace(extract_resource_arn)

    def _account_resource(self, _call: str, payload: dict[str, Any], _region: str, account_id: str) -> str:
        if "AccountId" not in payload:
            return f"arn:aws:account::{account_id}:account"
        organization = self._organization
        owner = f"arn:aws:account::{organization.management_account_id}:account"
        return f"{owner}/{organization.id}/{payload['AccountId']}"

    def _organizations_resource(self, call: str, payload: dict[str, Any], _region: str, _account: str) -> str:
        named = payload.get("ParentId") or payload.get("ChildId") or payload.get("AccountId")
        if named is None or not any(operation in call for operation in (*_BY_PARENT, "DescribeAccount")):
            return "*"
        kind = {"r-": "root", "ou": "ou"}.get(str(named)[:2], "account")
        return self._organization.arn(kind, str(named))

    def _install_region_check(self) -> None:
        authenticate = PrivateName.AUTHENTICATE.get()

        def authenticate_in_region(access_key: str, account_id: str) -> Any:
            checked = authenticate(access_key, account_id)
            if isinstance(checked, PrivateName.AUTHENTICATION_ERROR.get()):
                return checked
            region = PrivateName.REGION.get()()
            if not self._regions.takes_calls(account_id, region):
                return PrivateName.AUTHENTICATION_ERROR.get()("InvalidClientTokenId", _INVALID_TOKEN)
            return checked

        PrivateName.AUTHENTICATE.replace(authenticate_in_region)


def role_arn(principal_arn: str) -> str:
    """Return what aws:PrincipalArn holds: of a role's session it is the ARN of the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    session = _ASSUMED_ROLE.fullmatch(principal_arn)
    if session is None:
        return principal_arn
    role = PrivateName.IAM_ROLES.get().get_scoped(session["account"], None, session["role"])
    plain = f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"
    return str(role["Arn"]) if role else plain


def _security_hub_resource(call: str, payload: dict[str, Any], region: str, account_id: str) -> str:
    findings = payload.get("Findings")
    if call.endswith("/findings/import") and isinstance(findings, list) and findings:
        return str(findings[0].get("ProductArn") or "*")
    return f"arn:aws:securityhub:{region}:{account_id}:hub/default"


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
