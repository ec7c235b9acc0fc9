"""The active findings of this audit in Security Hub: all of them, no others, or a failure with its reason."""

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
    """Return an imported finding with changes. None removes a field."""
    reconciliation = news({A: some_facts(opt_in=regions(ap_east_1="ENABLED"))})
    imports = {item.finding.id: item for item in imports_of(reconciliation)}
    built = imports[f"regionproof/{ORGANIZATION_ID}/{A}/STS.1"].build(reconciliation)
    fields = {**built, "Severity": {"Label": "HIGH", "Normalized": 70}, **changes}
    return {name: value for name, value in fields.items() if value is not None}


def _index(client: Any, log: RecordingLog | None = None) -> SecurityHubFindingIndex:
    return SecurityHubFindingIndex(client, IDENTITY, (log or RecordingLog()).logger)


def _listed(*pages: dict[str, Any], log: RecordingLog | None = None) -> dict[Any, Entry]:
    """Return the findings listed from these answers. The last answer is repeated."""
    bodies = [json.dumps(page) for page in pages]
    client = a_client("securityhub")
    answer_with(client, lambda _: http_answer(200, bodies.pop(0) if bodies[1:] else bodies[0], "application/json"))
    return dict(_index(client, log).active_findings(ORGANIZATION_ID, None))


def test_the_call_lists_only_active_findings_of_this_audit() -> None:
    """It filters by product, account, rules and organization, and by time if one is given."""
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
    before_now = {"UpdatedAt": [{"Start": "2020-01-01T00:00:00.000Z", "End": timestamp(NOW)}]}
    with stubbed("securityhub") as (client, stub):
        stub.add_response("get_findings", {"Findings": []}, {"Filters": filters, "MaxResults": 100})
        stub.add_response("get_findings", {"Findings": []}, {"Filters": {**filters, **before_now}, "MaxResults": 100})
        assert list(_index(client).active_findings(ORGANIZATION_ID, None)) == []
        assert list(_index(client).active_findings(ORGANIZATION_ID, NOW)) == []


def test_a_finding_is_listed_as_a_ledger_entry() -> None:
    """The entry has its times, its compliance and its severity."""
    assert _listed({"Findings": [_finding()]}) == {
        KEY: Entry(NOW, NOW, NOW, Compliance.NON_COMPLIANT, Severity.HIGH, sent_at=NOW)
    }


def test_a_finding_with_few_fields_is_listed_too() -> None:
    """Security Hub shows it, so it must be archived one day."""
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
    "another generator": {"GeneratorId": "another-product"},
    "another rule than its generator": {"GeneratorId": "regionproof/Regions.1"},
    "no account": {"Id": f"regionproof/{ORGANIZATION_ID}/orders/STS.1"},
    "something below it": {"Id": f"regionproof/{ORGANIZATION_ID}/{A}/STS.1/more"},
    "archived": {"RecordState": "ARCHIVED"},
    "no id": {"Id": None},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_findings_of_others_are_never_listed(changes: dict[str, Any]) -> None:
    """Otherwise they would be archived, if the filters let them through."""
    assert _listed({"Findings": [_finding(**changes)]}) == {}


def test_every_page_is_read() -> None:
    """An empty page is not the last one."""
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
    "an invalid time": ([{"Findings": [_finding(UpdatedAt="soon")]}], "no valid time in UpdatedAt"),
    "no time": ([{"Findings": [_finding(UpdatedAt=None)]}], "no valid time in UpdatedAt"),
    "a time before year 1 in UTC": (
        [{"Findings": [_finding(UpdatedAt="0001-01-01T00:00:00+23:00")]}],
        "no valid time in UpdatedAt",
    ),
}


@pytest.mark.parametrize(("pages", "reason"), NOT_LISTED.values(), ids=NOT_LISTED)
def test_an_incomplete_list_is_a_failure(pages: list[dict[str, Any]], reason: str) -> None:
    """It is also logged."""
    log = RecordingLog()
    with pytest.raises(FindingsNotListed, match=reason):
        _listed(*pages, log=log)
    (line,) = log.lines
    assert (line["level"], line["message"]) == ("ERROR", "security_hub.findings_not_listed")
    assert reason in line["reason"]


def test_an_endless_list_is_a_failure() -> None:
    """Every page is empty and has a new token."""
    pages = [{"Findings": [], "NextToken": str(number)} for number in range(200)]
    with pytest.raises(FindingsNotListed, match="has no end"):
        _listed(*pages)


def test_a_refusal_is_a_failure_with_the_message_of_aws() -> None:
    """The permission may be missing."""
    with stubbed("securityhub") as (client, stub):
        stub.add_client_error("get_findings", "AccessDeniedException", "not authorized", 403)
        with pytest.raises(FindingsNotListed, match="GetFindings failed with AccessDeniedException: not authorized"):
            list(_index(client).active_findings(ORGANIZATION_ID, None))


def test_running_out_of_time_is_a_failure() -> None:
    """The alert and the ledger need the remaining time."""

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
    """No other error is raised."""
    try:
        entries = _listed(body)
    except FindingsNotListed:
        return
    assert all(abs(entry.last_seen - NOW) < timedelta(days=365_000) for entry in entries.values())


def test_the_action_exists() -> None:
    """The policy of the function is built from it."""
    model: Any = botocore.session.get_session().get_service_model("securityhub")
    assert [action.removeprefix("securityhub:") in model.operation_names for action in ACTIONS] == [True]
