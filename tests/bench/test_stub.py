"""The stub answers as AWS does, as far as the benchmark asks it, and counts what it is asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bench.organization import MANAGEMENT, REGION, ROLE, Organization, token_version
from bench.stub.chunks import unchunked
from bench.stub.process import AT_ONCE, World, running
from bench.stub.sessions import CALLERS_KEY, CALLERS_SECRET
from bench.stub.tally import Tally
from regionproof.domain.cause_tables import THROTTLING_CODES
from tests.support.stubs import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.stub.process import RunningStub

pytestmark = pytest.mark.network

SIZE = 47
MEMBER = MANAGEMENT + 5
ONE_CALL_THEN_NONE = (0.001, 1)


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    """Serve an organization of three pages."""
    with running(World(SIZE, AT_ONCE)) as started:
        yield started


def client(stub: RunningStub, service: str, credentials: dict[str, Any] | None = None) -> Any:
    """Return a client that tries every call once, as the caller or with a session's credentials."""
    keys = credentials or {"AccessKeyId": CALLERS_KEY, "SecretAccessKey": CALLERS_SECRET}
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"), REGION)
    once = Config(retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=stub.url, verify=stub.ca_bundle, config=once)  # type: ignore[call-overload]  # a variable


def session_in(stub: RunningStub, account: int) -> dict[str, Any]:
    """Return the credentials of a session in an account."""
    role = f"arn:aws:iam::{account}:role/{ROLE}"
    to_credentials: dict[str, Any] = client(stub, "sts").assume_role(RoleArn=role, RoleSessionName="test")[
        "Credentials"
    ]
    return to_credentials


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    """Return the code and the HTTP status of a refusal."""
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_session_reads_its_own_account(stub: RunningStub) -> None:
    """Every fourth account has version 2; the token is as long as a recorded one."""
    for account in (MANAGEMENT, MEMBER):
        session = session_in(stub, account)
        summary = client(stub, "iam", session).get_account_summary()["SummaryMap"]
        assert summary["GlobalEndpointTokenVersion"] == token_version(account)
        assert len(session["SessionToken"]) == 752
    assert {token_version(MANAGEMENT), token_version(MEMBER)} == {1, 2}


def test_the_summary_holds_every_key_that_botocore_knows(stub: RunningStub) -> None:
    """Reading it costs what it costs on AWS."""
    iam = client(stub, "iam", session_in(stub, MEMBER))
    known = set(iam.meta.service_model.shape_for("summaryKeyType").enum)
    assert set(iam.get_account_summary()["SummaryMap"]) == known


def test_regions_come_in_pages_of_20_as_recorded(stub: RunningStub) -> None:
    """The first page without a size holds 20 of the Regions, in their order."""
    account = client(stub, "account", session_in(stub, MEMBER))
    page = account.list_regions()
    names = [region["RegionName"] for region in page["Regions"]]
    assert names == [region["RegionName"] for region in recorded("list_regions_member_first_page")["output"]["Regions"]]
    rest = account.list_regions(NextToken=page["NextToken"], MaxResults=50)
    assert (len(rest["Regions"]), rest.get("NextToken")) == (14, None)


def test_the_caller_reads_the_regions_of_a_member(stub: RunningStub) -> None:
    """With AccountId, as in the mode without a role; and enters by a root session."""
    central = client(stub, "account").list_regions(AccountId=str(MEMBER), MaxResults=50)["Regions"]
    assert central == client(stub, "account", session_in(stub, MEMBER)).list_regions(MaxResults=50)["Regions"]
    policy = {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}
    root = client(stub, "sts").assume_root(TargetPrincipal=str(MEMBER), TaskPolicyArn=policy)["Credentials"]
    assert client(stub, "iam", root).get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 1


def test_the_organization_lists_every_account_in_pages_and_below_its_unit(stub: RunningStub) -> None:
    """Both ways to list name the same accounts, and Paths names the unit."""
    organizations = client(stub, "organizations")
    pages = list(organizations.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20, 20, 7]
    unit_of = {account["Id"]: account["Paths"][0].split("/")[-3] for page in pages for account in page["Accounts"]}
    assert unit_of.keys() == set(map(str, Organization(SIZE).accounts))
    listed = {account: unit for unit in units(organizations) for account in below(organizations, unit)}
    assert listed == unit_of


def test_accounts_come_without_paths_if_the_world_has_none() -> None:
    """As from an AWS that does not give them."""
    with running(World(SIZE, AT_ONCE, paths=False)) as without:
        page = client(without, "organizations").list_accounts()["Accounts"]
    assert all("Paths" not in account for account in page)


def test_a_body_in_chunks_is_whole_only_with_its_last_one() -> None:
    """Botocore sends objects to S3 so over TLS, with a checksum behind."""
    spelled = b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32: AAAA\r\n\r\n"
    assert unchunked(spelled + b"rest") == (b"abcde", len(spelled))
    assert all(unchunked(spelled[:length]) is None for length in range(len(spelled)))


def units(organizations: Any) -> list[str]:
    """Return the ids of the root and of every unit, found by walking."""
    found = [root["Id"] for root in organizations.list_roots()["Roots"]]
    for above in found:
        children = organizations.list_organizational_units_for_parent(ParentId=above)["OrganizationalUnits"]
        found.extend(child["Id"] for child in children)
    return found


def below(organizations: Any, unit: str) -> list[str]:
    """Return the ids of the accounts right below a unit."""
    pages = organizations.get_paginator("list_accounts_for_parent").paginate(ParentId=unit)
    return [account["Id"] for page in pages for account in page["Accounts"]]


def test_an_object_is_replaced_only_as_the_condition_says(stub: RunningStub) -> None:
    """The ledger's writes: nothing there, the version that was read, and neither."""
    s3 = client(stub, "s3")
    with pytest.raises(ClientError) as missing:
        s3.get_object(Bucket="bucket", Key="key")
    assert refusal(missing) == ("NoSuchKey", 404)
    first = s3.put_object(Bucket="bucket", Key="key", Body=b"1", IfNoneMatch="*")["ETag"]
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"another"'}):
        with pytest.raises(ClientError) as moved:
            s3.put_object(Bucket="bucket", Key="key", Body=b"2", **condition)
        assert refusal(moved) == ("PreconditionFailed", 412)
    s3.put_object(Bucket="bucket", Key="key", Body=b"3", IfMatch=first)
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"3"


def test_security_hub_takes_batches_of_the_callers_own_findings(stub: RunningStub) -> None:
    """At most 100 at once, and none of another account."""
    security_hub = client(stub, "securityhub")
    stub.counts_to_now()
    batch = [{"Id": f"finding/{number}", "AwsAccountId": str(MANAGEMENT)} for number in range(101)]
    assert _import(security_hub, batch[:100])["SuccessCount"] == 100
    for refused in (batch, [{"Id": "finding/1", "AwsAccountId": str(MEMBER)}]):
        with pytest.raises(ClientError, match="InvalidInputException"):
            _import(security_hub, refused)
    assert stub.counts()["findings_imported"] == 100


def _import(security_hub: Any, findings: list[dict[str, Any]]) -> dict[str, Any]:
    security_hub.meta.config.parameter_validation = False
    whole = [
        {**finding, "SchemaVersion": "2018-10-08", "ProductArn": "p", "GeneratorId": "g", "CreatedAt": "t",
         "UpdatedAt": "t", "Title": "t", "Description": "d", "Resources": [{"Type": "t", "Id": "i"}]}
        for finding in findings
    ]  # fmt: skip
    answer: dict[str, Any] = security_hub.batch_import_findings(Findings=whole)
    return answer


def test_a_session_that_asks_for_another_account_is_counted(stub: RunningStub) -> None:
    """A key with another account's token, and a member that asks what only the caller may."""
    own, another = session_in(stub, MEMBER), session_in(stub, MEMBER + 1)
    stub.counts_to_now()
    client(stub, "iam", own).get_account_summary()
    assert stub.counts()["mix_ups"] == 0
    client(stub, "iam", own | {"SessionToken": another["SessionToken"]}).get_account_summary()
    client(stub, "account", own).list_regions(AccountId=str(MEMBER + 1))
    client(stub, "organizations", own).list_roots()
    assert stub.counts()["mix_ups"] == 3


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("sts", "GetCallerIdentity", "Throttling", 400),
        ("iam", "GetAccountSummary", "Throttling", 400),
        ("account", "ListRegions", "TooManyRequestsException", 429),
        ("organizations", "DescribeOrganization", "TooManyRequestsException", 400),
        ("securityhub", "DescribeHub", "TooManyRequestsException", 429),
    ],
)
def test_a_call_over_its_quota_is_refused_in_the_words_of_the_service(
    service: str, operation: str, code: str, status: int
) -> None:
    """Each account has its own bucket; what is refused is counted."""
    with running(World(SIZE, AT_ONCE, {operation: ONE_CALL_THEN_NONE})) as limited:
        asked = client(limited, service)
        method = asked.meta.method_to_api_mapping
        call = getattr(asked, next(name for name, api in method.items() if api == operation))
        call()
        with pytest.raises(ClientError) as refused:
            call()
        assert refusal(refused) == (code, status)
        assert code in THROTTLING_CODES
        assert limited.counts()["throttled"] == {operation: 1}


def test_an_answer_takes_as_long_as_it_is_told_to() -> None:
    """Latency is by operation."""
    with running(World(SIZE, {"DescribeOrganization": 0.2, "others": 0.0})) as slow:
        organizations = client(slow, "organizations")
        organizations.list_roots()
        started_at = time.monotonic()
        organizations.describe_organization()
        assert time.monotonic() - started_at >= 0.2


def test_the_highest_rate_is_that_of_any_second_not_of_a_calendar_one() -> None:
    """Three calls within a second that crosses a full one; the fourth comes later."""
    times = iter((0.6, 0.9, 1.5, 1.7))
    tally = Tally(lambda: next(times))
    for _ in range(4):
        tally.note("ListAccounts")
    assert tally.document()["most_calls_in_a_second"] == {"ListAccounts": 3}
