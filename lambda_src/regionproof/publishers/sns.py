"""SNS: one digest a run where something changed, to people, programs and chat channels at once.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
from bisect import bisect_left
from typing import TYPE_CHECKING

from regionproof.aws.failures import SEND_FAILURES, code_and_message
from regionproof.domain.receipts import Destination, Receipt, Undelivered

from .chat_notification import build_chat_notification
from .digest import Digest, build_document, build_subject, build_text

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from mypy_boto3_sns import SNSClient

    from regionproof.domain.reconciled import Reconciled

ACTIONS = ("sns:Publish",)
MESSAGE_BYTES = 262_144
DIGEST = "digest"


class SnsPublisher:
    """Publishes the digest to one topic. A run in which nothing changed sends nothing."""

    def __init__(self, client: SNSClient, topic_arn: str, logger: Logger) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._logger = logger

    def publish(self, reconciled: Reconciled) -> Receipt:
        """Publish the digest. A refusal is logged and stands in the receipt."""
        if not reconciled.changes:
            return Receipt(Destination.SNS)
        subject, message = build_subject(reconciled), build_message(reconciled)
        try:
            self._client.publish(TopicArn=self._topic_arn, Subject=subject, MessageStructure="json", Message=message)
        except SEND_FAILURES as failure:
            code, reason = code_and_message(failure)
            self._logger.exception("sns.digest_not_published", code=code, reason=reason)
            return Receipt(Destination.SNS, undelivered=(Undelivered(DIGEST, code, reason),))
        return Receipt(Destination.SNS, frozenset({DIGEST}))


def build_message(reconciled: Reconciled, limit: int = MESSAGE_BYTES) -> str:
    """Return the message for every protocol, in at most ``limit`` bytes.

    Where all changes do not fit, as many are told as do, the worst first; every form says how many are not.
    """
    total = len(reconciled.changes)

    def too_long(shown: int) -> bool:
        return len(_spelled(Digest(reconciled, shown)).encode()) > limit

    # Upwards by doubling, then between the last two: a message is never spelled much larger than it may be.
    most = 1
    while most < total and not too_long(most):
        most *= 2
    shown = bisect_left(range(1, min(most, total) + 1), x=True, key=too_long)
    return _spelled(Digest(reconciled, shown))


def _spelled(digest: Digest) -> str:
    text = build_text(digest)
    program = json.dumps(build_document(digest), ensure_ascii=False)
    chat = json.dumps(build_chat_notification(digest), ensure_ascii=False)
    forms = {"default": text, "sqs": program, "lambda": program, "http": chat, "https": chat}
    return json.dumps(forms, ensure_ascii=False)
