"""No output of a command holds a credential that the process knows, whoever put it there."""

from __future__ import annotations

import io
import json
import textwrap

import pytest

from regionproof.aws.redaction import know_environment
from regionproof.cli.process import excepthook
from regionproof.cli.terminal import Terminal
from regionproof.domain.untrusted_text import REDACTED
from tests.cli.test_arguments import refused

SECRET = "kD9/vQ2mX+7pLs0RtY4uWz8AbC1eFgHiJkLmNoPq"  # made up
SPELLED = json.dumps({"message": "\n".join(textwrap.wrap(SECRET, 20)), "account": "111122223333"})


@pytest.fixture(autouse=True)
def _the_process_knows_it() -> None:
    know_environment({"AWS_SECRET_ACCESS_KEY": SECRET})


def test_an_answer_and_a_message_hold_none() -> None:
    """The answer keeps its form: programs read it."""
    answer, messages = io.StringIO(), io.StringIO()
    terminal = Terminal(answer, messages)
    terminal.write_output(SPELLED)
    terminal.message(f"failed: {SECRET}")
    assert json.loads(answer.getvalue()) == {"message": REDACTED, "account": "111122223333"}
    assert messages.getvalue() == f"regionproof: failed: {REDACTED}\n"


def test_a_traceback_holds_none_in_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor does the cause of the error."""
    error = KeyError(SECRET)
    error.__cause__ = ValueError("\n".join(textwrap.wrap(SECRET, 10)))
    with pytest.raises(SystemExit):
        excepthook(KeyError, error, None)
    written = capsys.readouterr().err
    assert f"KeyError: '{REDACTED}'" in written
    assert f"ValueError: {REDACTED}" in written
    assert SECRET[:10] not in written
    assert "please report it" in written


def test_a_wrong_argument_is_not_repeated_if_it_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A variable of the shell in the wrong place."""
    assert refused(capsys, "audit", SECRET) == f"regionproof: error: unrecognized arguments: {REDACTED}"
    assert REDACTED in refused(capsys, "audit", "--format", SECRET)
