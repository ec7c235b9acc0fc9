"""Sessions and clients: endpoints, partitions, retries and the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, ProfileNotFound, UnknownRegionError
from botocore.parsers import ResponseParserError

from regionproof.aws.credentials import acting_as
from regionproof.aws.limits import Limits
from regionproof.aws.sessions import (
    GLOBAL_SERVICES,
    callers_session,
    client,
    client_config,
    global_region,
    members_session,
    sts_client,
)
from tests.support.stubs import answer_with, http_answer

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

LOCAL = "http://127.0.0.1:4566"
LIMITS = Limits()


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("us-east-1", "https://sts.us-east-1.amazonaws.com"),
        ("eu-central-1", "https://sts.us-east-1.amazonaws.com"),
        ("ap-east-1", "https://sts.us-east-1.amazonaws.com"),
        ("me-south-1", "https://sts.us-east-1.amazonaws.com"),
        ("cn-north-1", "https://sts.cn-northwest-1.amazonaws.com.cn"),
        ("us-gov-east-1", "https://sts.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "https://sts.eusc-de-east-1.amazonaws.eu"),
    ],
)
@pytest.mark.parametrize("setting", [None, "legacy", "regional"])
def test_sts_is_asked_at_a_regional_endpoint_that_no_account_can_lack(
    region: str, endpoint: str, setting: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the partition's global Region, also from an opt-in Region and whatever the environment says."""
    if setting:
        monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", setting)
    sts: Any = sts_client(callers_session(region=region), LIMITS)
    assert sts.meta.endpoint_url == endpoint


def test_an_unknown_region_is_refused() -> None:
    """Before any call."""
    with pytest.raises(UnknownRegionError, match="xx-nowhere"):
        sts_client(callers_session(region="xx-nowhere"), LIMITS)


def test_the_global_region_of_an_unknown_partition_is_an_error() -> None:
    """It is never guessed."""
    with pytest.raises(StopIteration):
        global_region("aws-moon")


def test_the_region_is_the_one_asked_for_then_the_configured_one_then_us_east_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In this order; of the environment, the variable that the CDK and the AWS CLI prefer comes first."""
    assert callers_session().region_name == "us-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert callers_session().region_name == "eu-central-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert callers_session().region_name == "eu-west-3"
    assert callers_session(region="ap-east-1").region_name == "ap-east-1"


def test_every_client_honours_the_endpoint_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the audit runs against a local emulator unchanged."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", LOCAL)
    caller: Any = callers_session(region="eu-central-1")
    members: Any = members_session("eu-central-1")
    clients = [
        caller.client(service, config=client_config(LIMITS)) for service in ("organizations", "securityhub", "sns")
    ]
    clients += [members.client(service, config=client_config(LIMITS)) for service in ("iam", "account")]
    clients.append(sts_client(caller, LIMITS))
    assert {made.meta.endpoint_url for made in clients} == {LOCAL}


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a profile with a Region and its own endpoint, beside a missing one."""
    file = tmp_path / "config"
    file.write_text(f"[profile local]\nregion = eu-west-1\nendpoint_url = {LOCAL}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    return "local"


def test_the_profile_holds_for_the_members_clients_too(profile: str) -> None:
    """A profile's endpoint is used for every account, and no other profile is looked for."""
    assert callers_session(profile).region_name == "eu-west-1"
    members: Any = members_session("eu-west-1", profile)
    assert members.client("iam", config=client_config(LIMITS)).meta.endpoint_url == LOCAL


def test_a_profile_that_is_not_configured_is_named(profile: str) -> None:
    """The caller's sentence can say which."""
    assert profile
    with pytest.raises(ProfileNotFound, match="nobody"):
        callers_session("nobody")


@pytest.mark.parametrize(("workers", "kept"), [(1, 1), (32, 10), (512, 170)])
def test_a_pool_keeps_a_third_of_the_workers_connections(workers: int, kept: int) -> None:
    """No worker waits for another's connection; idle ones of three services fit the file descriptors of Lambda."""
    made = client(members_session("eu-central-1"), "iam", Limits(workers=workers))
    assert made.meta.config.max_pool_connections == kept


def test_every_client_has_the_timeouts_of_the_limits() -> None:
    """For a connection, and for silence."""
    config: Any = client_config(Limits(connect_seconds=1, read_seconds=2))
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.user_agent.startswith("RegionProof/")


def test_the_usual_limits_leave_time_for_the_slowest_call() -> None:
    """ListRegions was seen to take 2.8 seconds."""
    limits = Limits()
    assert limits.attempts > 1
    assert 3 * 2.8 < limits.read_seconds < limits.exchange_seconds < limits.account_seconds < limits.patient_seconds


OPERATIONS = {"account": "list_regions", "iam": "get_account_summary", "organizations": "describe_organization"}


@pytest.mark.parametrize("service", sorted(GLOBAL_SERVICES))
@pytest.mark.parametrize(
    ("region", "signed_for"), [("ap-east-1", "us-east-1"), ("eu-central-1", "us-east-1"), ("cn-north-1", "cn-n")]
)
def test_global_services_are_asked_in_the_global_region_of_the_partition(
    service: str, region: str, signed_for: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by a stack in an opt-in Region, and at an endpoint of one's own."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    asked = client(members_session(region), service, LIMITS)
    signed: list[str] = []

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        header: Any = request.headers["Authorization"]
        signed.append(header.decode() if isinstance(header, bytes) else header)
        return http_answer(400, "{}", "application/json")

    answer_with(asked, answer)
    with (
        acting_as(ReadOnlyCredentials("AKIDEXAMPLE", "example", "token")),
        pytest.raises((ClientError, ResponseParserError)),
    ):
        getattr(asked, OPERATIONS[service])()
    assert f"/{signed_for}" in signed[0]


def test_other_services_are_asked_in_the_region_of_the_session() -> None:
    """Topics and findings are where the stack is."""
    assert client(members_session("ap-east-1"), "sns", LIMITS).meta.region_name == "ap-east-1"


def test_buckets_are_asked_for_in_their_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in us-east-1, where botocore would ask the host of no Region; the caller's own S3 settings stay."""
    file = tmp_path / "config"
    file.write_text("[default]\ns3 =\n  addressing_style = path\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    s3 = client(callers_session(region="us-east-1"), "s3", LIMITS)
    assert s3.meta.endpoint_url == "https://s3.us-east-1.amazonaws.com"
    assert s3.meta.config.s3["addressing_style"] == "path"


def test_the_models_of_the_services_are_read_once_for_all_sessions() -> None:
    """Reading them takes a third of the time to make all clients, in every call of a warm function."""
    made = [client(session, "iam", LIMITS) for session in (members_session("eu-central-1"), callers_session())]
    first, second = (one.meta.service_model.metadata for one in made)
    assert first is second
