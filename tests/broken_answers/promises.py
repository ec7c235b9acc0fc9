"""What must hold after a run whose answers were broken: each broken promise is one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.domain.findings import COVERAGE, Compliance
from regionproof.domain.receipts import Destination
from tests.broken_answers.matrix import Blast, Cell, Setting
from tests.broken_answers.running import CELL_SECONDS, Ended, Slot
from tests.broken_answers.world import ACCOUNTS, VICTIM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regionproof.domain.run import Outcome

    Verdicts = Mapping[tuple[str, str], tuple[str, str, tuple[tuple[str, str], ...]]]

PLACING = frozenset({"ListAccounts", "ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent"})
UNKNOWN = Compliance.INSUFFICIENT_DATA.value
MOST_BYTES = 80 * 2**20
"""What a client may take of one answer: its limit, and what is in the buffers of sockets."""

LONGEST_SENTENCE = 4_000
DESTINATIONS = {"BatchImportFindings": Destination.SECURITY_HUB, "Publish": Destination.SNS}


@dataclass(frozen=True)
class FaultFree:
    """The runs without faults in one setting: what the first says and tells."""

    verdicts: Verdicts
    told: frozenset[tuple[str, str, str]]
    arrived: Mapping[Destination, frozenset[str]]


def verdicts_of(outcome: Outcome) -> Verdicts:
    """Return what a run says of each account and rule."""
    return {
        (finding.account.id, finding.rule): (
            finding.verdict.compliance.value,
            finding.verdict.severity.value,
            tuple(sorted(finding.verdict.observed.items())),
        )
        for finding in outcome.report.findings
    }


def fault_free(slot: Slot, setting: Setting) -> FaultFree:
    """Make two runs without faults; the second has nothing to report."""
    slot.empty(None, setting)
    first = slot.run_undisturbed(setting)
    told = frozenset(slot.world.told())
    second = slot.run_undisturbed(setting)
    assert first.outcome, first
    assert second.outcome, second
    assert (second.outcome.changes, frozenset(slot.world.told())) == ((), told)
    arrived = {receipt.destination: receipt.arrived for receipt in first.outcome.receipts}
    return FaultFree(verdicts_of(first.outcome), told, arrived)


NEVER_MADE = "the call was never made"
"""The fault hit nothing, so the cell says nothing about it."""


def broken_promises(slot: Slot, cell: Cell, expected: FaultFree) -> list[str]:
    """Run a cell, then a run without faults, and return what does not hold."""
    setting = cell.row.setting
    slot.empty(cell, setting)
    if cell.row.second_run:
        slot.run_undisturbed(setting)
    before = slot.world.traces
    with slot.breaking():
        ended = slot.run(setting, anew=_leaves_something(cell), has_deadline=_has_deadline(cell))
    found = [*_of_every_run(slot, ended)]
    if ended.failure is not None:
        found += _of_a_failed_run(slot, cell, ended, before)
    elif ended.outcome is not None:
        found += _of_a_finished_run(slot, cell, ended.outcome, expected)
        found += _of_the_log(cell, ended)
    return [*found, *_of_the_next_run(slot, setting, expected)]


def _has_deadline(cell: Cell) -> bool:
    """Return whether only the run's deadline ends it: an account and each single answer have a time of their own."""
    return cell.kind.endless and cell.kind.family == "pages" and cell.row.blast is not Blast.ACCOUNT


def _leaves_something(cell: Cell) -> bool:
    """Return whether a cell needs clients of its own: to be hit at all, or not to be slowed down by the one before."""
    return cell.row.operation == "GetCallerIdentity" or cell.kind.family == "status"


def _of_every_run(slot: Slot, ended: Ended) -> Iterator[str]:
    if slot.hits == 0:
        yield NEVER_MADE
    yield from (f"the matrix itself has a defect: {defect!r}" for defect in slot.defects)
    if ended.seconds > CELL_SECONDS:
        yield f"it took {ended.seconds:.1f} s"
    if slot.most_sent > MOST_BYTES:
        yield f"one answer was read for {slot.most_sent >> 20} MiB"
    if ended.escaped is not None:
        yield f"{type(ended.escaped).__name__} left the run: {str(ended.escaped)[:200]!r}"


def _of_a_failed_run(slot: Slot, cell: Cell, ended: Ended, before: tuple[int, int, int]) -> Iterator[str]:
    said = str(ended.failure)
    if cell.row.blast in {Blast.ACCOUNT, Blast.DESTINATION}:
        yield f"it stopped the run: {type(ended.failure).__name__}: {said[:200]!r}"
    if not said.strip() or len(said) > LONGEST_SENTENCE or not said.replace("\n", "").isprintable():
        yield f"the run failed without one clear sentence: {said[:200]!r}"
    now = slot.world.traces
    if cell.row.blast is not Blast.DESTINATION and _left_traces(before, now, cell):
        yield f"the run failed, but left traces: {before} became {now}"


def _left_traces(before: tuple[int, int, int], now: tuple[int, int, int], cell: Cell) -> bool:
    """Return whether a failed run changed what it must not.

    A write of the ledger whose answer was broken may have been carried out. Then the ledger holds the intent to
    report, and a run that learns so from the next read may report.
    """
    if cell.row.blast is Blast.LEDGER:
        wrote = now[2] > before[2]
        return not wrote and now[:2] != before[:2]
    return now != before


def _of_a_finished_run(slot: Slot, cell: Cell, outcome: Outcome, expected: FaultFree) -> Iterator[str]:
    if [result.account.id for result in outcome.report.accounts] != list(ACCOUNTS):
        yield "the report has other accounts than the organization"
    said = _as_far_as_places_are_known(cell, verdicts_of(outcome), expected.verdicts)
    victims = _victims(cell)
    for key in sorted(said.keys() | expected.verdicts.keys()):
        if key[0] not in victims and said.get(key) != expected.verdicts.get(key):
            yield f"{key} was {said.get(key)}, not {expected.verdicts.get(key)}"
    for victim in victims:
        yield from _of_a_victim(cell, victim, said, expected.verdicts)
    if cell.row.blast is Blast.RUN and not cell.kind.may_be_read and not outcome.ledger_unusable:
        yield "the run went on as if the answer were right"
    if cell.row.second_run and outcome.changes and not outcome.ledger_unusable:
        yield f"it told changes that are none: {[change.kind.name for change in outcome.changes]}"
    yield from _of_the_receipts(slot, cell, outcome, expected)


def _of_the_log(cell: Cell, ended: Ended) -> Iterator[str]:
    if cell.row.blast is not Blast.LOOK or cell.kind.may_be_read:
        return
    listed = {"security_hub.findings_not_listed"} & {line["message"] for line in ended.lines}
    if cell.row.operation == "GetFindings" and listed:
        return
    if not any(cell.row.operation in line.get("seen", "") for line in ended.lines):
        yield "the log does not say what could not be looked at"


def _as_far_as_places_are_known(cell: Cell, said: Verdicts, right: Verdicts) -> Verdicts:
    """Return verdicts without those that only miss an account's place in a tree that was answered wrongly.

    A unit that the tree does not show is an unknown place, and a rule with a list for each unit then says so.
    """
    if not cell.kind.may_be_read or cell.row.operation not in PLACING:
        return said
    unknown = {key for key, verdict in said.items() if key[1] == "Regions.1" and verdict[0] == UNKNOWN}
    return {key: right.get(key, verdict) if key in unknown else verdict for key, verdict in said.items()}


def _victims(cell: Cell) -> tuple[str, ...]:
    """Return the accounts that may end as a finding of Coverage.1."""
    if cell.row.blast is Blast.ACCOUNT:
        return (VICTIM,)
    return ACCOUNTS if (cell.row.operation, cell.kind.family) == ("ListAccounts", "member") else ()


def _of_a_victim(cell: Cell, victim: str, said: Verdicts, right: Verdicts) -> Iterator[str]:
    mine = {rule: verdict for (account, rule), verdict in said.items() if account == victim}
    as_ever = {rule: verdict for (account, rule), verdict in right.items() if account == victim}
    if mine == as_ever:
        if not cell.kind.may_be_read:
            yield f"{victim} was judged as if the answer were right"
        return
    if COVERAGE not in mine or mine[COVERAGE][0] != Compliance.NON_COMPLIANT.value:
        yield f"{victim} was misjudged: {mine}"
    for rule in mine.keys() - {COVERAGE}:
        if as_ever and mine[rule] != as_ever.get(rule) and mine[rule][0] != UNKNOWN:
            yield f"{rule} of {victim} was misjudged: {mine[rule]}"


def _of_the_receipts(slot: Slot, cell: Cell, outcome: Outcome, expected: FaultFree) -> Iterator[str]:
    hit = DESTINATIONS.get(cell.row.operation)
    for receipt in outcome.receipts:
        if receipt.destination is not hit:
            if receipt.undelivered:
                yield f"{receipt.destination} was not told {len(receipt.undelivered)} items"
        elif not slot.world.taken and not slot.world.messages and receipt.arrived:
            yield f"{len(receipt.arrived)} items count as delivered, and none was"
        elif not receipt.arrived | {item.item for item in receipt.undelivered} >= expected.arrived[hit]:
            yield "the receipt leaves items out"
        elif receipt.arrived and not cell.kind.may_be_read:
            yield f"{len(receipt.arrived)} items count as delivered, and nobody knows"


def _of_the_next_run(slot: Slot, setting: Setting, expected: FaultFree) -> Iterator[str]:
    following = slot.run_undisturbed(setting)
    if following.outcome is None:
        yield f"the next run failed: {following.failure or following.escaped!r}"
        return
    if verdicts_of(following.outcome) != expected.verdicts:
        yield "the next run says something else than a run without faults"
    if undelivered := [item for receipt in following.outcome.receipts for item in receipt.undelivered]:
        yield f"the next run did not deliver {len(undelivered)} items"
    if missing := expected.told - slot.world.told():
        yield f"nobody was ever told of {sorted(missing)}"
