"""Extend ministack's authorization: two more services, more condition keys, and the Regions of each account.

With AUTH=true, ministack evaluates identity policies, trust policies, session policies and permission boundaries for
the services that it maps to IAM actions. This module adds Security Hub and Account Management to that map.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator import regions
from emulator.http.resource_names import ResourceNames, content_of
from emulator.patching import PrivateName
from emulator.services.sts import session_tokens

if TYPE_CHECKING:
    from emulator.services.account.account_regions import AccountRegions
    from emulator.services.organizations.organization import Organization

_ADDED_SERVICES = ("account", "securityhub")
_ASSUMED_ROLE = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+")
_INVALID_TOKEN = "The security token included in the request is invalid"


class Authorization:
    """Adds to ministack's authorization."""

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
        ResourceNames(self._organization).install()
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
            if key.lower() == "aws:resourceorgid":
                return self._organization_id(resolve("aws:ResourceAccount", context))
            return resolve(key, context)

        PrivateName.RESOLVE_CONDITION_KEY.replace(resolve_condition_key)
        tag_keys = PrivateName.REQUEST_CONDITION_KEYS.get()

        def keys_of_request(service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
            return {**tag_keys(service, action, body, parameters), **_keys_of(action, body, parameters)}

        PrivateName.REQUEST_CONDITION_KEYS.replace(keys_of_request)

    def _organization_paths(self, account_id: str) -> list[str] | None:
        account = self._organization.accounts.get(account_id)
        if account is None:
            return None
        return ["/".join((self._organization.id, *self._organization.ancestors(account.parent))) + "/"]

    def _install_region_check(self) -> None:
        authenticate = PrivateName.AUTHENTICATE.get()

        def authenticate_in_region(access_key: str, account_id: str) -> Any:
            checked = authenticate(access_key, account_id)
            if isinstance(checked, PrivateName.AUTHENTICATION_ERROR.get()):
                return checked
            failure = self._failure_in(PrivateName.REGION.get()(), access_key, account_id)
            return PrivateName.AUTHENTICATION_ERROR.get()(*failure) if failure else checked

        PrivateName.AUTHENTICATE.replace(authenticate_in_region)

    def _failure_in(self, region: str, access_key: str, account_id: str) -> tuple[str, str] | None:
        """Return the error code and message for credentials that are not valid in a Region, or None if they are."""
        if region not in regions.ALL:
            return "SignatureDoesNotMatch", f"Credential should be scoped to a valid region, not '{region}'."
        if not self._regions.serves_account(account_id, region):
            return "InvalidClientTokenId", _INVALID_TOKEN
        return ("InvalidToken", _INVALID_TOKEN) if session_tokens.fails_in(access_key, region) else None


def role_arn(principal_arn: str) -> str:
    """Return the value of aws:PrincipalArn, which for a role session is the ARN of the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    session = _ASSUMED_ROLE.fullmatch(principal_arn)
    if session is None:
        return principal_arn
    role = PrivateName.IAM_ROLES.get().get_scoped(session["account"], None, session["role"])
    plain = f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"
    return str(role["Arn"]) if role else plain


def _keys_of(action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the condition keys of a request that ministack leaves out."""
    if action == "sts:AssumeRoot":
        keys = {"sts:TaskPolicyArn": (parameters.get("TaskPolicyArn.arn") or [None])[0]}
    elif action.startswith("organizations:"):
        keys = {"organizations:ServicePrincipal": content_of(body).get("ServicePrincipal")}
    else:
        keys = {}
    return {name: value for name, value in keys.items() if value is not None}
