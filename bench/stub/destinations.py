"""Security Hub, SNS and S3: where a run leaves its traces. Objects are replaced on a condition, as in S3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bench.organization import MANAGEMENT, REGION

from .exchange import XML, Answer, json_answer, query_answer

if TYPE_CHECKING:
    from .exchange import Request
    from .sessions import Signer
    from .tally import Tally

SNS = "http://sns.amazonaws.com/doc/2010-03-31/"
LARGEST_BATCH = 100
_HUB = f"arn:aws:securityhub:{REGION}:{MANAGEMENT}:hub/default"


def publish(_signer: Signer, _form: dict[str, str]) -> Answer:
    """Take a message."""
    return query_answer("Publish", SNS, "<MessageId>00000000-0000-4000-8000-000000000001</MessageId>")


def describe_hub() -> Answer:
    """Answer that Security Hub is enabled."""
    return json_answer({"HubArn": _HUB, "SubscribedAt": "2026-01-01T00:00:00.000Z"}, content_type="application/json")


def get_findings() -> Answer:
    """Answer that there are no findings: a run asks if it has no ledger."""
    return json_answer({"Findings": []}, content_type="application/json")


def import_findings(signer: Signer, request: Request, tally: Tally) -> Answer:
    """Take a batch of findings of the signer's account; a larger batch than AWS takes, or another account's, fails."""
    findings = request.document["Findings"]
    if len(findings) > LARGEST_BATCH or any(finding["AwsAccountId"] != str(signer.account) for finding in findings):
        return json_answer({"Code": "InvalidInputException", "Message": "not a batch that is taken"}, 400)
    for finding in findings:
        tally.note_imported(finding["Id"])
    counts = {"FailedCount": 0, "SuccessCount": len(findings), "FailedFindings": []}
    return json_answer(counts, content_type="application/json")


class Objects:
    """The objects of every bucket, by path."""

    def __init__(self) -> None:
        self._by_path: dict[str, bytes] = {}

    def get(self, path: str) -> Answer:
        """Answer an object, or that there is none."""
        found = self._by_path.get(path)
        if found is None:
            return _refusal(404, "NoSuchKey")
        return Answer(found, content_type="binary/octet-stream", headers={"ETag": _etag(found)})

    def put(self, path: str, request: Request) -> Answer:
        """Keep an object where the condition of the request holds."""
        before = self._by_path.get(path)
        if request.headers.get("if-none-match") == "*" and before is not None:
            return _refusal(412, "PreconditionFailed")
        wanted = request.headers.get("if-match")
        if wanted is not None and before is None:
            return _refusal(404, "NoSuchKey")
        if wanted is not None and before is not None and wanted != _etag(before):
            return _refusal(412, "PreconditionFailed")
        self._by_path[path] = request.body
        return Answer(headers={"ETag": _etag(request.body)})


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _refusal(status: int, code: str) -> Answer:
    return Answer(f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), status, XML)
