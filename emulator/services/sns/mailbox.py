"""Keep the e-mails that SNS would have sent. ministack only logs deliveries to e-mail subscriptions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from emulator.patching import PrivateName

_MESSAGE = ("message", "subject", "message_structure", "message_attributes")
_PROTOCOLS = frozenset({"email", "email-json"})


@dataclass(frozen=True)
class Mail:
    """One e-mail: recipient, topic, subject and text."""

    endpoint: str
    topic_arn: str
    subject: str
    message: str


class Mailbox:
    """The e-mails to all recipients since the start or the last reset, in order."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []

    def clear(self) -> None:
        """Delete all e-mails."""
        self._mails.clear()

    def content(self) -> list[dict[str, str]]:
        """Return all e-mails as dicts."""
        return [asdict(mail) for mail in self._mails]

    def install(self) -> None:
        """Keep every delivery of SNS to an e-mail subscription."""
        deliver = PrivateName.SNS_FANOUT.get()

        def deliver_with_mail(topic_arn: str, message_id: str, *message: Any, **details: Any) -> None:
            deliver(topic_arn, message_id, *message, **details)
            self._keep(topic_arn, {**dict(zip(_MESSAGE, message, strict=False)), **details})

        PrivateName.SNS_FANOUT.replace(deliver_with_mail)

    def _keep(self, topic_arn: str, message: dict[str, Any]) -> None:
        topic = PrivateName.SNS_TOPIC.get()(topic_arn)
        structure = message.get("message_structure", "")
        attributes = message.get("message_attributes") or {}
        for subscription in topic["subscriptions"] if topic else ():
            protocol = subscription["protocol"]
            if protocol not in _PROTOCOLS or not subscription["confirmed"]:
                continue
            text = PrivateName.SNS_RESOLVE_MESSAGE.get()(message["message"], structure, protocol)
            if PrivateName.SNS_FILTER_POLICY.get()(subscription, attributes, text):
                self._mails.append(Mail(subscription["endpoint"], topic_arn, message["subject"], text))
