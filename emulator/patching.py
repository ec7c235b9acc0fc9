"""List every private name of ministack and hypercorn that the overlay uses, and check them all at start-up.

ministack has no plug-in interface and changes almost daily. It is therefore pinned, and this module lists each private
name that the overlay reads or replaces, with its expected kind.
"""

from __future__ import annotations

import asyncio
import importlib
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PINNED_VERSION = "1.5.33"

_KINDS: dict[str, Callable[[object], bool]] = {
    "dict": lambda value: isinstance(value, dict),
    "function": lambda value: callable(value) and not asyncio.iscoroutinefunction(value),
    "coroutine function": asyncio.iscoroutinefunction,
    "object": lambda value: value is not None,
    "account store": lambda value: callable(getattr(value, "get_scoped", None)),
}


class PrivateName(Enum):
    """A private name: module, attribute, expected kind."""

    APP = ("ministack.app", "app", "coroutine function")
    SERVICE_HANDLERS = ("ministack.app", "SERVICE_HANDLERS", "dict")
    DETECT_SERVICE = ("ministack.app", "detect_service", "function")
    ROUTING_PARAMETERS = ("ministack.app", "_routing_params", "function")
    PIN_REQUEST_ORIGIN = ("ministack.app", "pin_request_origin", "function")
    ACCOUNT_SCOPE = ("ministack.app", "_request_account_scope", "function")
    TCP_SERVER = ("hypercorn.asyncio.run", "TCPServer", "function")
    IAM_HANDLERS = ("ministack.services.iam", "_IAM_HANDLERS", "dict")
    IAM_INSTANCE_PROFILES = ("ministack.services.iam", "_instance_profiles", "account store")
    IAM_OIDC_PROVIDERS = ("ministack.services.iam", "_oidc_providers", "account store")
    IAM_SAML_PROVIDERS = ("ministack.services.iam", "_saml_providers", "account store")
    IAM_ROLES = ("ministack.services.iam", "_roles", "account store")
    STS_HANDLER = ("ministack.services.sts", "handle_request", "coroutine function")
    STS_SESSIONS = ("ministack.services.sts", "_sessions", "dict")
    STS_REGISTER_SESSION = ("ministack.services.sts", "register_session", "function")
    SNS_LIST_SUBSCRIPTIONS = ("ministack.services.sns", "_list_subscriptions_by_topic", "function")
    SNS_PUBLISH = ("ministack.services.sns", "_publish", "function")
    SNS_FANOUT = ("ministack.services.sns", "_fanout", "function")
    SNS_TOPIC = ("ministack.services.sns", "_topic_by_arn_any_scope", "function")
    SNS_RESOLVE_MESSAGE = ("ministack.services.sns", "_resolve_message_for_protocol", "function")
    SNS_FILTER_POLICY = ("ministack.services.sns", "_matches_filter_policy", "function")
    LOGS_APPEND = ("ministack.services.cloudwatch_logs", "_append_log_events", "function")
    KMS_KEYS = ("ministack.services.kms", "_keys", "account store")
    KMS_RESOLVE_KEY = ("ministack.services.kms", "_resolve_key", "function")
    KMS_CREATE_KEY = ("ministack.services.kms", "_create_key", "function")
    KMS_CREATE_ALIAS = ("ministack.services.kms", "_create_alias", "function")
    KMS_DESCRIBE_KEY = ("ministack.services.kms", "_describe_key", "function")
    ORGANIZATIONS_DISPATCH = ("ministack.services.organizations", "_DISPATCH", "dict")
    ACCOUNT_DISPATCH = ("ministack.services.account", "_DISPATCH", "dict")
    CLOUDFORMATION_ACTIONS = ("ministack.services.cloudformation.handlers", "_ACTION_HANDLERS", "dict")
    RESOURCE_HANDLERS = ("ministack.services.cloudformation.provisioners", "_RESOURCE_HANDLERS", "dict")
    PROVISION = ("ministack.services.cloudformation.provisioners", "_provision_resource", "function")
    UPDATE = ("ministack.services.cloudformation.provisioners", "_update_resource", "function")
    DELETE = ("ministack.services.cloudformation.provisioners", "_delete_resource", "function")
    PARSE_TEMPLATE = ("ministack.services.cloudformation.engine", "_parse_template", "function")
    RESOLVE_PARAMETERS = ("ministack.services.cloudformation.engine", "_resolve_parameters", "function")
    EVALUATE_CONDITIONS = ("ministack.services.cloudformation.engine", "_evaluate_conditions", "function")
    CHANGE_SETS_EVALUATE_CONDITIONS = (
        "ministack.services.cloudformation.changesets",
        "_evaluate_conditions",
        "function",
    )
    HANDLERS_EVALUATE_CONDITIONS = ("ministack.services.cloudformation.handlers", "_evaluate_conditions", "function")
    STACKS_EVALUATE_CONDITIONS = ("ministack.services.cloudformation.stacks", "_evaluate_conditions", "function")
    CHANGE_SETS_DEPLOY = ("ministack.services.cloudformation.changesets", "_deploy_stack_async", "coroutine function")
    VALIDATION_ERRORS = ("ministack.services.cloudformation.stacks", "_validation_errors", "function")
    RESOLVE_REFERENCES = ("ministack.services.cloudformation.engine", "_resolve_refs", "function")
    IN_ORDER_OF_DEPENDENCY = ("ministack.services.cloudformation.engine", "_topological_sort", "function")
    NO_VALUE = ("ministack.services.cloudformation.engine", "_NO_VALUE", "object")
    RESOLVE_TEMPLATE = ("ministack.services.cloudformation.helpers", "_resolve_template", "function")
    IAM_NAMESPACES = ("ministack.core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", "dict")
    BOTOCORE_SERVICES = ("ministack.core.iam_actions", "_BOTOCORE_SERVICE_MAP", "dict")
    EXTRACT_IAM_ACTION = ("ministack.core.iam_actions", "extract_iam_action", "function")
    EXTRACT_RESOURCE_ARN = ("ministack.core.iam_actions", "extract_resource_arn", "function")
    REQUEST_CONDITION_KEYS = ("ministack.core.iam_actions", "request_tag_context", "function")
    ACCESS_DENIED_RESPONSE = ("ministack.core.iam_actions", "access_denied_response", "function")
    ENFORCE = ("ministack.core.iam_evaluator", "enforce", "function")
    AUTHENTICATE = ("ministack.core.iam_evaluator", "authenticate", "function")
    CHECK_CREDENTIALS = ("ministack.core.iam_evaluator", "check_credentials", "function")
    PARSE_POLICY = ("ministack.core.iam_evaluator", "parse_policy_document", "function")
    RESOLVE_PRINCIPAL = ("ministack.core.iam_evaluator", "resolve_principal", "function")
    RESOLVE_CALLER_IDENTITY = ("ministack.core.iam_evaluator", "resolve_caller_identity", "function")
    RESOLVE_CONDITION_KEY = ("ministack.core.iam_evaluator", "_resolve_condition_key", "function")
    PRINCIPAL_ORGANIZATION_ID = ("ministack.core.iam_evaluator", "_principal_org_id", "function")
    EVALUATE = ("ministack.core.iam_evaluator", "evaluate", "function")
    EVALUATE_RESOURCE_POLICY = ("ministack.core.iam_evaluator", "evaluate_resource_policy", "function")
    BUCKET_POLICY = ("ministack.services.s3", "bucket_policy_for_arn", "function")
    EVALUATION_RESULT = ("ministack.core.iam_evaluator", "EvalResult", "function")
    EVALUATION_CONTEXT = ("ministack.core.iam_evaluator", "EvalContext", "function")
    AUTHENTICATION_ERROR = ("ministack.core.iam_evaluator", "AuthError", "function")
    CALLER_ARN = ("ministack.core.iam_evaluator", "caller_arn", "function")
    PARSE_RATE = ("ministack.services.eventbridge", "_parse_rate_seconds", "function")
    SCHEDULER_TICK_SECONDS = ("ministack.services.scheduler", "_SCHEDULE_TICK_INTERVAL", "object")
    ACCOUNT_ID = ("ministack.core.responses", "get_account_id", "function")
    REGION = ("ministack.core.responses", "get_region", "function")
    SET_ACCOUNT_ID = ("ministack.core.responses", "set_request_account_id", "function")
    SET_REGION = ("ministack.core.responses", "set_request_region", "function")
    REQUEST_SCOPE = ("ministack.core.responses", "request_scope", "function")
    EXTRACT_REGION = ("ministack.core.router", "extract_region", "function")
    EXTRACT_ACCESS_KEY = ("ministack.core.router", "extract_access_key_id", "function")

    def get(self) -> Any:
        """Return the current value of the name."""
        module, attribute, _ = self.value
        return getattr(importlib.import_module(module), attribute)

    def replace(self, value: object) -> None:
        """Set the name to another value."""
        module, attribute, _ = self.value
        setattr(importlib.import_module(module), attribute, value)


class MinistackChanged(Exception):
    """The installed ministack lacks private names that the overlay needs."""


def require_private_names() -> None:
    """Check every private name. Raise MinistackChanged with all that are missing or of another kind."""
    missing = [f"{name.value[0]}.{name.value[1]} ({name.value[2]})" for name in PrivateName if not _as_expected(name)]
    if missing:
        message = (
            f"The emulator needs ministack {PINNED_VERSION}. The installed version lacks {', '.join(missing)}. "
            "Run `make clean setup` to install the pinned version."
        )
        raise MinistackChanged(message)


def _as_expected(name: PrivateName) -> bool:
    try:
        value = name.get()
    except (ImportError, AttributeError):
        return False
    return _KINDS[name.value[2]](value)
