"""The ledger in S3: one object, replaced only as it was read.

A write names the version that it replaces, so that two runs at once can not lose each other's news.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regionproof.domain.ledger import Ledger
from regionproof.domain.ports import LedgerMoved, Remembered
from regionproof.errors import SetupError
from regionproof.ledger_format import UnusableLedger, pack, unpack
from regionproof.packed_json import short_reason

from .failures import said_clearly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from regionproof.domain.ports import Clock

ACTIONS = ("s3:GetObject", "s3:PutObject")
BUCKET_ACTIONS = ("s3:ListBucket",)
"""Without it a missing object answers 403 instead of 404, and a first run looks like a denied one.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

PREFIX = "ledger/"
KEY = f"{PREFIX}ledger.json.gz"
SET_ASIDE = f"{PREFIX}set-aside/"

_MISSING = frozenset({"NoSuchKey"})
"""Not any 404: one that names no code may be a proxy's, and would make this a first run."""

_MOVED = _MISSING | {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
"""A write that names a version answers 404 where the object is gone by now."""


class S3LedgerStore:
    """Keeps the ledger of one organization in one bucket."""

    def __init__(self, client: S3Client, bucket: str, clock: Clock) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock

    def read(self, organization_id: str) -> Remembered:
        """Return what is remembered; nothing on a first run. Raises ``SetupError`` where S3 refuses.

        An object that is no ledger of this organization and format is reported in ``unusable`` and kept in
        ``content``, for ``write`` to set aside.
        """
        with said_clearly():
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=KEY)
            except ClientError as refusal:
                if refusal.response["Error"]["Code"] not in _MISSING:
                    raise
                return Remembered(Ledger(organization_id))
            content = found["Body"].read()
        return self._remembered(organization_id, content, _version_in(found, "GetObject"))

    def write(self, ledger: Ledger, replaced: Remembered, run_id: str) -> str:
        """Replace what was read by a new ledger and return its version; first keep aside what could not be used.

        Raises ``LedgerMoved`` where another run wrote in the meantime, ``SetupError`` where S3 refuses.
        """
        with said_clearly():
            if replaced.unusable:
                self._put(f"{SET_ASIDE}{run_id}", replaced.content)
            try:
                if replaced.version:
                    return self._put(KEY, pack(ledger), IfMatch=replaced.version)
                return self._put(KEY, pack(ledger), IfNoneMatch="*")
            except ClientError as refusal:
                if refusal.response["Error"]["Code"] not in _MOVED:
                    raise
                raise LedgerMoved from refusal

    def _remembered(self, organization_id: str, content: bytes, version: str) -> Remembered:
        try:
            ledger = unpack(content, self._clock())
        except UnusableLedger as refusal:
            return Remembered(Ledger(organization_id), version, str(refusal), content)
        if ledger.organization_id != organization_id:
            reason = short_reason(f"it is that of organization {ledger.organization_id}")
            return Remembered(Ledger(organization_id), version, reason, content)
        return Remembered(ledger, version)

    def _put(self, key: str, content: bytes, **condition: str) -> str:
        written = self._client.put_object(Bucket=self._bucket, Key=key, Body=content, **condition)  # type: ignore[arg-type]  # the stubs type no **
        return _version_in(written, "PutObject")


def _version_in(answer: Mapping[str, Any], operation: str) -> str:
    """Return the ETag of an answer. Without one it is none of S3, and nothing is known to have been done."""
    version: str | None = answer.get("ETag")
    if version is None:
        raise SetupError(f"S3 answered {operation} without an ETag; is there a proxy in between?")
    return version
