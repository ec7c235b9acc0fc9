"""The local AWS answers as AWS did: the same code, status, message and shape as in the recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from demo.emulator import regions
from demo.emulator.process import LocalAws
from tests.emulator.recorded_world import NOT_COVERED, OPT_IN, RecordedWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDING: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "recordings" / "aws-2026-09.json").read_text(encoding="utf-8")
)
OBSERVATIONS: dict[str, dict[str, Any]] = {entry["case"]: entry for entry in RECORDING["observations"]}
COVERED = tuple(case for case in OBSERVATIONS if case not in NOT_COVERED)
REGIONS_OF_CALLS = {
    "identity_in_a_region_being_disabled": OPT_IN,
    "identity_in_a_disabled_or_enabling_region": OPT_IN,
    "assume_role_at_an_opt_in_endpoint_the_member_lacks": "ap-east-1",
    "regional_token_sts_in_ap_east_1": "ap-east-1",
}
"""Where the call was made, of cases whose name tells it."""

COUNTS = {"Policies", "PolicyVersionsInUse", "Providers", "Roles"}
"""What GetAccountSummary counts, and in which the recorded account differs from a new one."""


@pytest.fixture(scope="module")
def recorded_aws() -> Iterator[LocalAws]:
    """Start a local AWS with the organization of the recording."""
    with LocalAws(Path(__file__).with_name("recorded_organization.yaml")) as aws:
        yield aws


def answer_of(client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a call and return its answer, or its error, in the form of the recording."""
    try:
        output = getattr(client, xform_name(operation))(**parameters)
    except ClientError as error:
        answer: Any = error.response
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        return {
            "http_status": status,
            "code": answer["Error"]["Code"],
            "message": answer["Error"]["Message"],
            "reason": answer.get("reason"),
        }
    return {"http_status": output.pop("ResponseMetadata")["HTTPStatusCode"], "code": "Success", "output": output}


def with_opaque_token(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output with its NextToken as the recording writes it."""
    return {**output, "NextToken": "<opaque>"} if "NextToken" in output else output


@pytest.mark.network
@pytest.mark.parametrize("case", COVERED)
def test_a_recorded_call_gets_the_recorded_answer(case: str, recorded_aws: LocalAws) -> None:
    """Code, status where it was recorded, message and output are those of AWS."""
    recorded_aws.reset()
    recorded = OBSERVATIONS[case]
    caller = RecordedWorld(recorded_aws).caller(case)
    client = caller.client(recorded["service"], REGIONS_OF_CALLS.get(case, "us-east-1"))

    answer = answer_of(client, recorded["operation"], recorded["input"])

    for part in ("http_status", "code", "message", "reason"):
        if part in recorded:
            assert answer.get(part) == recorded[part], part
    if recorded["operation"] == "GetAccountSummary":
        assert_same_summary(answer["output"]["SummaryMap"], recorded["output"])
    elif recorded["code"] == "Success":
        output = with_opaque_token(answer["output"])
        assert {name: output[name] for name in recorded["output"]} == recorded["output"]


def assert_same_summary(summary: dict[str, int], recorded: dict[str, Any]) -> None:
    """Compare a summary with a whole one, or with the one key that was recorded of it."""
    whole = recorded.get("SummaryMap")
    if whole is None:
        assert summary["GlobalEndpointTokenVersion"] == recorded["GlobalEndpointTokenVersion"]
        return
    assert set(summary) == set(whole)
    unlike = {name for name, value in whole.items() if summary[name] != value}
    assert unlike <= COUNTS


def test_every_recorded_call_is_replayed_or_named_with_a_reason() -> None:
    """The replayed cases and the named ones are the whole recording, and no reason is empty."""
    assert set(COVERED) | set(NOT_COVERED) == set(OBSERVATIONS)
    assert set(COVERED).isdisjoint(NOT_COVERED)
    assert all(NOT_COVERED.values())


def test_the_emulated_regions_are_those_that_were_live() -> None:
    """The 34 Regions of the recording, and which of them are opt-in."""
    live = RECORDING["regions_live_2026_09_11"]
    assert set(live["default"]) == regions.ENABLED_BY_DEFAULT
    assert set(live["opt_in"]) == regions.OPT_IN
