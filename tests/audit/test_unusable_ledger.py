"""A ledger that cannot be used: it is set aside and reported, or the run stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from regionproof.domain.changes import ChangeKind
from regionproof.domain.run import RunRequest
from regionproof.errors import SetupError
from tests.support.builders import ORGANIZATION_ID
from tests.support.fakes import FakeLedgerStore

from .test_run import World, ledger_after_a_run

if TYPE_CHECKING:
    from regionproof.domain.ports import LedgerSnapshot


def test_a_ledger_that_was_set_aside_is_reported_until_an_alert_has_arrived() -> None:
    """The alert of the run that set it aside was refused."""
    world = World(ledger=FakeLedgerStore(None, 1, unusable="it is damaged"))
    world.sns.refuses_everything = True
    world.audit().run(RunRequest(), "run-1")
    world.sns.refuses_everything = False
    reported = [world.audit().run(RunRequest(), f"run-{number}").ledger_unusable for number in (2, 3)]
    assert reported == ["it is damaged", ""]
    assert world.ledger.set_aside == [b"damaged"]


def test_a_damaged_ledger_is_set_aside_and_reported() -> None:
    """Every open finding is reported as by a first run. The next run is an ordinary one."""
    world = World(ledger=FakeLedgerStore(ledger_after_a_run(), 1, unusable="it is damaged (Not a gzipped file)"))
    outcome = world.audit().run(RunRequest(), "run-1")
    assert outcome.ledger_unusable == "it is damaged (Not a gzipped file)"
    reset, opened = outcome.changes
    assert (reset.kind, opened.kind) == (ChangeKind.LEDGER_SET_ASIDE, ChangeKind.NEWLY_NONCOMPLIANT)
    assert "because it is damaged (Not a gzipped file)." in reset.detail
    assert world.ledger.set_aside == [b"damaged"]
    assert world.audit().run(RunRequest(), "run-2").changes == ()


def test_a_dry_run_does_not_set_a_ledger_aside() -> None:
    """It reports that the ledger is unusable, and leaves it in place."""
    world = World(ledger=FakeLedgerStore(None, 1, unusable="it is damaged"))
    outcome = world.audit().run(RunRequest(dry_run=True), "run-1")
    assert outcome.ledger_unusable == "it is damaged"
    assert (world.ledger.set_aside, world.ledger.unusable) == ([], "it is damaged")


def test_a_ledger_that_cannot_be_read_stops_the_run_before_any_account_is_read() -> None:
    """A run without a ledger would report everything again."""

    @dataclass
    class Denied(FakeLedgerStore):
        def read(self, organization_id: str) -> LedgerSnapshot:
            raise SetupError(f"the ledger of {organization_id} cannot be read")

    world = World(ledger=Denied())
    with pytest.raises(SetupError, match=f"the ledger of {ORGANIZATION_ID} cannot be read"):
        world.audit().run(RunRequest(), "run-1")
    assert world.reader.asked == []
