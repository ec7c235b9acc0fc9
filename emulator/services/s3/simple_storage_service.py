"""S3: report a missing key only to callers who may list the bucket, and deny others.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_Permissions. S3 evaluates ListBucket
with s3:prefix set to the key. AWS does not document this, but other implementations of S3 have observed it.
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
    """Replace ministack's NoSuchKey by a denial if the caller may not list the bucket."""
    handlers = PrivateName.SERVICE_HANDLERS.get()
    serve = handlers[_SERVICE]

    async def serve_as_aws(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        answer: Answer = await serve(method, path, headers, body, query)
        if method not in _READING or answer[0] != _MISSING:
            return answer
        error = answer[2] or (await serve("GET", path, headers, b"", query))[2]  # the answer to HEAD has no body
        if b"<Code>NoSuchKey<" not in error:
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
