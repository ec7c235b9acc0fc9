"""The event of an invocation: what it may ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.run import RunRequest
from regionproof.errors import RegionProofError
from regionproof.event import InvalidEvent, read_event
from regionproof.steps.requests import CollectStep, ConcludeStep, PlanStep, Step

A, B = "111122223333", "444455556666"
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=13),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["accounts", "dry_run", "step", "x"]), inner)
    ),
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
        ({"accounts": [111122223333]}, "111122223333 is not an account id"),
        ({"accounts": ["1111"]}, "'1111' is not an account id"),
        ({"accounts": [f"{A}\n"]}, "is not an account id"),
        ({"accounts": ["١٢٣٤٥٦٧٨٩٠١٢"]}, "is not an account id"),
        ({"accounts": [[A]]}, "is not an account id"),
        ({"dry_run": "yes"}, "dry_run must be true or false, not 'yes'"),
        ({"dry_run": 1}, "dry_run must be true or false, not 1"),
        ({"dry_run": None}, "dry_run must be true or false, not None"),
    ],
)
def test_an_event_that_is_not_understood_is_refused(event: Any, said: str) -> None:
    """A misspelt key never becomes a run of everything."""
    with pytest.raises(InvalidEvent) as caught:
        read_event(event)
    assert said in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """In one sentence."""
    with pytest.raises(InvalidEvent) as caught:
        read_event({"b": 1, "a": 2, "accounts": ["x", A], "dry_run": "no"})
    assert str(caught.value) == (
        "the event was refused: unknown key 'a'; unknown key 'b'; 'x' is not an account id; "
        "dry_run must be true or false, not 'no'"
    )
    assert isinstance(caught.value, RegionProofError)


@pytest.mark.parametrize(
    ("event", "step"),
    [
        ({"step": "plan", "run": "a-1", "request": {}}, PlanStep("a-1", RunRequest())),
        (
            {"step": "plan", "run": "a-1", "request": {"accounts": [A], "dry_run": True}},
            PlanStep("a-1", RunRequest(frozenset({A}), dry_run=True)),
        ),
        ({"step": "collect", "run": "by_hand(2)!", "batch": 0}, CollectStep("by_hand(2)!", 0)),
        ({"step": "collect", "run": "x" * 80, "batch": 199}, CollectStep("x" * 80, 199)),
        ({"step": "conclude", "run": "e2b0c1de-6d4e-4f0a"}, ConcludeStep("e2b0c1de-6d4e-4f0a")),
    ],
)
def test_the_state_machine_asks_for_steps(event: dict[str, Any], step: Step) -> None:
    """A plan is asked for what its execution was asked for."""
    assert read_event(event) == step


@pytest.mark.parametrize(
    "event",
    [
        {"step": "judge", "run": "a"},
        {"step": None, "run": "a"},
        {"step": "conclude"},
        {"step": "conclude", "run": 1},
        {"step": "conclude", "run": ""},
        {"step": "conclude", "run": "x" * 81},
        {"step": "conclude", "run": ".."},
        {"step": "conclude", "run": "a/b"},
        {"step": "conclude", "run": "a\n"},
        {"step": "conclude", "run": "a", "dry_run": True},
        {"step": "collect", "run": "a"},
        {"step": "collect", "run": "a", "batch": -1},
        {"step": "collect", "run": "a", "batch": "1"},
        {"step": "collect", "run": "a", "batch": 1, "accounts": [A]},
        {"step": "plan", "run": "a"},
        {"step": "plan", "run": "a", "request": []},
    ],
)
def test_a_step_that_is_not_understood_is_refused(event: dict[str, Any]) -> None:
    """The name of a run becomes a part of keys in S3: it cannot lead out of the run's own folder."""
    with pytest.raises(InvalidEvent, match="is not a valid step"):
        read_event(event)


def test_a_plan_is_refused_for_what_its_execution_was_asked_for() -> None:
    """With everything that is wrong with the input of the execution."""
    with pytest.raises(InvalidEvent, match=r"unknown key 'acounts'; dry_run must be true or false, not 'yes'"):
        read_event({"step": "plan", "run": "a", "request": {"acounts": [], "dry_run": "yes"}})


@settings(max_examples=150, deadline=None, derandomize=True)
@given(anything)
def test_every_event_is_understood_or_refused(event: Any) -> None:
    """No event crashes the function in another way, and none asks for an account that it does not name."""
    try:
        found = read_event(event)
    except InvalidEvent:
        found = RunRequest()
    asked = found.accounts if isinstance(found, RunRequest) else frozenset()
    assert asked <= set(event.get("accounts", []) if isinstance(event, dict) and asked else [])
