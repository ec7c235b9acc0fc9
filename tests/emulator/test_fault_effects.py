"""What a client with botocore sees of each kind of fault."""

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
def test_a_reset_is_no_answer(action: str, aws: LocalAws, management: Identity) -> None:
    """The client's connection is closed under it, and the next call has another."""
    with aws.inject(Fault(action, ConnectionReset(), times=1)) as injection:
        with pytest.raises(ConnectionClosedError) as failed:
            CALLS[action](management)
        assert injection.injected() == 1

    assert "Connection reset by peer" in str(failed.value.kwargs["error"])
    assert management.client("sts").get_caller_identity()["Account"] == MANAGEMENT


def test_a_hang_lasts_until_the_client_gives_up(aws: LocalAws) -> None:
    """That is its read time-out."""
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


def test_a_delayed_answer_is_the_whole_answer(aws: LocalAws, member: Identity) -> None:
    """It comes not before its time."""
    aws.inject(Fault("iam:GetAccountSummary", Delay(0.2)))
    started = time.monotonic()

    summary = member.client("iam").get_account_summary()["SummaryMap"]

    assert time.monotonic() - started >= 0.2
    assert summary["GlobalEndpointTokenVersion"] == 1


@pytest.mark.parametrize("action", XML[:2])
@pytest.mark.parametrize("name", ["connection_cut", "truncated_body", "empty_body", "page_of_a_proxy"])
def test_what_is_no_xml_can_not_be_parsed(name: str, action: str, aws: LocalAws, management: Identity) -> None:
    """The services that speak XML: botocore says so."""
    with aws.inject(Fault(action, NETWORK_EFFECTS[name])), pytest.raises(ResponseParserError, match="Unable to parse"):
        CALLS[action](management)


@pytest.mark.parametrize("action", JSON)
@pytest.mark.parametrize("name", ["connection_cut", "truncated_body", "empty_body", "page_of_a_proxy"])
def test_what_is_no_json_is_taken_for_an_empty_answer(
    name: str, action: str, aws: LocalAws, management: Identity
) -> None:
    """The services that speak JSON: botocore returns as if all were well, and no member of the answer is there."""
    with aws.inject(Fault(action, NETWORK_EFFECTS[name])) as injection:
        answer = CALLS[action](management)
        assert injection.injected() == 1

    assert set(answer) == {"ResponseMetadata"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("action", XML)
def test_a_500_of_nobody_can_not_be_parsed_as_xml(action: str, aws: LocalAws, management: Identity) -> None:
    """It looks like an answer that broke off."""
    with (
        aws.inject(Fault(action, NETWORK_EFFECTS["error_500_of_a_proxy"])),
        pytest.raises(ResponseParserError, match="Unable to parse"),
    ):
        CALLS[action](management)


@pytest.mark.parametrize("action", [action for action in CALLS if action not in XML])
def test_a_500_of_nobody_has_its_status_for_a_code(action: str, aws: LocalAws, management: Identity) -> None:
    """Where the service speaks JSON, and with S3."""
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


def test_an_object_may_break_off(aws: LocalAws, ledger: Callable[[], bytes]) -> None:
    """Where the connection is cut, the client knows; where the answer is shorter, it does not."""
    with aws.inject(Fault("s3:GetObject", ConnectionCut())), pytest.raises(ResponseStreamingError, match="Incomplete"):
        ledger()
    with aws.inject(Fault("s3:GetObject", TruncatedBody())):
        assert ledger() == b'{"format": 1, '


def test_an_object_may_be_changed_behind_its_checksum(aws: LocalAws, ledger: Callable[[], bytes]) -> None:
    """The checksum goes, so that the client does not find out."""
    with aws.inject(Fault("s3:GetObject", ChangedAnswer('"format": 1', '"format": 99'))):
        assert ledger() == b'{"format": 99, "accounts": {}}'


def summary_of(caller: Identity) -> dict[str, Any]:
    """Return what GetAccountSummary answers, as far as it is about tokens."""
    answer = caller.client("iam").get_account_summary()
    version = {"GlobalEndpointTokenVersion"} & answer.get("SummaryMap", {}).keys()
    return {"keys": bool(answer.get("SummaryMap")), **{key: answer["SummaryMap"][key] for key in version}}


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("token_version_7", {"keys": True, "GlobalEndpointTokenVersion": 7}),
        ("no_token_version", {"keys": True}),
        ("no_summary_map", {"keys": False}),
    ],
)
def test_a_summary_may_be_absurd(name: str, seen: dict[str, Any], aws: LocalAws, member: Identity) -> None:
    """A version that there is not, none at all, no summary."""
    aws.inject(Fault("iam:GetAccountSummary", ABSURD["iam:GetAccountSummary"][name]))

    assert summary_of(member) == seen


def test_a_version_in_words_can_not_be_parsed(aws: LocalAws, member: Identity) -> None:
    """What comes out is a ValueError of Python's own."""
    aws.inject(Fault("iam:GetAccountSummary", absurd_answers.TOKEN_VERSION_IN_WORDS))

    with pytest.raises(ValueError, match="invalid literal"):
        summary_of(member)


def test_other_answers_may_be_absurd(aws: LocalAws, management: Identity) -> None:
    """Statuses and states that there are not, and what is left out."""
    with aws.inject(Fault("account:ListRegions", absurd_answers.REGION_STATUS_SLEEPING)):
        regions = management.client("account").list_regions()["Regions"]
    with aws.inject(Fault("organizations:ListAccounts", absurd_answers.ACCOUNT_STATE_HIBERNATED)):
        accounts = management.client("organizations").list_accounts()["Accounts"]

    assert {region["RegionOptStatus"] for region in regions} == {"SLEEPING"}
    assert {account["State"] for account in accounts} == {"HIBERNATED"}


@pytest.mark.parametrize(("action", "name"), [(action, name) for action, all_of in ABSURD.items() for name in all_of])
def test_every_absurd_answer_differs_from_the_right_one(
    action: str, name: str, aws: LocalAws, management: Identity
) -> None:
    """Its pattern finds something in what the service answers."""
    with aws.inject(Fault(action, ABSURD[action][name])) as injection:
        with suppress(ValueError):
            CALLS[action](management)
        assert injection.injected() == 1


def test_an_answer_in_which_nothing_matches_is_not_hit(aws: LocalAws, member: Identity) -> None:
    """Neither the count nor the log says that it was."""
    with aws.inject(Fault("iam:GetAccountSummary", ChangedAnswer("no such text", ""), times=1)) as injection:
        member.client("iam").get_account_summary()
        counts = (injection.matched(), injection.injected())

    assert counts == (1, 0)
    assert [call["injected"] for call in aws.calls()] == [None]
