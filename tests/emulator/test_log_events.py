"""Log events as CloudWatch Logs returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.test_process import run_function

if TYPE_CHECKING:
    from tests.emulator.identities import Identity

pytestmark = pytest.mark.network

CODE = "def handler(event, context):\n    print('hello')\n    return 0\n"


def test_every_event_that_a_function_wrote_has_an_id_of_its_own(member: Identity) -> None:
    """``aws logs tail --follow`` shows an event once by it."""
    run_function(member, CODE)

    logs = member.client("logs")
    events = [logs.filter_log_events(logGroupName="/aws/lambda/function")["events"] for _ in range(2)]

    ids = [event["eventId"] for event in events[0]]
    assert len(ids) == len(set(ids)) >= 3
    assert ids == [event["eventId"] for event in events[1]]
