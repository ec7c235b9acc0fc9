"""In which Regions the organization disables Security Hub CSPM in the caller's account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from regionproof.aws.effective_policy import hub_disabled_in
from regionproof.domain.facts import ReadFailure
from tests.support.stubs import stubbed


def read(answer: Any) -> object:
    """Return what is read from one answer: the content of a policy, or an error's code."""
    asked = {"PolicyType": "SECURITYHUB_CSPM_POLICY"}
    with stubbed("organizations") as (organizations, stub):
        if isinstance(answer, str):
            stub.add_client_error("describe_effective_policy", answer, "x is not authorized to perform: y")
        else:
            content = answer[0] if isinstance(answer, tuple) else json.dumps(answer)
            stub.add_response("describe_effective_policy", {"EffectivePolicy": {"PolicyContent": content}}, asked)
        return hub_disabled_in(organizations)


def enablement(*disabled: str) -> dict[str, Any]:
    """Return the part of a policy on enabling."""
    return {"cspm_enablement": {"enable_in_regions": ["ALL_SUPPORTED"], "disable_in_regions": [*disabled]}}


@pytest.mark.parametrize(
    ("policy", "regions"),
    [
        ({"securityhub_cspm": enablement("us-east-1", "eu-west-1")}, {"us-east-1", "eu-west-1"}),
        ({"securityhub_cspm": enablement()}, set()),
        (enablement("ALL_SUPPORTED"), {"ALL_SUPPORTED"}),
        ({"securityhub_cspm": {"other": {}}}, set()),
        ("EffectivePolicyNotFoundException", set()),
    ],
)
def test_the_regions_of_the_policy_are_returned_and_none_without_a_policy(policy: Any, regions: set[str]) -> None:
    """AWS says by its own error that no policy applies."""
    assert read(policy) == frozenset(regions)


@pytest.mark.parametrize(
    "answer",
    [
        "AccessDeniedException",
        "UnsupportedAPIEndpointException",
        ("{",),
        ("[" * 100_000,),
        {"cspm_enablement": []},
        {"cspm_enablement": {"disable_in_regions": "us-east-1"}},
        {"cspm_enablement": {"disable_in_regions": [1]}},
    ],
)
def test_what_is_refused_or_not_understood_is_unread(answer: Any) -> None:
    """Never taken for no policy."""
    found = read(answer)
    assert isinstance(found, ReadFailure)
    assert found.call == "organizations:DescribeEffectivePolicy"
