"""One account: the way in, the probes, and what becomes of each failure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from regionproof.aws.account_reader import AccountReader
from regionproof.aws.central_reads import CentralReads
from regionproof.aws.credentials import ContextCredentialProvider
from regionproof.aws.limits import Limits
from regionproof.aws.member_access import Way
from regionproof.domain.facts import AccountFacts, OptStatus, RegionOptStatuses, TokenVersion
from regionproof.probes import all_probes, probes_for
from tests.builders import DENIED, an_account
from tests.stubs import a_client, answer_with, http_answer

SUMMARY = """<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountSummaryResult>
<SummaryMap><entry><key>GlobalEndpointTokenVersion</key><value>2</value></entry></SummaryMap>
</GetAccountSummaryResult></GetAccountSummaryResponse>"""
DENIAL = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
REGIONS = json.dumps({"Regions": [{"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}]})
if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

    from regionproof.domain.accounts import Account

TOKEN = TokenVersion(2)
STATUSES = RegionOptStatuses({"us-east-1": OptStatus.ENABLED_BY_DEFAULT})


@dataclass
class FakeAccess:
    """Opens every account, or fails as it was told to."""

    failure: Exception | None = None
    centrally: bool = False
    asked: list[str] = field(default_factory=list)

    def way_into(self, account: Account) -> Way:
        """Return a way with made-up credentials, or one that raises the failure."""
        self.asked.append(account.id)
        return Way("sts:AssumeRole", self._enter, self.centrally)

    def _enter(self) -> ReadOnlyCredentials:
        if self.failure:
            raise self.failure
        return ReadOnlyCredentials("AKIDEXAMPLE", "example", "token")


def _read(
    access: FakeAccess | None = None, iam: tuple[int, str] = (200, SUMMARY), account: tuple[int, str] = (200, REGIONS)
) -> AccountFacts:
    clients = {"iam": a_client("iam"), "account": a_client("account")}
    answer_with(clients["iam"], lambda _request: http_answer(*iam, "text/xml"))
    answer_with(clients["account"], lambda _request: http_answer(*account, "application/json"))
    return AccountReader(access or FakeAccess(), all_probes(), clients, CentralReads({}, Limits()), Limits()).read(
        an_account()
    )


def _read_centrally(access: FakeAccess, account: tuple[int, str] = (200, REGIONS)) -> tuple[AccountFacts, list[bytes]]:
    """Read as in the mode ``root``: the member's own client of Account Management is not even there."""
    bodies: list[bytes] = []
    iam, callers_account = a_client("iam"), a_client("account")
    answer_with(iam, lambda _request: http_answer(200, SUMMARY, "text/xml"))

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        bodies.append(request.body if isinstance(request.body, bytes) else str(request.body).encode())
        return http_answer(*account, "application/json")

    answer_with(callers_account, answer)
    reader = AccountReader(
        access, all_probes(), {"iam": iam}, CentralReads({"account": callers_account}, Limits()), Limits()
    )
    return reader.read(an_account()), bodies


def test_every_fact_is_read() -> None:
    """With one way in for all of them."""
    access = FakeAccess()
    assert dict(_read(access).readings) == {TokenVersion: TOKEN, RegionOptStatuses: STATUSES}
    assert access.asked == [an_account().id]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ClientError({"Error": {"Code": DENIED.code, "Message": DENIED.message}}, "AssumeRole"), "AccessDenied"),
        (ReadTimeoutError(endpoint_url="https://sts"), "ReadTimeoutError"),
        (ResponseParserError("not XML"), "ResponseParserError"),
    ],
)
def test_a_closed_way_in_leaves_every_fact_unread_with_one_cause(failure: Exception, code: str) -> None:
    """No probe is tried."""
    facts = _read(FakeAccess(failure))
    assert [(unread.call, unread.code) for unread in facts.unread] == [("sts:AssumeRole", code)]
    assert set(facts.readings) == {TokenVersion, RegionOptStatuses}
    assert not facts.complete


def test_the_caller_is_asked_where_aws_answers_centrally() -> None:
    """Regions by the caller and the account's id, the token version from inside."""
    facts, bodies = _read_centrally(FakeAccess(centrally=True))
    assert dict(facts.readings) == {TokenVersion: TOKEN, RegionOptStatuses: STATUSES}
    assert [json.loads(body)["AccountId"] for body in bodies] == [an_account().id]


def test_an_account_is_not_entered_if_everything_is_read_centrally() -> None:
    """Entering costs a call of a shared quota."""
    account = a_client("account")
    answer_with(account, lambda _request: http_answer(200, REGIONS, "application/json"))
    access = FakeAccess(RuntimeError("entered"), centrally=True)
    central = CentralReads({"account": account}, Limits())
    reader = AccountReader(access, probes_for(frozenset({RegionOptStatuses})), {}, central, Limits())
    assert dict(reader.read(an_account()).readings) == {RegionOptStatuses: STATUSES}


def test_a_closed_way_in_leaves_what_is_read_centrally() -> None:
    """Half a verdict is better than none."""
    denied = ClientError({"Error": {"Code": DENIED.code, "Message": DENIED.message}}, "AssumeRoot")
    facts, _ = _read_centrally(FakeAccess(denied, centrally=True))
    assert facts.known(RegionOptStatuses) == STATUSES
    assert facts.known(TokenVersion) is None
    assert [unread.code for unread in facts.unread] == ["AccessDenied"]


def test_a_central_refusal_leaves_what_is_read_inside() -> None:
    """And it names the call that was refused."""
    refusal = '{"message": "not authorized", "__type": "AccessDeniedException"}'
    facts, _ = _read_centrally(FakeAccess(centrally=True), (403, refusal))
    assert facts.known(TokenVersion) == TOKEN
    assert [(unread.call, unread.code) for unread in facts.unread] == [("account:ListRegions", "AccessDeniedException")]


def test_one_failed_probe_leaves_the_other_fact() -> None:
    """What could be read counts."""
    denied = '{"message": "not authorized", "__type": "AccessDeniedException"}'
    facts = _read(account=(403, denied))
    assert facts.known(TokenVersion) == TOKEN
    assert facts.known(RegionOptStatuses) is None
    assert [(unread.call, unread.message) for unread in facts.unread] == [("account:ListRegions", "not authorized")]


@pytest.mark.parametrize(
    ("iam", "code"),
    [
        ((403, DENIAL), "AccessDenied"),
        ((200, "not XML at all"), "ResponseParserError"),
        ((200, SUMMARY.replace("<value>2<", "<value>7<")), "UnexpectedAnswer"),
        ((502, "<html>Bad Gateway</html>"), "502"),
        ((403, ""), "ResponseParserError"),
    ],
)
def test_an_answer_that_is_none_is_an_unread_fact(iam: tuple[int, str], code: str) -> None:
    """Whatever stands in its place, the Regions were read."""
    facts = _read(iam=iam)
    assert [(unread.call, unread.code) for unread in facts.unread] == [("iam:GetAccountSummary", code)]
    assert facts.known(RegionOptStatuses) == STATUSES


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ((200, "<html>Sign in to the network</html>"), "UnexpectedAnswer"),
        ((200, "{}"), "UnexpectedAnswer"),
        ((200, REGIONS.replace("ENABLED_BY_DEFAULT", "SOMEHOW")), "UnexpectedAnswer"),
        ((429, '{"message": "Rate exceeded", "__type": "TooManyRequestsException"}'), "TooManyRequestsException"),
        ((500, "<html>oops</html>"), "500"),
    ],
)
def test_a_strange_list_of_regions_is_an_unread_fact(account: tuple[int, str], code: str) -> None:
    """Whatever stands in its place, the token version was read."""
    facts = _read(account=account)
    assert [(unread.call, unread.code) for unread in facts.unread] == [("account:ListRegions", code)]
    assert facts.known(TokenVersion) == TOKEN


def test_a_defect_passes_to_the_boundary_of_the_account() -> None:
    """The reader swallows nothing that it does not know."""
    with pytest.raises(RuntimeError, match="a defect"):
        _read(FakeAccess(RuntimeError("a defect")))


def test_the_way_out_is_closed_after_the_account() -> None:
    """The credentials of one account do not stay behind for the next."""
    _read()
    with pytest.raises(LookupError):
        ContextCredentialProvider().load().get_frozen_credentials()
