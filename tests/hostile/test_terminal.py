"""The terminal: table, lists and messages at every width, over names and errors that mean harm."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from regionproof.cli.process import excepthook
from regionproof.cli.report_view import rendered
from regionproof.cli.terminal import Terminal

from .characters import acting
from .corpus import CORPUS, MANY, hostile_texts
from .organization import IDS, a_report

if TYPE_CHECKING:
    from regionproof.domain.report import Report

WIDTHS = (24, 40, 75, 76, 80, 120, 179, 180, 250)
ROW = re.compile(r"[0-9]{12}\b")
LISTED = re.compile(r" {2}(?:HIGH|MEDIUM) {2}([0-9]{12})\b")
SGR = re.compile(r"\x1b\[[0-9;]*m")


def shown(report: Report, width: int, *, colours: bool = False) -> str:
    """Return the report as a terminal of this width gets it."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colours, markup=False, emoji=False, highlight=False
    )
    return rendered(report, console)


@MANY
@given(hostile_texts(), hostile_texts(), st.sampled_from(WIDTHS))
def test_nothing_that_a_terminal_acts_on_reaches_it(name: str, said: str, width: int) -> None:
    """No control, escape or direction character, and no line that is wider than the terminal."""
    text = shown(a_report(name, said), width)
    assert acting(text) == {"\n"}
    assert max(cell_len(line) for line in text.splitlines()) <= width


@MANY
@given(hostile_texts(), hostile_texts(), st.sampled_from(WIDTHS))
def test_every_row_and_every_listed_account_is_a_real_one(name: str, said: str, width: int) -> None:
    """Wherever a name is broken over lines, no part of it stands where an account id stands."""
    lines = shown(a_report(name, said), width).splitlines()
    rows = [line[:12] for line in lines if ROW.match(line)]
    assert sorted(rows) == sorted(IDS)
    assert {found.group(1) for line in lines if (found := LISTED.match(line))} <= set(IDS)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CORPUS, ids=lambda text: ascii(text[:20]))
def test_each_text_of_the_corpus_is_shown_without_harm(name: str, width: int) -> None:
    """At every width, in names, units and messages at once."""
    lines = shown(a_report(name, name), width).splitlines()
    assert acting("".join(lines)) == set()
    assert sorted(line[:12] for line in lines if ROW.match(line)) == sorted(IDS)


@MANY
@given(hostile_texts(), st.sampled_from(WIDTHS))
def test_the_only_escape_sequences_are_our_own_colours(name: str, width: int) -> None:
    """A name can neither end a colour nor begin a link."""
    text = shown(a_report(name, name), width, colours=True)
    assert "\x1b[" in text
    assert acting(SGR.sub("", text)) == {"\n"}


@MANY
@given(hostile_texts())
def test_a_message_begins_once_as_a_message_does(said: str) -> None:
    """A refusal that quotes AWS cannot tell a second message of its own."""
    stderr = io.StringIO()
    Terminal(io.StringIO(), stderr).message(f"the run can not start: {said}")
    first, *others = stderr.getvalue().split("\n")[:-1]
    assert first.startswith("regionproof: the run can not start: ")
    assert [line for line in others if not line.startswith(" ")] == []
    assert acting(stderr.getvalue()) <= {"\n"}


@pytest.mark.parametrize("said", CORPUS, ids=lambda text: ascii(text[:20]))
def test_the_traceback_of_a_defect_shows_what_it_quotes_without_harm(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own hook would send it to the terminal as it is."""
    with pytest.raises(SystemExit):
        excepthook(KeyError, KeyError(said), None)
    with pytest.raises(SystemExit):
        excepthook(ValueError, ValueError(said), None)
    assert acting(capsys.readouterr().err) == {"\n"}
