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
from regionproof.aws.member_access import AccountAccess
from regionproof.domain.facts import AccountFacts, OptStatus, RegionOptStatuses, TokenVersion
from regionproof.probes import all_probes, probes_for
from tests.support.builders import DENIED, an_account
from tests.support.stubs import a_client, answer_with, http_answer

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
    centrally_if_denied: bool = False
    asked: list[str] = field(default_factory=list)

    def access_to(self, account: Account) -> AccountAccess:
        """Return a way with made-up credentials, or one that raises the failure."""
        self.asked.append(account.id)
        return AccountAccess("sts:AssumeRole", self._enter, self.centrally, self.centrally_if_denied)

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
    assert dict(_read(access).results) == {TokenVersion: TOKEN, RegionOptStatuses: STATUSES}
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
    assert [(unread.call, unread.code) for unread in facts.read_failures] == [("sts:AssumeRole", code)]
    assert set(facts.results) == {TokenVersion, RegionOptStatuses}
    assert not facts.complete


def test_the_caller_is_asked_where_aws_answers_centrally() -> None:
    """Regions by the caller and the account's id, the token version from inside."""
    facts, bodies = _read_centrally(FakeAccess(centrally=True))
    assert dict(facts.results) == {TokenVersion: TOKEN, RegionOptStatuses: STATUSES}
    assert [json.loads(body)["AccountId"] for body in bodies] == [an_account().id]


def test_an_account_is_not_entered_if_everything_is_read_centrally() -> None:
    """Entering costs a call of a shared quota."""
    account = a_client("account")
    answer_with(account, lambda _request: http_answer(200, REGIONS, "application/json"))
    access = FakeAccess(RuntimeError("entered"), centrally=True)
    central = CentralReads({"account": account}, Limits())
    reader = AccountReader(access, probes_for(frozenset({RegionOptStatuses})), {}, central, Limits())
    assert dict(reader.read(an_account()).results) == {RegionOptStatuses: STATUSES}


def test_a_closed_way_in_leaves_what_is_read_centrally() -> None:
    """Half a verdict is better than none."""
    denied = ClientError({"Error": {"Code": DENIED.code, "Message": DENIED.message}}, "AssumeRoot")
    facts, _ = _read_centrally(FakeAccess(denied, centrally=True))
    assert facts.get(RegionOptStatuses) == STATUSES
    assert facts.get(TokenVersion) is None
    assert [unread.code for unread in facts.read_failures] == ["AccessDenied"]


def test_a_central_refusal_leaves_what_is_read_inside() -> None:
    """And it names the call that was refused."""
    refusal = '{"message": "not authorized", "__type": "AccessDeniedException"}'
    facts, _ = _read_centrally(FakeAccess(centrally=True), (403, refusal))
    assert facts.get(TokenVersion) == TOKEN
    assert [(unread.call, unread.code) for unread in facts.read_failures] == [
        ("account:ListRegions", "AccessDeniedException")
    ]


REGION_DENY = json.dumps(
    {
        "message": "not authorized to perform: account:ListRegions with an explicit deny in a service control policy",
        "__type": "AccessDeniedException",
    }
)
NO_TRUSTED_ACCESS = json.dumps(
    {
        "message": "not authorized (Your organization must first enable trusted access)",
        "__type": "AccessDeniedException",
    }
)
ANSWERED = (200, REGIONS)


def _read_by_role(
    inside: tuple[int, str], centrally: tuple[int, str] = ANSWERED, access: FakeAccess | None = None
) -> tuple[AccountFacts, list[str]]:
    """Read as in the mode ``role``, and return the account ids of which the caller asked."""
    iam, members, callers = a_client("iam"), a_client("account"), a_client("account")
    asked: list[str] = []
    answer_with(iam, lambda _request: http_answer(200, SUMMARY, "text/xml"))
    answer_with(members, lambda _request: http_answer(*inside, "application/json"))

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        body = request.body if isinstance(request.body, bytes | str) else b"{}"
        asked.append(json.loads(body)["AccountId"])
        return http_answer(*centrally, "application/json")

    answer_with(callers, answer)
    central = CentralReads({"account": callers}, Limits())
    way_in = access or FakeAccess(centrally_if_denied=True)
    reader = AccountReader(way_in, all_probes(), {"iam": iam, "account": members}, central, Limits())
    return reader.read(an_account()), asked


def test_a_member_that_denies_its_regions_has_them_asked_for_centrally() -> None:
    """The denial stays known."""
    facts, asked = _read_by_role((403, REGION_DENY))
    assert dict(facts.results) == {TokenVersion: TOKEN, RegionOptStatuses: STATUSES}
    assert [(denial.call, denial.code) for denial in facts.read_centrally] == [
        ("account:ListRegions", "AccessDeniedException")
    ]
    assert facts.complete
    assert asked == [an_account().id]


@pytest.mark.parametrize(
    "inside",
    [
        ANSWERED,
        (429, '{"message": "Rate exceeded", "__type": "TooManyRequestsException"}'),
        (500, "<html>oops</html>"),
        (403, '{"message": "expired", "__type": "ExpiredTokenException"}'),
        (200, "{}"),
    ],
)
def test_only_a_denial_has_the_caller_asked(inside: tuple[int, str]) -> None:
    """What throttles or fails in the member is that member's to answer, and not the central quota's."""
    facts, asked = _read_by_role(inside)
    assert asked == []
    assert facts.denied == {}
    assert facts.complete == (inside == ANSWERED)


def test_a_closed_way_in_has_nothing_asked_centrally() -> None:
    """A missing role is not a denial of the read, and has its own fix."""
    denied = ClientError({"Error": {"Code": DENIED.code, "Message": DENIED.message}}, "AssumeRole")
    facts, asked = _read_by_role(ANSWERED, access=FakeAccess(denied, centrally_if_denied=True))
    assert asked == []
    assert [unread.call for unread in facts.read_failures] == ["sts:AssumeRole"]


def test_without_the_setting_a_denial_stays_one() -> None:
    """No one is asked centrally."""
    facts, asked = _read_by_role((403, REGION_DENY), access=FakeAccess())
    assert asked == []
    assert [unread.code for unread in facts.read_failures] == ["AccessDeniedException"]


def test_a_central_failure_stands_beside_the_denial() -> None:
    """Neither hides the other."""
    facts, asked = _read_by_role((403, REGION_DENY), (403, NO_TRUSTED_ACCESS))
    assert asked == [an_account().id]
    assert facts.get(TokenVersion) == TOKEN
    assert ["service control policy" in unread.message for unread in facts.read_failures] == [True, False]
    assert ["trusted access" in unread.message for unread in facts.read_failures] == [False, True]


def test_one_failed_probe_leaves_the_other_fact() -> None:
    """What could be read counts."""
    denied = '{"message": "not authorized", "__type": "AccessDeniedException"}'
    facts = _read(account=(403, denied))
    assert facts.get(TokenVersion) == TOKEN
    assert facts.get(RegionOptStatuses) is None
    assert [(unread.call, unread.message) for unread in facts.read_failures] == [
        ("account:ListRegions", "not authorized")
    ]


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
    """Whatever is in its place, the Regions were read."""
    facts = _read(iam=iam)
    assert [(unread.call, unread.code) for unread in facts.read_failures] == [("iam:GetAccountSummary", code)]
    assert facts.get(RegionOptStatuses) == STATUSES


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
    """Whatever is in its place, the token version was read."""
    facts = _read(account=account)
    assert [(unread.call, unread.code) for unread in facts.read_failures] == [("account:ListRegions", code)]
    assert facts.get(TokenVersion) == TOKEN


def test_a_defect_passes_to_the_boundary_of_the_account() -> None:
    """The reader swallows nothing that it does not know."""
    with pytest.raises(RuntimeError, match="a defect"):
        _read(FakeAccess(RuntimeError("a defect")))


def test_the_way_out_is_closed_after_the_account() -> None:
    """The credentials of one account do not stay behind for the next."""
    _read()
    with pytest.raises(LookupError):
        ContextCredentialProvider().load().get_frozen_credentials()
