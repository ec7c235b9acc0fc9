"""SNS: the state of mail subscriptions, which ministack confirms by itself and lists by their ARN whatever happens.

A subscription that waits for its confirmation is listed as PendingConfirmation, and one that was ended by the link in
a mail for some time as Deleted: https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from emulator.patching import PrivateName

if TYPE_CHECKING:
    from emulator.http.answers import Answer

    Parameters = dict[str, list[str]]
    Query = dict[str, str]

PATH = "subscriptions"
CONFIRMED, PENDING, DELETED = "confirmed", "PendingConfirmation", "Deleted"

_DELETED = "regionproof_deleted"
_NAMESPACE = "{http://sns.amazonaws.com/doc/2010-03-31/}"


def install() -> None:
    """Let SNS list the state of a subscription in place of its ARN."""
    list_all = PrivateName.SNS_LIST_SUBSCRIPTIONS.get()

    def list_with_states(parameters: Parameters) -> Answer:
        status, headers, body = list_all(parameters)
        topic = PrivateName.SNS_TOPIC.get()((parameters.get("TopicArn") or [""])[0])
        if status != 200 or topic is None:  # noqa: PLR2004  # HTTP's own number
            return status, headers, body
        states = {one["arn"]: _state(one) for one in topic["subscriptions"]}
        root = ET.fromstring(body)  # noqa: S314  # ministack's own answer
        for arn in root.iter(f"{_NAMESPACE}SubscriptionArn"):
            arn.text = states.get(arn.text or "") or arn.text
        return status, headers, ET.tostring(root)

    PrivateName.SNS_LIST_SUBSCRIPTIONS.replace(list_with_states)


def change(query: Query, _body: bytes) -> dict[str, Any]:
    """Bring the subscriptions of an address to a state: topic=ARN&endpoint=ADDRESS&state=Deleted.

    Raises ``ValueError`` for another state and for a topic that does not exist.
    """
    topic, state = PrivateName.SNS_TOPIC.get()(query.get("topic", "")), query.get("state", "")
    if topic is None or state not in {CONFIRMED, PENDING, DELETED}:
        message = f"Name a topic, an endpoint, and a state: {CONFIRMED}, {PENDING} or {DELETED}."
        raise ValueError(message)
    changed = [one for one in topic["subscriptions"] if one["endpoint"] == query.get("endpoint")]
    for one in changed:
        one["confirmed"], one[_DELETED] = state == CONFIRMED, state == DELETED
    return {"changed": len(changed)}


def _state(subscription: dict[str, Any]) -> str:
    """Return what stands in place of the ARN; empty for a confirmed subscription."""
    if subscription.get(_DELETED):
        return DELETED
    return "" if subscription["confirmed"] else PENDING
