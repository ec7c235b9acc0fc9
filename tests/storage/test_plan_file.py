"""The plan and the batches, as files."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.accounts import Account, Organization, OrganizationalUnit
from regionproof.domain.run import Plan, RunRequest
from regionproof.storage.packed_json import InvalidRunFile
from regionproof.storage.plan_file import Batch, PlannedRun, pack_batch, pack_plan, unpack_batch, unpack_plan
from tests.support.builders import NOW, ORGANIZATION_ID, an_account, an_organization

text = st.text(max_size=8)
paths = st.lists(st.builds(OrganizationalUnit, text, text), max_size=3).map(tuple)
accounts = st.lists(
    st.builds(Account, text, text, text, paths, st.booleans()), max_size=6, unique_by=lambda account: account.id
).map(tuple)


@st.composite
def planned_runs(draw: st.DrawFn) -> PlannedRun:
    """Draw a plan whose batches have some accounts of the organization."""
    listed = draw(accounts)
    planned = tuple(account for account in listed if draw(st.booleans()))
    size = draw(st.integers(1, 3))
    request = RunRequest(draw(st.frozensets(text, max_size=3)), draw(st.booleans()))
    started = draw(st.datetimes(timezones=st.just(UTC)))
    units = draw(st.none() | st.frozensets(text, max_size=3))
    organization = Organization(draw(text), draw(text), listed, units)
    plan = Plan(draw(text), request, started, organization, planned)
    batches = tuple(planned[start : start + size] for start in range(0, len(planned), size))
    return PlannedRun(plan, batches, draw(st.none() | text), draw(text), draw(st.integers(0, 99)))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(planned_runs())
def test_a_plan_survives_the_round_trip(planned: PlannedRun) -> None:
    """Names of accounts and units are untrusted text."""
    assert unpack_plan(pack_plan(planned)) == planned


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.builds(Batch, st.datetimes(timezones=st.just(UTC)), accounts))
def test_a_batch_survives_the_round_trip(batch: Batch) -> None:
    """With everything that is needed to read its accounts."""
    assert unpack_batch(pack_batch(batch)) == batch


A_RUN = PlannedRun(
    Plan("run-1", RunRequest(), NOW, an_organization(an_account()), (an_account(),)), ((an_account(),),), '"etag"'
)
PLAIN: dict[str, Any] = json.loads(gzip.decompress(pack_plan(A_RUN)))


def test_the_path_of_a_unit_is_in_the_file_once() -> None:
    """50,000 accounts may share a few dozen units."""
    many = tuple(an_account(f"{number:012}") for number in range(50))
    plain = json.loads(gzip.decompress(pack_batch(Batch(NOW, many))))
    assert len(plain["listed"]["ways"]) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 0}, "its format is 0"),
        ({"started_at": "2026-11-21T06:00:00"}, "not a time in UTC"),
        ({"started_at": "yesterday"}, "yesterday"),
        ({"dry_run": "no"}, "dry_run"),
        ({"batches": [["999999999999"]]}, "999999999999"),
        ({"listed": {"ways": [], "accounts": [["1", "a", "ACTIVE", 0, False]]}}, "IndexError"),
        ({"listed": {"ways": [[]], "accounts": [["1", "a", "ACTIVE", -1, False]]}}, "is not an account"),
        ({"listed": {"ways": [[]], "accounts": [["1", "a", "ACTIVE", 0]]}}, "is not an account"),
        ({"listed": {"ways": [[["r-1"]]], "accounts": []}}, "TypeError"),
        ({"listed": {"accounts": []}}, "ways"),
        ({"more": 1}, "more"),
    ],
)
def test_an_invalid_plan_is_refused_with_the_reason(change: dict[str, Any], reason: str) -> None:
    """A run must not be concluded with guessed data."""
    with pytest.raises(InvalidRunFile, match=reason):
        unpack_plan(gzip.compress(json.dumps({**PLAIN, **change}).encode()))


def test_an_invalid_batch_is_refused() -> None:
    """It must not count as a batch without accounts."""
    for damage in (b"", b"{}", pack_plan(A_RUN), gzip.compress(b'{"format": 3}')):
        with pytest.raises(InvalidRunFile):
            unpack_batch(damage)


def test_the_example_is_valid() -> None:
    """Otherwise the files above could be refused for another reason."""
    assert unpack_plan(pack_plan(A_RUN)).plan.started_at == datetime(2026, 11, 21, 6, tzinfo=UTC)
    assert unpack_plan(pack_plan(A_RUN)).plan.organization.id == ORGANIZATION_ID
