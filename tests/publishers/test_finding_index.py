"""What Security Hub shows of this audit: all of it, nothing of others, or a failure with its reason."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.document import timestamp
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry
from regionproof.domain.ports import FindingsNotListed
from regionproof.errors import OutOfTime
from regionproof.publishers.asff import product_arn
from regionproof.publishers.finding_index import ACTIONS, SecurityHubFindingIndex
from regionproof.publishers.security_hub import imports_of
from tests.support.builders import IDENTITY, NOW, ORGANIZATION_ID, news, regions, some_facts
from tests.support.fakes import RecordingLog
from tests.support.stubs import a_client, answer_with, http_answer, stubbed

from .test_import_answer import values

A = "222222222222"
KEY = (A, "STS.1")


def _finding(**changes: Any) -> dict[str, Any]:
    """Return a finding as it was imported, with changes; None leaves a field out."""
    reconciliation = news({A: some_facts(opt_in=regions(ap_east_1="ENABLED"))})
    imports = {item.finding.id: item for item in imports_of(reconciliation)}
    built = imports[f"regionproof/{ORGANIZATION_ID}/{A}/STS.1"].build(reconciliation)
    shown = {**built, "Severity": {"Label": "HIGH", "Normalized": 70}, **changes}
    return {name: value for name, value in shown.items() if value is not None}


def _index(client: Any, log: RecordingLog | None = None) -> SecurityHubFindingIndex:
    return SecurityHubFindingIndex(client, IDENTITY, (log or RecordingLog()).logger)


def _listed(*pages: dict[str, Any], log: RecordingLog | None = None) -> dict[Any, Entry]:
    """Return what is listed of answers that come one after the other; the last one comes again and again."""
    left = [json.dumps(page) for page in pages]
    client = a_client("securityhub")
    answer_with(client, lambda _: http_answer(200, left.pop(0) if left[1:] else left[0], "application/json"))
    return dict(_index(client, log).active_findings(ORGANIZATION_ID, None))


def test_the_call_asks_for_active_findings_of_this_audit_only() -> None:
    """Of the product, the account, the rules and the organization; earlier ones only if it is said."""
    filters = {
        "ProductArn": [
            {
                "Comparison": "EQUALS",
                "Value": product_arn(IDENTITY),
            }
        ],
        "AwsAccountId": [{"Comparison": "EQUALS", "Value": IDENTITY.account_id}],
        "GeneratorId": [{"Comparison": "PREFIX", "Value": "regionproof/"}],
        "Id": [{"Comparison": "PREFIX", "Value": f"regionproof/{ORGANIZATION_ID}/"}],
        "RecordState": [{"Comparison": "EQUALS", "Value": "ACTIVE"}],
    }
    earlier = {"UpdatedAt": [{"Start": "2020-01-01T00:00:00.000Z", "End": timestamp(NOW)}]}
    with stubbed("securityhub") as (client, stub):
        stub.add_response("get_findings", {"Findings": []}, {"Filters": filters, "MaxResults": 100})
        stub.add_response("get_findings", {"Findings": []}, {"Filters": {**filters, **earlier}, "MaxResults": 100})
        assert list(_index(client).active_findings(ORGANIZATION_ID, None)) == []
        assert list(_index(client).active_findings(ORGANIZATION_ID, NOW)) == []


def test_a_finding_is_listed_as_the_ledger_would_remember_it() -> None:
    """With its times, its compliance and its severity."""
    assert _listed({"Findings": [_finding()]}) == {
        KEY: Entry(NOW, NOW, NOW, Compliance.NON_COMPLIANT, Severity.HIGH, sent_at=NOW)
    }


def test_a_finding_with_few_fields_is_listed_all_the_same() -> None:
    """Whatever was cut off of it, it is shown."""
    bare = _finding(FirstObservedAt=None, LastObservedAt=None, Compliance=None, Severity=None, CreatedAt=None)
    assert _listed({"Findings": [bare]}) == {
        KEY: Entry(NOW, NOW, NOW, Compliance.NOT_APPLICABLE, Severity.INFORMATIONAL, sent_at=NOW)
    }


OTHERS = {
    "another organization": {"Id": f"regionproof/o-another/{A}/STS.1"},
    "another account": {"AwsAccountId": "999999999999"},
    "another product": {"ProductArn": "arn:aws:securityhub:eu-central-1::product/aws/securityhub"},
    "another Region": {
        "ProductArn": f"arn:aws:securityhub:us-east-1:{IDENTITY.account_id}:product/{IDENTITY.account_id}/default"
    },
    "another generator": {"GeneratorId": "somebody-else"},
    "another rule than its generator": {"GeneratorId": "regionproof/Regions.1"},
    "no account": {"Id": f"regionproof/{ORGANIZATION_ID}/orders/STS.1"},
    "something below it": {"Id": f"regionproof/{ORGANIZATION_ID}/{A}/STS.1/more"},
    "archived": {"RecordState": "ARCHIVED"},
    "no id": {"Id": None},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_what_others_filed_is_never_listed(changes: dict[str, Any]) -> None:
    """Whatever the filters let through: it would be archived."""
    assert _listed({"Findings": [_finding(**changes)]}) == {}


def test_every_page_is_read() -> None:
    """Also past an empty one."""
    second = _finding(Id=f"regionproof/{ORGANIZATION_ID}/333333333333/STS.1")
    pages = {"Findings": [_finding()], "NextToken": "1"}, {"Findings": [], "NextToken": "2"}, {"Findings": [second]}
    assert set(_listed(*pages)) == {KEY, ("333333333333", "STS.1")}


NOT_LISTED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "no list": ([{}], "without Findings"),
    "a null list": ([{"Findings": None}], "without Findings"),
    "the same token": ([{"Findings": [], "NextToken": "1"}], "the same token again"),
    "a circle": (
        [{"Findings": [], "NextToken": "1"}, {"Findings": [], "NextToken": "2"}, {"Findings": [], "NextToken": "1"}],
        "the same token again",
    ),
    "a time that is none": ([{"Findings": [_finding(UpdatedAt="soon")]}], "no time that can be read under UpdatedAt"),
    "no time": ([{"Findings": [_finding(UpdatedAt=None)]}], "no time that can be read under UpdatedAt"),
    "a time before all": (
        [{"Findings": [_finding(UpdatedAt="0001-01-01T00:00:00+23:00")]}],
        "no time that can be read under UpdatedAt",
    ),
}


@pytest.mark.parametrize(("pages", "reason"), NOT_LISTED.values(), ids=NOT_LISTED)
def test_a_listing_that_breaks_off_is_no_shorter_list(pages: list[dict[str, Any]], reason: str) -> None:
    """It is logged, too."""
    log = RecordingLog()
    with pytest.raises(FindingsNotListed, match=reason):
        _listed(*pages, log=log)
    (line,) = log.lines
    assert (line["level"], line["message"]) == ("ERROR", "security_hub.findings_not_listed")
    assert reason in line["reason"]


def test_a_listing_without_an_end_ends() -> None:
    """A new token on each empty page."""
    pages = [{"Findings": [], "NextToken": str(number)} for number in range(200)]
    with pytest.raises(FindingsNotListed, match="has no end"):
        _listed(*pages)


def test_a_refusal_is_a_failure_with_the_words_of_aws() -> None:
    """The right may be missing."""
    with stubbed("securityhub") as (client, stub):
        stub.add_client_error("get_findings", "AccessDeniedException", "not authorized", 403)
        with pytest.raises(FindingsNotListed, match="GetFindings failed with AccessDeniedException: not authorized"):
            list(_index(client).active_findings(ORGANIZATION_ID, None))


def test_without_time_the_listing_is_a_failure() -> None:
    """The alert and the ledger come first."""

    class Late:
        def get_findings(self, **_request: Any) -> Any:
            raise OutOfTime("GetFindings")

    with pytest.raises(FindingsNotListed, match="the run's time was up"):
        list(_index(Late()).active_findings(ORGANIZATION_ID, None))


bodies = values | st.dictionaries(
    st.sampled_from(["Findings", "NextToken"]),
    values | st.lists(values | st.just(_finding()) | st.dictionaries(st.sampled_from([*_finding()]), values)),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(body=bodies)
def test_a_body_of_any_shape_is_a_list_or_a_failure(body: Any) -> None:
    """Nothing else is raised."""
    try:
        listed = _listed(body)
    except FindingsNotListed:
        return
    assert all(abs(entry.last_seen - NOW) < timedelta(days=365_000) for entry in listed.values())


def test_the_action_exists() -> None:
    """The function's policy is made of it."""
    model: Any = botocore.session.get_session().get_service_model("securityhub")
    assert [action.removeprefix("securityhub:") in model.operation_names for action in ACTIONS] == [True]
