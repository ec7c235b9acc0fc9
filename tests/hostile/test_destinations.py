"""No finding and no alert holds a credential that the process knows, wherever its text comes from."""

from __future__ import annotations

import json
from typing import Any

from regionproof.aws.redaction import know_environment
from regionproof.domain.untrusted_text import REDACTED
from regionproof.publishers.security_hub import SecurityHubPublisher
from regionproof.publishers.sns import SnsPublisher
from tests.publishers.alerts import many
from tests.support.fakes import RecordingLog

SECRET = "t7Yw/Zq3+Rk9sVb2NfXc5LmHpJdGuEaKoTiSrQe4"  # made up
TOPIC = "arn:aws:sns:eu-central-1:111111111111:RegionProofFindings"


class Sent:
    """A client that keeps what it is asked to send."""

    def __init__(self) -> None:
        self.arguments: list[dict[str, Any]] = []

    def publish(self, **arguments: Any) -> dict[str, str]:
        """Take an alert."""
        self.arguments.append(arguments)
        return {"MessageId": "1"}

    def batch_import_findings(self, **arguments: Any) -> dict[str, Any]:
        """Take findings."""
        self.arguments.append(arguments)
        return {"SuccessCount": len(arguments["Findings"]), "FailedCount": 0, "FailedFindings": []}


def test_an_alert_holds_none_and_keeps_its_forms() -> None:
    """Programs still read theirs."""
    know_environment({"AWS_SECRET_ACCESS_KEY": SECRET})
    client: Any = Sent()
    receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(many(2, SECRET))
    (sent,) = client.arguments
    assert SECRET[:16] not in json.dumps(sent)
    assert REDACTED in sent["Message"]
    forms = json.loads(sent["Message"])
    assert len(json.loads(forms["sqs"])["changes"]) == len(receipt.arrived)
    json.loads(forms["https"])


def test_a_finding_holds_none() -> None:
    """Neither in its description nor in its details; its id stays."""
    know_environment({"AWS_SECRET_ACCESS_KEY": SECRET})
    client: Any = Sent()
    receipt = SecurityHubPublisher(client, RecordingLog().logger).publish(many(2, SECRET))
    (sent,) = client.arguments
    assert SECRET[:16] not in json.dumps(sent)
    assert {finding["Id"] for finding in sent["Findings"]} == receipt.arrived
    of_a_member = sent["Findings"][-1]
    assert of_a_member["Resources"][0]["Details"]["Other"]["AccountName"] == REDACTED
