"""An organization of eight accounts, and the right answer to every call of a run."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.stub.destinations import Objects, describe_hub
from bench.stub.exchange import Answer, json_answer, query_answer
from bench.stub.readings import IAM, STS
from bench.stub.sessions import assumed_role_xml, credentials_xml
from tests.broken_answers.before_deployment import BEFORE_DEPLOYMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .calls import Call

ORGANIZATION_ID = "o-exampleorg"
MANAGEMENT, VICTIM, DELEGATED = "111111111111", "222222222222", "333333333333"
SUSPENDED = "888888888888"
ACCOUNTS = tuple(digit * 12 for digit in "12345678")
OPEN = ACCOUNTS[:-1]
ACCOUNTS_PER_PAGE = 3
REGIONS_PER_PAGE, ALL_REGIONS = 2, 50
ROOT, UNIT, OTHER_UNIT = "r-ab12", "ou-ab12-11111111", "ou-ab12-22222222"
_NAMES = {ROOT: "Root", UNIT: "Workloads", OTHER_UNIT: "Sandbox"}
_SERVICES = ("iam.amazonaws.com", "account.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com")
_REGIONS = {"us-east-1": "ENABLED_BY_DEFAULT", "eu-west-1": "ENABLED_BY_DEFAULT", "ap-east-1": "DISABLED"}
_SNS = "http://sns.amazonaws.com/doc/2010-03-31/"
_REST = "application/json"


def unit_of(account: str) -> str:
    """Return where an account stands: the management account in the root, the others in the units in turn."""
    if account == MANAGEMENT:
        return ROOT
    return UNIT if ACCOUNTS.index(account) % 2 else OTHER_UNIT


def token_version(account: str) -> int:
    """Return 2 for the victim, which AWS's default 1 would change, and for every other one."""
    return 2 if ACCOUNTS.index(account) % 2 else 1


def opt_statuses(account: str) -> dict[str, str]:
    """Return the opt statuses: the victim, and every third account, uses an opt-in Region that no one approved."""
    used = ACCOUNTS.index(account) % 3 == 1
    return {**_REGIONS, "af-south-1": "ENABLED" if used else "DISABLED"}


@dataclass
class World:
    """The state of one AWS.

    Attributes:
        has_paths: whether ListAccounts names the way to each account
        regions_per_page: how many Regions ListRegions gives at once
        taken: the findings that Security Hub took, by id
        messages: what the topic took
        objects: what S3 keeps
        asked: the operations that were asked for
        versions: how often an object was written
    """

    has_paths: bool = True
    regions_per_page: int = REGIONS_PER_PAGE
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    objects: Objects = field(default_factory=Objects)
    asked: set[str] = field(default_factory=set)
    versions: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def traces(self) -> tuple[int, int, int]:
        """Return how often each destination took something: it grows with every effect."""
        return sum(finding["Times"] for finding in self.taken.values()), len(self.messages), self.versions

    def without_traces(self) -> World:
        """Return a world that answers the same, in which nothing has happened yet."""
        return World(has_paths=self.has_paths, regions_per_page=self.regions_per_page)

    def answer(self, call: Call) -> Answer:
        """Carry out a call and return the right answer: a refusal for a token that no page gave."""
        try:
            with self._lock:
                self.asked.add(call.operation)
                return self._operations()[call.operation](call)
        except ValueError:
            return json_answer({"__type": "InvalidInputException", "message": "the token is not valid"}, 400)

    def _operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        return {
            "GetCallerIdentity": _get_caller_identity,
            "DescribeOrganization": _describe_organization,
            "ListAccounts": lambda call: _page(self._entries(ACCOUNTS), call),
            "ListRoots": lambda _call: json_answer({"Roots": [_unit(ROOT)]}),
            "ListOrganizationalUnitsForParent": _list_units,
            "ListAccountsForParent": self._list_below,
            "ListAWSServiceAccessForOrganization": lambda _call: _services("EnabledServicePrincipals"),
            "ListDelegatedServicesForAccount": lambda _call: _services("DelegatedServices"),
            "ListOrganizationsFeatures": _list_features,
            "AssumeRole": _assume_role,
            "AssumeRoot": lambda call: query_answer("AssumeRoot", STS, credentials_xml(int(call.account))),
            "GetAccountSummary": _get_account_summary,
            "ListRegions": lambda call: _list_regions(call, self.regions_per_page),
            "DescribeHub": lambda _call: describe_hub(),
            "BatchImportFindings": self._import,
            "GetFindings": lambda _call: json_answer({"Findings": self._shown()}, content_type=_REST),
            "Publish": self._publish,
            "GetObject": lambda call: self.objects.get(call.request.path),
            "PutObject": self._put,
            "HeadBucket": lambda _call: Answer(b"", 403),
            **{name: partial(_without_call, answer) for name, answer in BEFORE_DEPLOYMENT.items()},
        }

    def _entries(self, accounts: tuple[str, ...]) -> list[dict[str, Any]]:
        return [_entry(account, has_path=self.has_paths) for account in accounts]

    def _list_below(self, call: Call) -> Answer:
        below = tuple(one for one in ACCOUNTS if unit_of(one) == call.request.document["ParentId"])
        return _page(self._entries(below), call)

    def _import(self, call: Call) -> Answer:
        findings = call.request.document["Findings"]
        for finding in findings:
            times = self.taken.get(finding["Id"], {"Times": 0})["Times"]
            self.taken[finding["Id"]] = {**finding, "Times": times + 1}
        counts = {"FailedCount": 0, "SuccessCount": len(findings), "FailedFindings": []}
        return json_answer(counts, content_type=_REST)

    def _shown(self) -> list[dict[str, Any]]:
        shown = (finding for finding in self.taken.values() if finding["RecordState"] == "ACTIVE")
        return [{name: value for name, value in finding.items() if name != "Times"} for finding in shown]

    def _publish(self, call: Call) -> Answer:
        self.messages.append(call.request.form["Message"])
        return query_answer("Publish", _SNS, "<MessageId>00000000-0000-4000-8000-000000000001</MessageId>")

    def _put(self, call: Call) -> Answer:
        answer = self.objects.put(call.request.path, call.request)
        self.versions += answer.status == 200  # HTTP
        return answer

    def told(self) -> set[tuple[str, str, str]]:
        """Return every change that the topic took: its kind, account id and rule."""
        documents = (json.loads(json.loads(message)["sqs"]) for message in self.messages)
        return {
            (change["kind"], change["account_id"], (change["finding"] or {}).get("rule", ""))
            for document in documents
            for change in document["changes"]
        }


def _without_call(answer: Callable[[], Answer], _call: Call) -> Answer:
    return answer()


def _entry(account: str, *, has_path: bool) -> dict[str, Any]:
    state = "SUSPENDED" if account == SUSPENDED else "ACTIVE"
    unit = unit_of(account)
    path = "/".join((ORGANIZATION_ID, ROOT, *((unit,) if unit != ROOT else ()), account, ""))
    return {
        "Id": account,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION_ID}/{account}",
        "Email": f"aws+{account}@example.com",
        "Name": f"account {account[0]}",
        "Status": state,
        "State": state,
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": 1_754_000_000.0,
        **({"Paths": [path]} if has_path else {}),
    }


def _page(entries: list[dict[str, Any]], call: Call) -> Answer:
    start = int(call.request.document.get("NextToken") or 0)
    end = start + ACCOUNTS_PER_PAGE
    more = {"NextToken": str(end)} if end < len(entries) else {}
    return json_answer({"Accounts": entries[start:end], **more})


def _unit(unit_id: str) -> dict[str, str]:
    return {"Id": unit_id, "Arn": f"arn:aws:organizations::{MANAGEMENT}:ou/{unit_id}", "Name": _NAMES[unit_id]}


def _list_units(call: Call) -> Answer:
    below = (UNIT, OTHER_UNIT) if call.request.document["ParentId"] == ROOT else ()
    return json_answer({"OrganizationalUnits": [_unit(unit) for unit in below]})


def _services(key: str) -> Answer:
    return json_answer({key: [{"ServicePrincipal": name, "DateEnabled": 1_754_000_000.0} for name in _SERVICES]})


def _get_caller_identity(call: Call) -> Answer:
    arn = f"arn:aws:sts::{call.signer}:assumed-role/Audit/matrix"
    return query_answer(
        call.operation, STS, f"<Arn>{arn}</Arn><UserId>AROA:matrix</UserId><Account>{call.signer}</Account>"
    )


def _describe_organization(_call: Call) -> Answer:
    arn = f"arn:aws:organizations::{MANAGEMENT}"
    described = {
        "Id": ORGANIZATION_ID,
        "Arn": f"{arn}:organization/{ORGANIZATION_ID}",
        "FeatureSet": "ALL",
        "MasterAccountArn": f"{arn}:account/{ORGANIZATION_ID}/{MANAGEMENT}",
        "MasterAccountId": MANAGEMENT,
        "MasterAccountEmail": "aws@example.com",
    }
    return json_answer({"Organization": described})


def _list_features(call: Call) -> Answer:
    features = "<member>RootCredentialsManagement</member><member>RootSessions</member>"
    listed = f"<OrganizationId>{ORGANIZATION_ID}</OrganizationId><EnabledFeatures>{features}</EnabledFeatures>"
    return query_answer(call.operation, IAM, listed)


def _assume_role(call: Call) -> Answer:
    account = int(call.account)
    return query_answer(call.operation, STS, assumed_role_xml(account, "matrix") + credentials_xml(account))


def _get_account_summary(call: Call) -> Answer:
    entries = {"Users": 3, "AccountMFAEnabled": 1, "GlobalEndpointTokenVersion": token_version(call.account)}
    spelled = "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in entries.items())
    return query_answer(call.operation, IAM, f"<SummaryMap>{spelled}</SummaryMap>")


def _list_regions(call: Call, page_size: int) -> Answer:
    statuses = list(opt_statuses(call.account).items())
    start = int(call.request.document.get("NextToken") or 0)
    end = start + page_size
    page = [{"RegionName": name, "RegionOptStatus": status} for name, status in statuses[start:end]]
    more = {"NextToken": str(end)} if end < len(statuses) else {}
    return json_answer({"Regions": page, **more}, content_type=_REST)
