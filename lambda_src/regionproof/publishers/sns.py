"""SNS: one message per run with changes, for people, programs and chat channels.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.aws.calls import SEND_FAILURES, ask, is_uncertain, unread
from regionproof.aws.redaction import redact_known
from regionproof.domain.causes import likely_cause
from regionproof.domain.receipts import Destination, Receipt, Undelivered
from regionproof.domain.untrusted_text import to_safe_json

from .alert_document import build_document
from .alert_text import build_text
from .chat_notification import build_chat_notification, fits_in_chat
from .digest import Digest, build_subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from mypy_boto3_sns import SNSClient

    from regionproof.domain.reconciliation import Reconciliation

PUBLISH = "sns:Publish"
ACTIONS = (PUBLISH,)
MESSAGE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Alert:
    """The message for all protocols, and the keys of the changes that each form of it reports one by one."""

    message: str
    reported: frozenset[str]


class SnsPublisher:
    """Publishes the digest to one topic. A run without changes sends nothing."""

    def __init__(self, client: SNSClient, topic_arn: str, logger: Logger, *, security_hub: bool = True) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._logger = logger
        self._security_hub = security_hub

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Publish the digest and return the receipt. A failure is logged. Changes that do not fit are omitted."""
        if not reconciliation.changes:
            return Receipt(Destination.SNS)
        keys = frozenset(change.key for change in reconciliation.changes)
        subject, alert = build_subject(reconciliation), build_alert(reconciliation, security_hub=self._security_hub)
        try:
            ask(
                PUBLISH,
                self._client.publish,
                TopicArn=self._topic_arn,
                Subject=subject,
                MessageStructure="json",
                Message=_redacted(alert.message),
            ).text("MessageId")
        except SEND_FAILURES as failure:
            refusal = unread(failure, PUBLISH)
            cause = likely_cause(refusal, caller=reconciliation.report.run.identity)
            self._logger.exception("sns.digest_not_published", code=refusal.code, reason=refusal.message, cause=cause)
            uncertain = is_uncertain(failure)
            undelivered = tuple(Undelivered(key, refusal.code, refusal.message, uncertain) for key in sorted(keys))
            return Receipt(Destination.SNS, undelivered=undelivered)
        return Receipt(Destination.SNS, alert.reported, omitted=keys - alert.reported)


def build_alert(reconciliation: Reconciliation, limit: int = MESSAGE_BYTES, *, security_hub: bool = True) -> Alert:
    """Return the message for all protocols, in at most ``limit`` bytes.

    All forms report the same changes. If not all of them fit, the forms are brief, report the most important changes
    that fit into every form, and count the others.
    """
    digest = Digest(reconciliation, len(reconciliation.changes), security_hub)
    if not fits_in_chat(digest) or not _fits(digest, limit):
        digest = _largest(digest.in_brief(), limit)
    return Alert(_serialize(digest), frozenset(change.key for change in digest.changes))


def _redacted(message: str) -> str:
    """Return the message without known credentials. Its changes and its format stay the same."""
    if redact_known(message) == message:
        return message
    return to_safe_json({protocol: redact_known(text) for protocol, text in json.loads(message).items()})


def _largest(complete: Digest, limit: int) -> Digest:
    """Return the digest with the most changes that fit into every form and into the message."""
    # Chat has the least room and is the fastest to build. Changes that fit there usually fit everywhere.
    in_chat = complete.total
    if not fits_in_chat(complete):
        in_chat = _max_count(complete.total - 1, lambda shown: fits_in_chat(complete.first(shown)))
    if _fits(complete.first(in_chat), limit):
        return complete.first(in_chat)
    return complete.first(_max_count(in_chat - 1, lambda shown: _fits(complete.first(shown), limit)))


def _max_count(count: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to ``count`` that fits, given that all smaller ones do."""
    return bisect_left(range(1, count + 1), x=True, key=lambda number: not fits(number))


def _fits(digest: Digest, limit: int) -> bool:
    return len(_serialize(digest).encode()) <= limit


def _serialize(digest: Digest) -> str:
    program, chat = to_safe_json(build_document(digest)), to_safe_json(build_chat_notification(digest))
    forms = {"default": build_text(digest), "sqs": program, "lambda": program, "http": chat, "https": chat}
    return to_safe_json(forms)
