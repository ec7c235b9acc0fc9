"""Nothing that the function writes or raises repeats a credential that it was sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from regionproof.domain.redaction import SHORTEST_PART
from regionproof.domain.untrusted_text import REDACTED
from tests.support.aws_stub import SECRET
from tests.support.invocations import invoke
from tests.test_handler import ENVIRONMENT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network


def test_an_event_that_holds_a_credential_is_not_repeated(tmp_path: Path) -> None:
    """Neither in the log nor in what Lambda hands to the on-failure destination."""
    ran = invoke(tmp_path, [{SECRET: True}, {SECRET[:20]: True}], ENVIRONMENT)
    assert [outcome["error"] for outcome in ran.outcomes] == ["CredentialQuoted"] * 2
    for text in (ran.output, json.dumps(ran.outcomes)):
        assert REDACTED in text
        assert SECRET[:SHORTEST_PART] not in text
