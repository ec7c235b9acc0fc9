"""One account: the way in, the probes, and what becomes of each failure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from regionproof.aws.account_reader import AccountReader
from regionproof.aws.credentials import ContextCredentialProvider
from regionproof.domain.facts import AccountFacts, OptStatus, RegionOptStatuses, TokenVersion
from regionproof.probes import all_probes
from tests.builders import DENIED, an_account
from tests.stubs import a_client, answer_with, http_answer

SUMMARY = """<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountSummaryResult>
<SummaryMap><entry><key>GlobalEndpointTokenVersion</key><value>2</value></entry></SummaryMap>
</GetAccountSummaryResult></GetAccountSummaryResponse>"""
DENIAL = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
REGIONS = json.dumps({"Regions": [{"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}]})
TOKEN = TokenVersion(2)
STATUSES = RegionOptStatuses({"us-east-1": OptStatus.ENABLED_BY_DEFAULT})


@dataclass
class FakeAccess:
    """Opens every account, or fails as it was told to."""

    failure: Exception | None = None
    call: str = "sts:AssumeRole"
    asked: list[str] = field(default_factory=list)

    def credentials_for(self, account: Any) -> ReadOnlyCredentials:
        """Return made-up credentials, or raise the failure."""
        self.asked.append(account.id)
        if self.failure:
            raise self.failure
        return ReadOnlyCredentials("AKIDEXAMPLE", "example", "token")


def _read(
    access: FakeAccess | None = None, iam: tuple[int, str] = (200, SUMMARY), account: tuple[int, str] = (200, REGIONS)
) -> AccountFacts:
    clients = {"iam": a_client("iam"), "account": a_client("account")}
    answer_with(clients["iam"], lambda _request: http_answer(*iam, "text/xml"))
    answer_with(clients["account"], lambda _request: http_answer(*account, "application/json"))
    return AccountReader(access or FakeAccess(), all_probes(), clients).read(an_account())


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
