"""The files of a run in S3, beside the ledger. A lifecycle rule of the bucket removes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regionproof.errors import SetupError

from .failures import said_clearly
from .sessions import Limits, callers_config, callers_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

ACTIONS = ("s3:GetObject", "s3:PutObject")
"""Beside them ``s3:ListBucket``, which the ledger has: without it a missing file looks like a denied one."""

_MISSING = "NoSuchKey"


class S3RunObjects:
    """Objects of one bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str) -> bytes | None:
        """Return an object's content; None where there is none. Raises ``SetupError`` where S3 refuses."""
        with said_clearly():
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=key)
            except ClientError as refusal:
                if refusal.response["Error"]["Code"] != _MISSING:
                    raise
                return None
            content = found["Body"].read()
        return _of_s3(found, "GetObject", content)

    def write(self, key: str, content: bytes) -> None:
        """Replace an object. Raises ``SetupError`` where S3 refuses."""
        with said_clearly():
            written = self._client.put_object(Bucket=self._bucket, Key=key, Body=content)
        _of_s3(written, "PutObject", content)


def _of_s3(answer: Mapping[str, Any], operation: str, content: bytes) -> bytes:
    """Return the content. An answer without an ETag is none of S3, and nothing is known to have been done."""
    if "ETag" not in answer:
        raise SetupError(f"S3 answered {operation} without an ETag; is there a proxy in between?")
    return content


def objects_in(bucket: str) -> S3RunObjects:
    """Return the objects of a bucket, read and written with the caller's own credentials."""
    with said_clearly():
        return S3RunObjects(callers_session().client("s3", config=callers_config(Limits())), bucket)
