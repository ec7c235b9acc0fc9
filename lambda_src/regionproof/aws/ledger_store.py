"""The ledger in S3: one object, replaced only as it was read.

A write names the version that it replaces, so that two runs at once cannot lose each other's news.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.ledger import Ledger
from regionproof.domain.ports import LedgerConflict, LedgerSnapshot
from regionproof.storage.ledger_file import InvalidLedger, pack, unpack
from regionproof.storage.packed_json import shorten_reason

from .failures import as_setup_error
from .s3_objects import ACTIONS, ObjectChanged, S3Objects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from regionproof.domain.ports import Clock

    from .s3_objects import StoredObject

__all__ = ["ACTIONS", "BUCKET_ACTIONS", "KEY", "PREFIX", "SET_ASIDE", "S3LedgerStore"]

BUCKET_ACTIONS = ("s3:ListBucket",)
"""Without it a missing object answers 403 instead of 404, and a first run looks like a denied one.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

PREFIX = "ledger/"
KEY = f"{PREFIX}ledger.json.gz"
SET_ASIDE = f"{PREFIX}set-aside/"


class S3LedgerStore:
    """Keeps the ledger of one organization in one bucket."""

    def __init__(self, client: S3Client, bucket: str, clock: Clock) -> None:
        self._objects = S3Objects(client, bucket)
        self._clock = clock

    def read(self, organization_id: str) -> LedgerSnapshot:
        """Return what is remembered; nothing on a first run. Raises ``SetupError`` if S3 refuses.

        An object that is no ledger of this organization and format is reported in ``unusable`` and kept in
        ``content``, for ``write`` to set aside.
        """
        with as_setup_error():
            found = self._objects.get(KEY)
        return self._remembered(organization_id, found) if found else LedgerSnapshot(Ledger(organization_id))

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Replace what was read by a new ledger and return its version; first keep aside what could not be used.

        Raises ``LedgerConflict`` if another run wrote in the meantime, ``SetupError`` if S3 refuses.
        """
        with as_setup_error():
            if replaced.unusable:
                self._objects.put(f"{SET_ASIDE}{run_id}", replaced.content)
            try:
                return self._objects.replace(KEY, pack(ledger), replaced.version)
            except ObjectChanged as refusal:
                raise LedgerConflict from refusal

    def _remembered(self, organization_id: str, found: StoredObject) -> LedgerSnapshot:
        try:
            ledger = unpack(found.content, self._clock())
        except InvalidLedger as refusal:
            return LedgerSnapshot(Ledger(organization_id), found.version, str(refusal), found.content)
        if ledger.organization_id != organization_id:
            reason = shorten_reason(f"it is that of organization {ledger.organization_id}")
            return LedgerSnapshot(Ledger(organization_id), found.version, reason, found.content)
        return LedgerSnapshot(ledger, found.version)
