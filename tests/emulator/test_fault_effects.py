"""The effect of each kind of fault on a botocore client."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

from emulator.faults import absurd_answers
from emulator.faults.catalog import NETWORK_EFFECTS
from emulator.faults.fault import ChangedAnswer, ConnectionCut, ConnectionReset, Delay, Fault, Hang, TruncatedBody
from tests.emulator.calls import CALLS
from tests.emulator.identities import MANAGEMENT, MEMBER, Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.process import LocalAws

pytestmark = pytest.mark.network

ABSURD = absurd_answers.BY_ACTION
XML = ("iam:GetAccountSummary", "sts:AssumeRole", "sts:AssumeRoot", "sns:Publish")
JSON = ("organizations:ListAccounts", "account:ListRegions")


@pytest.mark.parametrize("action", CALLS)
def test_a_reset_closes_the_connection(action: str, aws: LocalAws, management: Identity) -> None:
    """The next call gets a new connection."""
    with aws.inject(Fault(action, ConnectionReset(), times=1)) as injection:
        with pytest.raises(ConnectionClosedError) as failed:
            CALLS[action](management)
        assert injection.injected() == 1

    assert "Connection reset by peer" in str(failed.value.kwargs["error"])
    assert management.client("sts").get_caller_identity()["Account"] == MANAGEMENT


def test_a_hang_lasts_until_the_client_gives_up(aws: LocalAws) -> None:
    """The client gives up after its read time-out."""
    impatient = boto3.Session().client(
        "iam",
        region_name="us-east-1",
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=MEMBER,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=0.2),
    )
    aws.inject(Fault("iam:GetAccountSummary", Hang()))

    with pytest.raises(ReadTimeoutError):
        impatient.get_account_summary()

    deadline = time.monotonic() + 2
    while not aws.calls() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [(call["injected"], call["status"]) for call in aws.calls()] == [("hang", None)]


def test_a_delayed_answer_is_complete(aws: LocalAws, member: Identity) -> None:
    """It does not arrive early."""
    aws.inject(Fault("iam:GetAccountSummary", Delay(0.2)))
    started = time.monotonic()

    summary = member.client("iam").get_account_summary()["SummaryMap"]

    assert time.monotonic() - started >= 0.2
    assert summary["GlobalEndpointTokenVersion"] == 1


@pytest.mark.parametrize("action", XML[:2])
@pytest.mark.parametrize("name", ["connection_cut", "truncated_body", "empty_body", "page_of_a_proxy"])
def test_a_broken_answer_of_an_xml_service_cannot_be_parsed(
    name: str, action: str, aws: LocalAws, management: Identity
) -> None:
    """The client raises ResponseParserError."""
    with aws.inject(Fault(action, NETWORK_EFFECTS[name])), pytest.raises(ResponseParserError, match="Unable to parse"):
        CALLS[action](management)


@pytest.mark.parametrize("action", JSON)
@pytest.mark.parametrize("name", ["connection_cut", "truncated_body", "empty_body", "page_of_a_proxy"])
def test_a_broken_answer_of_a_json_service_looks_empty(
    name: str, action: str, aws: LocalAws, management: Identity
) -> None:
    """The client returns successfully, without any member of the answer."""
    with aws.inject(Fault(action, NETWORK_EFFECTS[name])) as injection:
        answer = CALLS[action](management)
        assert injection.injected() == 1

    assert set(answer) == {"ResponseMetadata"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("action", XML)
def test_a_500_of_a_proxy_cannot_be_parsed_as_xml(action: str, aws: LocalAws, management: Identity) -> None:
    """It looks like a truncated answer."""
    with (
        aws.inject(Fault(action, NETWORK_EFFECTS["error_500_of_a_proxy"])),
        pytest.raises(ResponseParserError, match="Unable to parse"),
    ):
        CALLS[action](management)


@pytest.mark.parametrize("action", [action for action in CALLS if action not in XML])
def test_a_500_of_a_proxy_has_its_status_as_error_code(action: str, aws: LocalAws, management: Identity) -> None:
    """This holds for JSON services and S3."""
    with aws.inject(Fault(action, NETWORK_EFFECTS["error_500_of_a_proxy"])), pytest.raises(ClientError) as failed:
        CALLS[action](management)

    assert failed.value.response["Error"]["Code"] == "500"


@pytest.fixture
def ledger(member: Identity) -> Callable[[], bytes]:
    """Put an object, and return a function that gets it."""
    s3 = member.client("s3")
    s3.create_bucket(Bucket="regionproof-ledger")
    s3.put_object(Bucket="regionproof-ledger", Key="ledger.json", Body=b'{"format": 1, "accounts": {}}')

    def get() -> bytes:
        content: bytes = s3.get_object(Bucket="regionproof-ledger", Key="ledger.json")["Body"].read()
        return content

    return get


def test_an_object_can_be_cut_short(aws: LocalAws, ledger: Callable[[], bytes]) -> None:
    """The client notices a cut connection, but not a shortened answer."""
    with aws.inject(Fault("s3:GetObject", ConnectionCut())), pytest.raises(ResponseStreamingError, match="Incomplete"):
        ledger()
    with aws.inject(Fault("s3:GetObject", TruncatedBody())):
        assert ledger() == b'{"format": 1, '


def test_an_object_can_be_changed_unnoticed(aws: LocalAws, ledger: Callable[[], bytes]) -> None:
    """The checksum is removed with it."""
    with aws.inject(Fault("s3:GetObject", ChangedAnswer('"format": 1', '"format": 99'))):
        assert ledger() == b'{"format": 99, "accounts": {}}'


def summary_of(caller: Identity) -> dict[str, Any]:
    """Return whether GetAccountSummary has a summary, and the token version in it."""
    answer = caller.client("iam").get_account_summary()
    version = {"GlobalEndpointTokenVersion"} & answer.get("SummaryMap", {}).keys()
    return {"keys": bool(answer.get("SummaryMap")), **{key: answer["SummaryMap"][key] for key in version}}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("token_version_7", {"keys": True, "GlobalEndpointTokenVersion": 7}),
        ("no_token_version", {"keys": True}),
        ("no_summary_map", {"keys": False}),
    ],
)
def test_a_summary_can_be_absurd(name: str, expected: dict[str, Any], aws: LocalAws, member: Identity) -> None:
    """The version is unknown or missing, or the whole summary is missing."""
    aws.inject(Fault("iam:GetAccountSummary", ABSURD["iam:GetAccountSummary"][name]))

    assert summary_of(member) == expected


def test_a_version_in_words_cannot_be_parsed(aws: LocalAws, member: Identity) -> None:
    """The client raises a plain ValueError."""
    aws.inject(Fault("iam:GetAccountSummary", absurd_answers.TOKEN_VERSION_IN_WORDS))

    with pytest.raises(ValueError, match="invalid literal"):
        summary_of(member)


def test_other_answers_can_be_absurd(aws: LocalAws, management: Identity) -> None:
    """Region statuses and account states can be unknown."""
    with aws.inject(Fault("account:ListRegions", absurd_answers.REGION_STATUS_SLEEPING)):
        regions = management.client("account").list_regions()["Regions"]
    with aws.inject(Fault("organizations:ListAccounts", absurd_answers.ACCOUNT_STATE_HIBERNATED)):
        accounts = management.client("organizations").list_accounts()["Accounts"]

    assert {region["RegionOptStatus"] for region in regions} == {"SLEEPING"}
    assert {account["State"] for account in accounts} == {"HIBERNATED"}


@pytest.mark.parametrize(("action", "name"), [(action, name) for action, all_of in ABSURD.items() for name in all_of])
def test_every_absurd_answer_differs_from_the_real_one(
    action: str, name: str, aws: LocalAws, management: Identity
) -> None:
    """Its pattern matches the service's own answer."""
    with aws.inject(Fault(action, ABSURD[action][name])) as injection:
        with suppress(ValueError):
            CALLS[action](management)
        assert injection.injected() == 1


def test_an_answer_without_a_match_is_not_hit(aws: LocalAws, member: Identity) -> None:
    """Neither the count nor the log has it as hit."""
    with aws.inject(Fault("iam:GetAccountSummary", ChangedAnswer("no such text", ""), times=1)) as injection:
        member.client("iam").get_account_summary()
        counts = (injection.matched(), injection.injected())

    assert counts == (1, 0)
    assert [call["injected"] for call in aws.calls()] == [None]
