"""SNS: one digest a run, to people, programs and chat channels at once.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from regionproof.aws.failures import CALL_FAILURES, code_and_message
from regionproof.domain.receipts import Receipt, Undelivered

from .digest import Digest, build_chat_notification, build_document, build_subject, build_text

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from mypy_boto3_sns import SNSClient

    from regionproof.domain.report import Report

ACTIONS = ("sns:Publish",)
MESSAGE_BYTES = 262_144
DESTINATION = "SNS"


class SnsPublisher:
    """Publishes the digest to one topic. A run with nothing open sends nothing."""

    def __init__(self, client: SNSClient, topic_arn: str, logger: Logger) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._logger = logger

    def publish(self, report: Report) -> Receipt:
        """Publish the digest. A refusal is logged and stands in the receipt."""
        if not report.open_findings:
            return Receipt(DESTINATION)
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=build_subject(report),
                MessageStructure="json",
                Message=build_message(report),
            )
        except CALL_FAILURES as failure:
            code, message = code_and_message(failure)
            self._logger.exception("sns.digest_not_published", code=code, reason=message)
            return Receipt(DESTINATION, undelivered=(Undelivered("digest", code, message),))
        return Receipt(DESTINATION, delivered=1)


def build_message(report: Report, limit: int = MESSAGE_BYTES) -> str:
    """Return the message for every protocol, in at most ``limit`` bytes.

    Where all findings do not fit, as many are told as do, the worst first; every form says how many are not.
    """
    shown = len(report.open_findings)
    message = _spelled(Digest(report, shown))
    while len(message.encode()) > limit and shown:
        shown = shown * 3 // 4
        message = _spelled(Digest(report, shown))
    return message


def _spelled(digest: Digest) -> str:
    text = build_text(digest)
    program = json.dumps(build_document(digest), ensure_ascii=False)
    chat = json.dumps(build_chat_notification(digest), ensure_ascii=False)
    forms = {"default": text, "sqs": program, "lambda": program, "http": chat, "https": chat}
    return json.dumps(forms, ensure_ascii=False)
