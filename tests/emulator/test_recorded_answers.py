"""The local AWS answers like AWS, with the same code, status, message and shape as in the recording."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from emulator import regions
from emulator.process import LocalAws
from tests.emulator.recorded_callers import OPT_IN, ROLE, RecordedCallers

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDING: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "recordings" / "aws-2026-09.json").read_text(encoding="utf-8")
)
OBSERVATIONS: dict[str, dict[str, Any]] = {entry["case"]: entry for entry in RECORDING["observations"]}
REGIONS_OF_CALLS = {
    "identity_in_a_region_being_disabled": OPT_IN,
    "identity_in_a_disabled_or_enabling_region": OPT_IN,
    "assume_role_at_an_opt_in_endpoint_the_member_lacks": "ap-east-1",
    "regional_token_sts_in_ap_east_1": "ap-east-1",
}
"""The Region of calls that only the name of the case reveals."""

COUNTS = {"Policies", "PolicyVersionsInUse", "Providers", "Roles"}
"""Counts of GetAccountSummary in which the recorded account differs from a new one."""


@pytest.fixture(scope="module")
def recorded_aws() -> Iterator[LocalAws]:
    """Start a local AWS with the organization of the recording."""
    with LocalAws(Path(__file__).with_name("recorded_organization.yaml")) as aws:
        yield aws


def answer_of(client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a call and return its answer or error in the format of the recording."""
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
    """Return an output with its NextToken masked as in the recording."""
    return {**output, "NextToken": "<opaque>"} if "NextToken" in output else output


def with_ids_of_the_recording(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output with the organization id from IAM's part of the recording, which differs from other parts."""
    return {**output, "OrganizationId": "o-aaaaaaaaaa"} if "OrganizationId" in output else output


@pytest.mark.network
@pytest.mark.parametrize("case", OBSERVATIONS)
def test_a_recorded_call_gets_the_recorded_answer(case: str, recorded_aws: LocalAws) -> None:
    """Code, message, output and (if recorded) status are those of AWS."""
    recorded_aws.reset()
    recorded = OBSERVATIONS[case]
    caller = RecordedCallers(recorded_aws).caller(case)
    region = recorded.get("region", REGIONS_OF_CALLS.get(case, "us-east-1"))
    client = caller.client(recorded["service"], region)

    answer = answer_of(client, recorded["operation"], recorded["input"])

    for part in ("http_status", "code", "message", "reason"):
        if part in recorded:
            assert answer.get(part) == recorded[part], part
    if recorded["operation"] == "GetAccountSummary":
        assert_same_summary(answer["output"]["SummaryMap"], recorded["output"])
    elif case == "assume_root_audit":
        assert_a_session_of(recorded["input"]["DurationSeconds"], answer["output"]["Credentials"])
    elif recorded["code"] == "Success":
        output = with_ids_of_the_recording(with_opaque_token(answer["output"]))
        assert {name: output[name] for name in recorded["output"]} == recorded["output"]


def assert_same_summary(summary: dict[str, int], recorded: dict[str, Any]) -> None:
    """Compare a summary with the recorded one, or with its one recorded key."""
    whole = recorded.get("SummaryMap")
    if whole is None:
        assert summary["GlobalEndpointTokenVersion"] == recorded["GlobalEndpointTokenVersion"]
        return
    assert set(summary) == set(whole)
    different = {name for name, value in whole.items() if summary[name] != value}
    assert different <= COUNTS


def assert_a_session_of(seconds: int, credentials: dict[str, Any]) -> None:
    """Check the duration of a session that has just begun, and that it has secrets."""
    remaining = (credentials["Expiration"] - datetime.now(tz=UTC)).total_seconds()
    assert seconds - 5 < remaining <= seconds
    assert all(credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))


@pytest.mark.network
@pytest.mark.parametrize("operation", RECORDING["token_bytes"])
def test_a_token_is_as_long_as_the_recorded_one(operation: str, recorded_aws: LocalAws) -> None:
    """The global endpoint's token is short while the account has version 1. A Regional token is always long."""
    recorded_aws.reset()
    callers = RecordedCallers(recorded_aws)
    parameters: dict[str, dict[str, str]] = {
        "AssumeRole": {"RoleArn": ROLE, "RoleSessionName": "session"},
        "GetFederationToken": {"Name": "federated"},
    }
    lengths = []
    for sts in (callers.delegated.global_sts(), callers.delegated.client("sts")):
        answer = getattr(sts, xform_name(operation))(**parameters.get(operation, {}))
        lengths.append(len(answer["Credentials"]["SessionToken"]))

    recorded = RECORDING["token_bytes"][operation]
    assert lengths == [recorded["global_v1"], recorded["regional_or_v2"]]


@pytest.mark.network
def test_sts_follows_a_new_preference_after_the_recorded_delay(recorded_aws: LocalAws) -> None:
    """IAM reports version 2 at once. The global endpoint issues version 1 tokens until the delay has passed."""
    recorded_aws.reset()
    user = RecordedCallers(recorded_aws).delegated
    user.client("iam").set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    delay = RECORDING["seconds_until_a_new_preference_reaches_sts"]
    lengths = []
    for seconds in (delay - 5, 5):
        recorded_aws.advance_clock(seconds)
        lengths.append(len(user.global_sts().get_session_token()["Credentials"]["SessionToken"]))

    recorded = RECORDING["token_bytes"]["GetSessionToken"]
    assert user.client("iam").get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 2
    assert lengths == [recorded["global_v1"], recorded["regional_or_v2"]]


def test_the_emulated_regions_match_the_recording() -> None:
    """There are 34 Regions, and the same ones are opt-in."""
    live = RECORDING["regions_live_2026_09_11"]
    assert set(live["default"]) == regions.ENABLED_BY_DEFAULT
    assert set(live["opt_in"]) == regions.OPT_IN
