"""Faults as JSON: their format, and the sentence about an invalid one."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from emulator.faults.catalog import effects_on
from emulator.faults.fault import ChangedAnswer, Delay, ErrorAnswer, Fault, Hang, InvalidFault, RawAnswer
from emulator.faults.json_format import KINDS, kind_of, read_faults, to_json

if TYPE_CHECKING:
    from emulator.faults.fault import Effect
    from emulator.process import LocalAws

EFFECTS: dict[str, Effect] = {**effects_on("iam:GetAccountSummary"), "delay": Delay(0.5)}


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
def test_a_fault_survives_json(effect: Effect) -> None:
    """Every effect does."""
    fault = Fault("iam:GetAccountSummary", effect, account="400000000001", skip=2, times=1, after_effect=True)

    assert read_faults(json.loads(json.dumps([to_json(fault)]))) == [fault]


def test_every_kind_of_effect_is_tested_above() -> None:
    """A new kind must join these tests."""
    assert {kind_of(effect) for effect in EFFECTS.values()} == set(KINDS)


def test_missing_fields_have_defaults() -> None:
    """Action and effect are enough."""
    assert read_faults([{"action": "sts:*", "effect": {"kind": "hang"}}]) == [Fault("sts:*", Hang())]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "Expected faults as a JSON list of objects."),
        (["hang"], "fault 1 is not a JSON object."),
        ([{"effect": {"kind": "hang"}}], "fault 1 lacks action."),
        ([{"action": "sts:*"}], "fault 1 lacks effect."),
        ([{"action": "sts:*", "effect": "hang"}], "fault 1: effect must be of type Effect, not 'hang'."),
        ([{"action": "sts:*", "effect": {}}], "fault 1: the kind of effect must be one of error, delay,"),
        (
            [{"action": "sts:*", "effect": {"kind": "explode"}}],
            "fault 1: the kind of effect must be one of error, delay,",
        ),
        (
            [{"action": "sts:*", "effect": {"kind": "hang"}, "often": 1}],
            "fault 1 has unknown fields: often. Known: action, effect,",
        ),
        (
            [{"action": "sts:*", "effect": {"kind": "hang", "seconds": 1}}],
            "fault 1: effect has unknown fields: seconds. Known: kind.",
        ),
        ([{"action": "sts:*", "effect": {"kind": "delay"}}], "fault 1: effect lacks seconds."),
        (
            [{"action": "sts:*", "effect": {"kind": "hang"}, "times": "1"}],
            "fault 1: times must be of type int | None, not",
        ),
        (
            [{"action": "sts:*", "effect": {"kind": "hang"}, "skip": True}],
            "fault 1: skip must be of type int, not True.",
        ),
        ([{"action": "sts:*", "effect": {"kind": "hang"}, "times": 0}], "fault 1: times must be at least 1, not 0."),
    ],
)
def test_an_invalid_fault_is_refused(content: Any, sentence: str) -> None:
    """The sentence names the fault, the field and the problem."""
    with pytest.raises(InvalidFault) as refused:
        read_faults(content)

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Fault("GetAccountSummary", Hang()), "expected an action such as iam:GetAccountSummary"),
        (lambda: Fault("sts:*", Hang(), account="1"), "account must be an account id of 12 digits, not '1'"),
        (lambda: Fault("sts:*", Hang(), skip=-1), "skip must not be negative"),
        (lambda: ErrorAnswer("Throttling", "Rate exceeded", 200), "the status of an error must be 400 to 599, not 200"),
        (lambda: RawAnswer(100), "status must be 200 to 599, not 100"),
        (lambda: Delay(0), "seconds must be above 0"),
        (lambda: ChangedAnswer("(", ""), "pattern is not a regular expression"),
    ],
)
def test_an_impossible_fault_cannot_be_created(make: Any, sentence: str) -> None:
    """A test fails at once, not when it injects the fault."""
    with pytest.raises(InvalidFault, match=sentence):
        make()


@pytest.mark.network
@pytest.mark.parametrize("body", ["[{}]", "no JSON"])
def test_the_emulator_refuses_an_invalid_fault(body: str, aws: LocalAws) -> None:
    """The answer has status 400 and a sentence, and the active faults stay."""
    aws.inject(Fault("sts:*", Hang()))
    url = f"{aws.endpoint_url}/_regionproof/faults"
    request = urllib.request.Request(url, data=body.encode(), method="PUT")  # noqa: S310  # it is http://127.0.0.1

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310  # the same

    with refused.value, urllib.request.urlopen(url) as answer:  # noqa: S310  # the same
        assert refused.value.code == 400
        assert json.loads(refused.value.read())["error"]
        assert [fault["action"] for fault in json.loads(answer.read())["faults"]] == ["sts:*"]


@pytest.mark.network
def test_faults_can_be_replaced_listed_and_removed_over_http(aws: LocalAws) -> None:
    """The list has the counts of each fault."""
    aws.inject(Fault("sts:*", Hang()))
    fault = {"action": "sns:Publish", "effect": {"kind": "hang"}}

    put = _ask(aws, "PUT", [fault])
    listed = _ask(aws, "GET")["faults"]
    left = _ask(aws, "DELETE")["faults"]

    assert [(one["number"], one["action"], one["matched"], one["injected"]) for one in listed] == [
        (put["numbers"][0], "sns:Publish", 0, 0)
    ]
    assert left == []


def _ask(aws: LocalAws, method: str, content: object = None) -> dict[str, Any]:
    data = None if content is None else json.dumps(content).encode()
    url = f"{aws.endpoint_url}/_regionproof/faults"
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310  # it is http://127.0.0.1
    with urllib.request.urlopen(request) as answer:  # noqa: S310  # the same
        answered: dict[str, Any] = json.loads(answer.read())
    return answered
