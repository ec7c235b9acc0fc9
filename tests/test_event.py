"""The event of an invocation: what it may ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.audit import RunRequest
from regionproof.errors import RegionProofError
from regionproof.event import RefusedEvent, read_event

A, B = "111122223333", "444455556666"
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=13),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["accounts", "dry_run", "x"]), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("event", "request_"),
    [
        ({}, RunRequest()),
        ({"accounts": [A, B, A]}, RunRequest(accounts=frozenset({A, B}))),
        ({"dry_run": True}, RunRequest(dry_run=True)),
        ({"dry_run": False, "accounts": ["000011112222"]}, RunRequest(accounts=frozenset({"000011112222"}))),
    ],
)
def test_an_event_asks_for_all_or_for_a_part_with_or_without_effect(
    event: dict[str, Any], request_: RunRequest
) -> None:
    """Nothing said means everything, published."""
    assert read_event(event) == request_


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (None, "the event must be a JSON object, not NoneType"),
        ([], "the event must be a JSON object, not list"),
        ("{}", "the event must be a JSON object, not str"),
        ({"account": A}, "unknown key 'account'"),
        ({1: A}, "unknown key '1'"),
        ({"accounts": A}, f"accounts must be a list of account ids, not '{A}'"),
        ({"accounts": None}, "accounts must be a list of account ids, not None"),
        ({"accounts": [111122223333]}, "111122223333 is no account id"),
        ({"accounts": ["1111"]}, "'1111' is no account id"),
        ({"accounts": [f"{A}\n"]}, "is no account id"),
        ({"accounts": ["١٢٣٤٥٦٧٨٩٠١٢"]}, "is no account id"),
        ({"accounts": [[A]]}, "is no account id"),
        ({"dry_run": "yes"}, "dry_run must be true or false, not 'yes'"),
        ({"dry_run": 1}, "dry_run must be true or false, not 1"),
        ({"dry_run": None}, "dry_run must be true or false, not None"),
    ],
)
def test_an_event_that_is_not_understood_is_refused(event: Any, said: str) -> None:
    """A misspelt key never becomes a run of everything."""
    with pytest.raises(RefusedEvent) as caught:
        read_event(event)
    assert said in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """In one sentence."""
    with pytest.raises(RefusedEvent) as caught:
        read_event({"b": 1, "a": 2, "accounts": ["x", A], "dry_run": "no"})
    assert str(caught.value) == (
        "the event was refused: unknown key 'a'; unknown key 'b'; 'x' is no account id; "
        "dry_run must be true or false, not 'no'"
    )
    assert isinstance(caught.value, RegionProofError)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(anything)
def test_every_event_is_understood_or_refused(event: Any) -> None:
    """No event crashes the function in another way, and none asks for an account that it does not name."""
    try:
        asked = read_event(event).accounts
    except RefusedEvent:
        asked = frozenset()
    assert asked <= set(event.get("accounts", []) if isinstance(event, dict) and asked else [])
