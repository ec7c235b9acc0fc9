"""The probe of the token version."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from regionproof.domain.facts import TokenVersion
from regionproof.errors import UnexpectedAnswer
from regionproof.probes.account_summary import PROBE, read
from tests.support.stubs import a_client, answer_with, http_answer, recorded, stubbed


@pytest.mark.parametrize(
    ("summary", "version"),
    [
        ({"GlobalEndpointTokenVersion": 1, "Users": 3}, 1),
        ({"GlobalEndpointTokenVersion": 2}, 2),
        ({"Users": 3}, 1),  # AWS's default: a summary without the key
        (recorded("account_summary_as_audit_root")["output"]["SummaryMap"], 1),
        (recorded("token_version_before")["output"], 1),
        (recorded("token_version_after")["output"], 2),
    ],
    ids=["1", "2", "missing key", "recorded root summary", "recorded before", "recorded after"],
)
def test_the_version_is_read_from_the_summary(summary: dict[str, int], version: int) -> None:
    """It is 1 if the summary does not have it."""
    with stubbed("iam") as (iam, stub):
        stub.add_response("get_account_summary", {"SummaryMap": summary}, {})
        assert read(iam) == TokenVersion(version)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"SummaryMap": {}}, "is there a proxy in between"),
        ({}, "is there a proxy in between"),
        ({"SummaryMap": {"GlobalEndpointTokenVersion": 0}}, "GlobalEndpointTokenVersion is 0"),
        ({"SummaryMap": {"GlobalEndpointTokenVersion": 3}}, "GlobalEndpointTokenVersion is 3"),
        ({"SummaryMap": {"GlobalEndpointTokenVersion": 7}}, "GlobalEndpointTokenVersion is 7"),
    ],
)
def test_an_unknown_answer_is_an_error(answer: dict[str, Any], message: str) -> None:
    """Neither an empty summary nor an unknown version means version 1."""
    with stubbed("iam") as (iam, stub):
        stub.add_response("get_account_summary", answer, {})
        with pytest.raises(UnexpectedAnswer, match=message):
            read(iam)


def test_a_denial_is_not_caught() -> None:
    """The account reader handles failed calls."""
    with stubbed("iam") as (iam, stub):
        stub.add_client_error("get_account_summary", "AccessDenied", "not authorized", 403)
        with pytest.raises(ClientError, match="AccessDenied"):
            read(iam)


@pytest.mark.parametrize(
    "body", ["<html><body>Sign in to the network</body></html>", "<html><br></html>", "not XML", ""]
)
def test_an_answer_of_a_proxy_is_an_error(body: str) -> None:
    """No page of a proxy with status 200 means a token version."""
    iam = a_client("iam")
    answer_with(iam, lambda _request: http_answer(200, body))
    # botocore raises a KeyError for well-formed XML that is not an IAM answer.
    with pytest.raises((ResponseParserError, UnexpectedAnswer, KeyError)):
        read(iam)


def test_the_probe_declares_its_call() -> None:
    """Findings name the call like this."""
    assert (PROBE.call, PROBE.service, PROBE.fact) == ("iam:GetAccountSummary", "iam", TokenVersion)
