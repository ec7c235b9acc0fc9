"""Policies of buckets bind the root user, too: ministack asks no policy for it.

An explicit denial holds for the root user of the bucket's account, except for the policy itself, which that user can
always read, replace and delete.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
"""

from __future__ import annotations

from typing import Any

from emulator.patching import PrivateName

_SERVICE = "s3"
_ALWAYS_OPEN_TO_ROOT = frozenset({"s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"})


def install() -> None:
    """Deny the root user what the policy of a bucket denies."""
    enforce = PrivateName.ENFORCE.get()

    def enforce_on_root(access_key: str, action: str, service: str, region: str, **details: Any) -> Any:
        denied = enforce(access_key, action, service, region, **details)
        if denied is not None or service != _SERVICE or action in _ALWAYS_OPEN_TO_ROOT:
            return denied
        principal = PrivateName.RESOLVE_PRINCIPAL.get()(access_key, PrivateName.ACCOUNT_ID.get()())
        if getattr(principal, "policies", ()) is not None:
            return None  # not the root user, for whom ministack asked all policies; or nobody known
        resource = details.get("resource_arn", "*")
        context = PrivateName.EVALUATION_CONTEXT.get()(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=action,
            resource_arn=resource,
            region=region,
            service_context={key.lower(): value for key, value in (details.get("service_context") or {}).items()},
            principal_keys=principal.keys,
        )
        return _denial(context, resource)

    PrivateName.ENFORCE.replace(enforce_on_root)


def _denial(context: Any, resource: str) -> Any:
    """Return how the policy of the bucket denies a request, or None."""
    found = PrivateName.BUCKET_POLICY.get()(resource)
    if found is None:
        return None
    by_policy = PrivateName.EVALUATE_RESOURCE_POLICY.get()(found[0], context)
    if by_policy.decision != "Deny":
        return None
    return PrivateName.EVALUATION_RESULT.get()(
        "Deny", principal_arn=context.principal_arn, resource_policy_arn=resource
    )
