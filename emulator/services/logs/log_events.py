"""The id of a log event: ministack gives one to events that a client puts, and none to those that Lambda writes.

FilterLogEvents returns it with every event, and ``aws logs tail`` needs it:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilteredLogEvent.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from emulator.patching import PrivateName

if TYPE_CHECKING:
    from collections.abc import Iterable

    Event = dict[str, Any]


def install() -> None:
    """Give every event an id when it is stored."""
    append = PrivateName.LOGS_APPEND.get()

    def append_with_id(stream: dict[str, Any], events: Iterable[Event]) -> None:
        append(stream, [{"eventId": str(uuid.uuid4()), **event} for event in events])

    PrivateName.LOGS_APPEND.replace(append_with_id)
