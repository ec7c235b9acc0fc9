"""Objects of one bucket in S3: read as a whole, and written as a whole.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regionproof.answers import Answer
from regionproof.errors import UnexpectedAnswer

from .calls import CallFailed, guarded

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GET, PUT = "s3:GetObject", "s3:PutObject"
ACTIONS = (GET, PUT)

_MISSING = frozenset({"NoSuchKey"})
"""Not any 404: one that names no code may be a proxy's, and would make a run the first one."""

_CHANGED = _MISSING | {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
"""Answers to a write that names a version. It is 404 if the object is gone by now."""


MOST_CHARACTERS_OF_A_VERSION = 200
"""S3's own have 34, and 40 for objects in parts."""


class ObjectChanged(Exception):
    """The object is not the version that a write was to replace."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as it was read. ``version`` is its ETag."""

    content: bytes
    version: str


@dataclass(frozen=True, slots=True)
class S3Objects:
    """The objects of one bucket. Every method raises ``CallFailed``, ``UnexpectedAnswer`` or ``OutOfTime``."""

    client: S3Client
    bucket: str

    def get(self, key: str) -> StoredObject | None:
        """Return an object; None if there is none."""
        try:
            return guarded(GET, self._get, key)
        except CallFailed as failure:
            if failure.code not in _MISSING:
                raise
            return None

    def put(self, key: str, content: bytes) -> str:
        """Write an object, and return its version."""
        return self._put(key, content)

    def replace(self, key: str, content: bytes, version: str | None) -> str:
        """Write an object only if it still has this version (None: does not exist), and return the new one.

        Raises ``ObjectChanged`` if it has another one.
        """
        try:
            return self._put(key, content, **({"IfMatch": version} if version else {"IfNoneMatch": "*"}))
        except CallFailed as failure:
            if failure.code not in _CHANGED:
                raise
            raise ObjectChanged(key) from failure

    def _get(self, key: str) -> StoredObject:
        found: dict[str, Any] = dict(self.client.get_object(Bucket=self.bucket, Key=key))
        content: bytes = found["Body"].read()
        return StoredObject(content, _version_in(GET, found))

    def _put(self, key: str, content: bytes, **condition: str) -> str:
        """Write an object, and return its version. An answer without one is not from S3, and proves nothing."""
        written = guarded(PUT, self.client.put_object, Bucket=self.bucket, Key=key, Body=content, **condition)
        return _version_in(PUT, dict(written))


def _version_in(call: str, answer: dict[str, Any]) -> str:
    """Return the ETag of an answer. Raises ``UnexpectedAnswer`` if it has none that a request can name."""
    version = Answer(call, answer).text("ETag")
    if len(version) > MOST_CHARACTERS_OF_A_VERSION:
        raise UnexpectedAnswer(f"{call} was answered with an ETag of {len(version)} characters")
    return version
