"""The files of a run in S3, next to the ledger. A lifecycle rule of the bucket removes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .failures import as_setup_error
from .s3_objects import ACTIONS, S3Objects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["ACTIONS", "S3RunObjects"]


class S3RunObjects:
    """Objects of one bucket. Without ``s3:ListBucket`` a missing file looks like a denied one."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._objects = S3Objects(client, bucket)

    def read(self, key: str) -> bytes | None:
        """Return an object's content; None if there is none. Raises ``SetupError`` if S3 refuses."""
        with as_setup_error():
            found = self._objects.get(key)
        return found.content if found else None

    def write(self, key: str, content: bytes) -> None:
        """Replace an object. Raises ``SetupError`` if S3 refuses."""
        with as_setup_error():
            self._objects.put(key, content)
