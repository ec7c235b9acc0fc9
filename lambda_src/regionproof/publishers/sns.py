"""SNS: one digest a run where something changed, to people, programs and chat channels at once.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.aws.calls import SEND_FAILURES, ask, is_uncertain, unread
from regionproof.domain.receipts import Destination, Receipt, Undelivered
from regionproof.domain.text import spell_json

from .chat_notification import build_chat_notification
from .digest import Digest, build_document, build_subject, build_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from mypy_boto3_sns import SNSClient

    from regionproof.domain.reconciled import Reconciled

PUBLISH = "sns:Publish"
ACTIONS = (PUBLISH,)
MESSAGE_BYTES = 262_144
SHARE_OF_TEXT = 0.4
SHARE_OF_PROGRAM = 0.25
SHARE_OF_CHAT = 0.04
"""What of a message each form may fill. The last two are in it twice: for queues and functions, HTTP and HTTPS."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One message for every protocol, and the keys of the changes that its text tells one by one."""

    message: str
    told: frozenset[str]


class SnsPublisher:
    """Publishes the digest to one topic. A run in which nothing changed sends nothing."""

    def __init__(self, client: SNSClient, topic_arn: str, logger: Logger) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._logger = logger

    def publish(self, reconciled: Reconciled) -> Receipt:
        """Publish the digest. A refusal is logged and stands in the receipt; what found no room is left over."""
        if not reconciled.changes:
            return Receipt(Destination.SNS)
        keys = frozenset(change.key for change in reconciled.changes)
        subject, alert = build_subject(reconciled), build_alert(reconciled)
        try:
            ask(
                PUBLISH,
                self._client.publish,
                TopicArn=self._topic_arn,
                Subject=subject,
                MessageStructure="json",
                Message=alert.message,
            ).text("MessageId")
        except SEND_FAILURES as failure:
            refusal = unread(failure, PUBLISH)
            self._logger.exception("sns.digest_not_published", code=refusal.code, reason=refusal.message)
            uncertain = is_uncertain(failure)
            undelivered = tuple(Undelivered(key, refusal.code, refusal.message, uncertain) for key in sorted(keys))
            return Receipt(Destination.SNS, undelivered=undelivered)
        return Receipt(Destination.SNS, alert.told, left_over=keys - alert.told)


def build_alert(reconciled: Reconciled, limit: int = MESSAGE_BYTES) -> Alert:
    """Return the message for every protocol, in at most ``limit`` bytes.

    Where all changes do not fit, each form tells as many as it can, the worst first, and says how many it does not.
    """
    told, text = _longest(reconciled, build_text, int(limit * SHARE_OF_TEXT))
    _, program = _longest(reconciled, _program, int(limit * SHARE_OF_PROGRAM))
    _, chat = _longest(reconciled, _chat, int(limit * SHARE_OF_CHAT))
    forms = {"default": text, "sqs": program, "lambda": program, "http": chat, "https": chat}
    return Alert(spell_json(forms), told)


def _longest(reconciled: Reconciled, spell: Callable[[Digest], str], limit: int) -> tuple[frozenset[str], str]:
    """Return the changes that one form tells in at most ``limit`` bytes of the message, and that form."""
    total = len(reconciled.changes)

    def too_long(shown: int) -> bool:
        spelled = spell(Digest(reconciled, shown))
        return len(spell_json(spelled).encode()) > limit

    # Upwards by doubling, then between the last two: a form is never spelled much larger than it may be.
    most = 1
    while most < total and not too_long(most):
        most *= 2
    digest = Digest(reconciled, bisect_left(range(1, min(most, total) + 1), x=True, key=too_long))
    return frozenset(change.key for change in digest.changes), spell(digest)


def _program(digest: Digest) -> str:
    return spell_json(build_document(digest))


def _chat(digest: Digest) -> str:
    return spell_json(build_chat_notification(digest))
