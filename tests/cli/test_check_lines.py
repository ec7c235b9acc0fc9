"""The lines of a preflight at every width: prose is wrapped, commands never are."""

from __future__ import annotations

import pytest

from regionproof.cli.check_lines import check_lines
from regionproof.preflight.observed import Check, CheckState

COMMAND = "aws organizations register-delegated-administrator --account-id 333333333333 --service-principal iam.a"
MISSING = Check(
    need="account 333333333333 is a delegated administrator for iam.amazonaws.com, as it has to be",
    state=CheckState.MISSING,
    seen="it is not; sign in again (aws sso login, aws configure sso) or run `aws sts get-caller-identity` to see",
    cure="in the management account, with credentials of somebody who may do that",
    commands=(COMMAND, "npx cdk deploy RegionProof"),
)
INLINE = ("aws sso login", "aws configure sso", "`aws sts get-caller-identity`")


def shown(check: Check, width: int) -> list[str]:
    """Return the lines as plain text."""
    return [line.plain for line in check_lines((check,), width)]


@pytest.mark.parametrize("width", [1, 20, 40, 80, 120, 160, 1000])
def test_a_command_stands_alone_in_one_line_at_any_width(width: int) -> None:
    """So that it can be copied; what is quoted within a sentence stays whole as well."""
    lines = shown(MISSING, width)
    assert [line.strip() for line in lines[-2:]] == list(MISSING.commands)
    for command in INLINE:
        assert any(command in line for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_prose_is_no_wider_than_the_terminal(width: int) -> None:
    """And hangs below the state."""
    lines = shown(MISSING, width)
    assert all(len(line) <= width for line in lines[:-2])
    assert lines[0].startswith("MISSING  account 333333333333")
    assert all(line.startswith(" " * 9) for line in lines[1:])


def test_all_words_are_there_at_any_width() -> None:
    """Wrapping loses nothing."""
    assert " ".join(shown(MISSING, 40)).split() == " ".join(shown(MISSING, 1000)).split()


def test_what_is_met_needs_neither_cure_nor_command() -> None:
    """One line."""
    met = Check(need="all is well", state=CheckState.MET, seen="seen", cure="cure", commands=(COMMAND,))
    assert shown(met, 80) == ["MET      all is well"]


def test_untrusted_text_moves_no_cursor_and_hides_no_space() -> None:
    """Neither in prose nor in a command."""
    hostile = "a\x1b[2J\n\u202eaws \ue000 x"
    check = Check(need=hostile, state=CheckState.UNKNOWN, seen=hostile, commands=(hostile,))
    for line in shown(check, 80):
        assert line.isprintable()
        assert "\ue000" not in line
