"""The end state of runs, as it can be seen from outside: Security Hub, the ledger, the alerts that arrived."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from regionproof.aws.ledger_store import KEY, SET_ASIDE
from regionproof.storage.ledger_file import unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.faults.installation import Installation

    Told = tuple[str, str, str]
    """Kind of the change, account id, rule id; empty where a change has none."""

_TIMES = ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt", "ProcessedAt")


@dataclass(frozen=True)
class EndState:
    """What runs leave behind, times left out.

    Attributes:
        active: the active findings of Security Hub, by id
        archived: the archived ones
        verdicts: what the ledger remembers of every account and rule: compliance, severity, severity told
        present: the accounts that the ledger has as open, and whether people know
    """

    active: Mapping[str, Mapping[str, Any]]
    archived: Mapping[str, Mapping[str, Any]]
    verdicts: Mapping[tuple[str, str], tuple[str, str, str | None]]
    present: Mapping[str, bool]

    def as_of(self, account_ids: Iterable[str]) -> EndState:
        """Return the part that is about these accounts, and no archived finding."""
        wanted = set(account_ids)
        verdicts = {key: verdict for key, verdict in self.verdicts.items() if key[0] in wanted}
        return EndState(self.active, {}, verdicts, {a: told for a, told in self.present.items() if a in wanted})


class Observer:
    """Looks, as the root of the management account."""

    def __init__(self, installation: Installation) -> None:
        self._installed = installation
        self._root = installation.root

    def end_state(self) -> EndState:
        """Return what the runs so far have left behind; without a ledger there are no verdicts."""
        findings = self.findings()
        packed = self.ledger()
        ledger = unpack(packed, datetime.now(UTC)) if packed else None
        return EndState(
            active={f["Id"]: _without_times(f) for f in findings if f["RecordState"] == "ACTIVE"},
            archived={f["Id"]: _without_times(f) for f in findings if f["RecordState"] == "ARCHIVED"},
            verdicts={k: (e.compliance, e.severity, e.alerted_severity) for k, e in ledger.entries.items()}
            if ledger
            else {},
            present={a: k.presence_alerted for a, k in ledger.accounts.items() if k.left is None} if ledger else {},
        )

    def findings(self) -> list[dict[str, Any]]:
        """Return every finding that Security Hub has."""
        pages = self._root.client("securityhub").get_paginator("get_findings").paginate()
        return [finding for page in pages for finding in page["Findings"]]

    def ledger(self) -> bytes | None:
        """Return the object of the ledger; None where there is none."""
        s3 = self._root.client("s3")
        try:
            content: bytes = s3.get_object(Bucket=self._installed.bucket, Key=KEY)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return content

    def set_aside(self) -> list[bytes]:
        """Return what was kept aside, in the order of the keys."""
        s3, bucket = self._root.client("s3"), self._installed.bucket
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=SET_ASIDE).get("Contents", [])
        return [s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed]

    def alerts(self) -> list[dict[str, Any]]:
        """Take the alerts that have arrived since the last time, in order."""
        sqs, queue_url = self._root.client("sqs"), self._installed.queue_url
        arrived: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", []):
            handles = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=queue_url, Entries=handles)
            arrived += [json.loads(message["Body"]) for message in messages]
        return arrived


def told_by(alerts: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Return every change that alerts told, as often as it was told, in order."""
    return [
        (change["kind"], change["account_id"], (change["finding"] or {}).get("rule", ""))
        for alert in alerts
        for change in alert["changes"]
    ]


def _without_times(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name not in _TIMES}
