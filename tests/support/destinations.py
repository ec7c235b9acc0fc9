"""Security Hub and SNS in memory, with the client methods that the publishers use."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


@dataclass
class FakeSecurityHub:
    """Findings by id, updated by the rules of BatchImportFindings.

    https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
    https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Workflow.html
    """

    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses_calls: bool = False
    refuses: frozenset[str] = frozenset()
    taken: list[str] = field(default_factory=list)

    def batch_import_findings(self, **parameters: Any) -> dict[str, Any]:
        """Import all findings that are not refused. A finding that is not later than the known one is ignored."""
        if self.refuses_calls:
            refusal: Any = {"Error": {"Code": "ServiceUnavailable", "Message": "not now"}}
            raise ClientError(refusal, "BatchImportFindings")
        findings = parameters["Findings"]
        assert 1 <= len(findings) <= 100
        refused = [finding["Id"] for finding in findings if finding["Id"].endswith(tuple(self.refuses))]
        for finding in findings:
            if finding["Id"] not in refused:
                self._take(finding)
        failed = [{"Id": one, "ErrorCode": "InvalidInput", "ErrorMessage": "not today"} for one in refused]
        return {"SuccessCount": len(findings) - len(failed), "FailedCount": len(failed), "FailedFindings": failed}

    def get_findings(self, **parameters: Any) -> dict[str, Any]:
        """Return one page of two findings that match the filters of the index."""
        if self.refuses_calls:
            refusal: Any = {"Error": {"Code": "ServiceUnavailable", "Message": "not now"}}
            raise ClientError(refusal, "GetFindings")
        filters = parameters["Filters"]
        (state,), (prefix,) = filters["RecordState"], filters["Id"]
        (times,) = filters.get("UpdatedAt", [{"End": "9999"}])
        matching = [
            one
            for one in self.findings.values()
            if one["RecordState"] == state["Value"]
            and one["Id"].startswith(prefix["Value"])
            and one["UpdatedAt"] <= times["End"]
        ]
        start = int(parameters.get("NextToken", 0))
        page = {"Findings": copy.deepcopy(matching[start : start + 2])}
        return {**page, "NextToken": str(start + 2)} if matching[start + 2 :] else page

    def _take(self, finding: dict[str, Any]) -> None:
        known = self.findings.get(finding["Id"])
        self.taken.append(finding["Id"])
        if known is None:
            self.findings[finding["Id"]] = {**finding, "Workflow": "NEW"}
        elif finding["UpdatedAt"] > known["UpdatedAt"]:
            reset = known["Workflow"] in {"NOTIFIED", "RESOLVED"} and comes_back(known, finding)
            self.findings[finding["Id"]] = {**finding, "Workflow": "NEW" if reset else known["Workflow"]}

    def shown(self) -> dict[str, str]:
        """Return the status of every active finding, by id."""
        return {
            finding_id: finding["Compliance"]["Status"]
            for finding_id, finding in self.findings.items()
            if finding["RecordState"] == "ACTIVE"
        }

    def workflow(self) -> dict[str, str]:
        """Return the workflow status of every finding, by id."""
        return {finding_id: finding["Workflow"] for finding_id, finding in self.findings.items()}

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Return a copy of all findings."""
        return copy.deepcopy(self.findings)


def comes_back(known: dict[str, Any], finding: dict[str, Any]) -> bool:
    """Return whether an update reopens a closed finding."""
    if (known["RecordState"], finding["RecordState"]) == ("ARCHIVED", "ACTIVE"):
        return True
    before, after = known["Compliance"]["Status"], finding["Compliance"]["Status"]
    return bool(before == "PASSED" and after != "PASSED")


def assert_workflow_holds(hub: FakeSecurityHub, before: dict[str, dict[str, Any]]) -> None:
    """Check that imports keep manual edits of the workflow, reset it for reopened findings, and are ever later."""
    for finding_id, old in before.items():
        new = hub.findings[finding_id]
        is_new = old["Workflow"] in {"NOTIFIED", "RESOLVED"} and comes_back(old, new)
        if hub.taken.count(finding_id) < 2:  # if two runs happened, the first may have reopened it
            assert new["Workflow"] == ("NEW" if is_new else old["Workflow"])
        if finding_id in hub.taken:
            assert new["UpdatedAt"] > old["UpdatedAt"]
        assert new["CreatedAt"] <= new["UpdatedAt"]


@dataclass
class FakeTopic:
    """Records the changes of every message, in the form for programs.

    With ``refuses`` it refuses every message. Its response gets lost with ``loses_answers``, after it has accepted the
    message, and with ``hangs``, before.
    """

    refuses: bool = False
    loses_answers: bool = False
    hangs: bool = False
    messages: list[list[dict[str, Any]]] = field(default_factory=list)

    def publish(self, **message: Any) -> dict[str, Any]:
        """Record the message, or raise an error."""
        if self.refuses:
            refusal: Any = {
                "Error": {"Code": "AuthorizationError", "Message": "not you"},
                "ResponseMetadata": {"HTTPStatusCode": 403, "RetryAttempts": 0},
            }
            raise ClientError(refusal, "Publish")
        if self.hangs:
            raise ReadTimeoutError(endpoint_url="https://sns.eu-central-1.amazonaws.com/")
        program = json.loads(json.loads(message["Message"])["sqs"])
        assert program["changes_omitted"] == 0
        self.messages.append(program["changes"])
        if self.loses_answers:
            raise ReadTimeoutError(endpoint_url="https://sns.eu-central-1.amazonaws.com/")
        return {"MessageId": str(len(self.messages))}
