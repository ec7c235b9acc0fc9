"""Broken answers at the command line: an exit code of the contract and one sentence, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regionproof import wiring
from tests.broken_answers.commands import Commands
from tests.broken_answers.matrix import CELLS, Blast, Cell, sample
from tests.broken_answers.parallel import checked
from tests.broken_answers.running import LIMITS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

FAMILIES = frozenset({"error", "page", "document", "spelling", "transport"})


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Return the commands, whose limits are short."""
    monkeypatch.setattr(wiring, "Limits", lambda: LIMITS)
    made = Commands(tmp_path)
    made.write_settings()
    return made


def cells(*blasts: Blast) -> list[Cell]:
    """Return some cells whose answers the command line meets."""
    wanted = [cell for cell in CELLS if cell.row.blast in blasts and cell.kind.family in FAMILIES]
    return [cell for cell in sample(wanted) if not cell.row.second_run][::3]


def test_an_audit_whose_listing_is_broken_ends_with_one_sentence(commands: Commands, configuration: Path) -> None:
    """Exit code 2; where the right value could be read all the same, the verdict of any audit."""
    assert checked(cells(Blast.RUN), configuration, commands.audit) == {}


def test_an_audit_shows_the_account_that_was_not_read(commands: Commands, configuration: Path) -> None:
    """Exit code 1, for others are noncompliant: one broken answer stops no audit."""
    assert checked(cells(Blast.ACCOUNT), configuration, commands.audit) == {}


def test_a_preflight_says_what_it_could_not_look_at(commands: Commands, configuration: Path) -> None:
    """Exit code 3 with a table, or 2; never 0, unless the answer may be right or was not asked for."""
    assert checked(cells(Blast.LOOK, Blast.RUN, Blast.ACCOUNT), configuration, commands.preflight) == {}
