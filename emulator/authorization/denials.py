"""Deny requests by service control policy, and word every denial as AWS does."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from emulator.patching import PrivateName
from emulator.sample import RefusalReason
from emulator.services.sts import root_sessions

_NEVER_DENIED = frozenset({"sts:GetCallerIdentity"})
_JSON_1_1 = frozenset({"organizations"})
_SERVICE_CONTROL = "with an explicit deny in a service control policy"

_ALLOWED_REGIONS = frozenset({"eu-central-1", "eu-west-1"})
_NOT_BOUND_TO_REGIONS = frozenset(
    {"budgets", "ce", "cloudfront", "config", "globalaccelerator", "health", "iam", "kms", "organizations", "route53"}
    | {"shield", "sts", "support", "trustedadvisor", "wafv2"}
)
"""What AWS's sample policy that denies Regions leaves out. Account Management, which is called in us-east-1, is not.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
"""

_reason: ContextVar[str] = ContextVar("regionproof_reason_of_denial", default="")


class Denials:
    """The denials of all services. `refusals` names the accounts that a service control policy blocks.

    The policy applies to the roles, users and root sessions of its account. On AWS it also applies to the root user.
    Here it does not, because the emulator uses the root user to set accounts up.
    """

    def __init__(self, refusals: dict[str, RefusalReason]) -> None:
        self._refusals = refusals

    def install(self) -> None:
        """Replace ministack's policy enforcement and its denial messages."""
        self._install_service_control_policies()
        _install_denial_messages()

    def _install_service_control_policies(self) -> None:
        enforce = PrivateName.ENFORCE.get()

        def enforce_all_policies(access_key: str, action: str, service: str, region: str, **details: Any) -> Any:
            denied = enforce(access_key, action, service, region, **details)
            if isinstance(denied, PrivateName.AUTHENTICATION_ERROR.get()) or action in _NEVER_DENIED:
                return denied
            account_id = PrivateName.ACCOUNT_ID.get()()
            blocked = self._is_blocked(account_id, action, region)
            if denied is None and not blocked:
                return None
            principal = PrivateName.RESOLVE_PRINCIPAL.get()(access_key, account_id)
            if blocked and principal.policies is not None:
                _reason.set(_SERVICE_CONTROL)
                return PrivateName.EVALUATION_RESULT.get()("Deny", principal_arn=principal.arn)
            if denied is not None:
                _reason.set(_reason_of_policies(principal, action, region, details.get("resource_arn", "*")))
            return denied

        PrivateName.ENFORCE.replace(enforce_all_policies)

    def _is_blocked(self, account_id: str, action: str, region: str) -> bool:
        refusal = self._refusals.get(account_id)
        if refusal is RefusalReason.REGIONS_DENIED:
            return action.partition(":")[0] not in _NOT_BOUND_TO_REGIONS and region not in _ALLOWED_REGIONS
        return refusal is RefusalReason.SERVICE_CONTROL_POLICY


def _install_denial_messages() -> None:
    respond = PrivateName.ACCESS_DENIED_RESPONSE.get()

    def respond_as_aws(service: str, action: str, principal_arn: str, request_id: str, **members: Any) -> Any:
        if not any(members.get(name) for name in ("error_code", "message", "resource_policy_arn")):
            members["message"] = _message(action, principal_arn, members)
        status, headers, body = respond(service, action, principal_arn, request_id, **members)
        return (400 if service in _JSON_1_1 else status), headers, body

    PrivateName.ACCESS_DENIED_RESPONSE.replace(respond_as_aws)


def _message(action: str, principal_arn: str, members: dict[str, Any]) -> str:
    resource = str(members.get("resource_arn", "*"))
    message = f"User: {principal_arn} is not authorized to perform: {action} on resource: {resource}"
    if action == "sts:AssumeRoot":
        return message  # AWS never gives a reason here
    if _reason.get():
        return f"{message} {_reason.get()}"
    if members.get("explicit_deny"):
        return f"{message} with an explicit deny in an identity-based policy"
    if action == "sts:AssumeRole" and f"::{principal_arn.split(':')[4]}:" not in resource:
        return message  # across accounts, AWS does not reveal which account denied the call
    end = "." if action.startswith("iam:") else ""  # as recorded
    return f"{message} because no identity-based policy allows the {action} action{end}"


def _reason_of_policies(principal: Any, action: str, region: str, resource_arn: str) -> str:
    if root_sessions.is_limited(principal):
        return "with an explicit deny in a session policy"
    if _only_limits_deny(principal, action, region, resource_arn):
        return f"because no session policy allows the {action} action"
    return ""


def _only_limits_deny(principal: Any, action: str, region: str, resource_arn: str) -> bool:
    """Return whether the identity's own policies allow the action and only its session policies do not."""
    if not principal.limits:
        return False
    context = PrivateName.EVALUATION_CONTEXT.get()(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource_arn,
        region=region,
        principal_keys=principal.keys,
    )
    return bool(PrivateName.EVALUATE.get()(context, principal.policies).decision == "Allow")
