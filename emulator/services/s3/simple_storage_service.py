"""S3: a key that is not there is told only to those who may list the bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_Permissions says so. For that decision
S3 takes the key for the prefix: a policy that allows ListBucket under a condition on s3:prefix is asked with
s3:prefix = the key. AWS does not document that; other implementations of S3 found it so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.http import caller
from emulator.patching import PrivateName

if TYPE_CHECKING:
    from emulator.http.answers import Answer

_SERVICE = "s3"
_ACTION = "s3:ListBucket"
_MISSING = 404
_READING = frozenset({"GET", "HEAD"})


def install() -> None:
    """Deny, where ministack says NoSuchKey to somebody who may not list."""
    handlers = PrivateName.SERVICE_HANDLERS.get()
    serve = handlers[_SERVICE]

    async def serve_as_aws(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        answer: Answer = await serve(method, path, headers, body, query)
        if method not in _READING or answer[0] != _MISSING:
            return answer
        told = answer[2] or (await serve("GET", path, headers, b"", query))[2]  # the answer to HEAD has no body
        if b"<Code>NoSuchKey<" not in told:
            return answer
        access_key = PrivateName.EXTRACT_ACCESS_KEY.get()(headers, query)
        bucket, _, key = path.lstrip("/").partition("/")
        return _denial(access_key, bucket, key) or answer

    handlers[_SERVICE] = serve_as_aws


def _denial(access_key: str, bucket: str, key: str) -> Answer | None:
    resource = f"arn:aws:s3:::{bucket}"
    denied = PrivateName.ENFORCE.get()(
        access_key,
        _ACTION,
        _SERVICE,
        caller.region(),
        resource_arn=resource,
        service_context={"s3:prefix": key},
    )
    if denied is None:
        return None
    response: Answer = PrivateName.ACCESS_DENIED_RESPONSE.get()(
        _SERVICE,
        _ACTION,
        denied.principal_arn,
        "",
        resource_arn=f'"{resource}"',
        explicit_deny=denied.decision == "Deny",
    )
    return response
