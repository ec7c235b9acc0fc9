"""A deployed RegionProof in a local AWS of its own, and the one question: does it tell the truth?"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from demo.deployment import Deployment
from demo.observer import Observer
from emulator.process import LocalAws

from .expected import SETTINGS_FILE, expectation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MANAGEMENT_ACCOUNT_ID = "111111111111"
SCHEDULER_MINUTE_SECONDS = 6


@dataclass(frozen=True)
class Stage:
    """One deployment, its outputs, and the queue that gets its alerts."""

    deployment: Deployment
    observer: Observer
    queue_url: str

    @cached_property
    def first_alert(self) -> dict[str, Any]:
        """Return the alert of the first run, which this starts if there was none."""
        if not self.deployment.aws.mailbox():
            self.invoke({})
        return self.observer.wait_for_alert(self.queue_url, seconds=20)

    def client_of(self, account_id: str, service: str) -> Any:
        """Return a client that acts as the root of an account."""
        session: Any = boto3.Session(
            aws_access_key_id=account_id, aws_secret_access_key="test", region_name="us-east-1"
        )
        return session.client(service, endpoint_url=self.deployment.aws.endpoint_url)

    def finding(self, account_id: str, rule: str) -> dict[str, Any]:
        """Return one finding as Security Hub has it."""
        return next(f for f in self.observer.findings() if f["Id"].endswith(f"/{account_id}/{rule}"))

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function and return the summary of its run."""
        return self.deployment.invoke(self.observer.outputs["FunctionName"], event)

    def assert_it_tells_the_truth(self) -> None:
        """Run the audit and hold what it says and what arrives against the sample organization's file."""
        expected = expectation()
        returned = self.invoke({})
        wanted = {rule: len(found) for rule, found in expected.noncompliant().items()}
        assert returned["summary"]["noncompliant_by_rule"] == wanted
        assert returned["summary"]["accounts_audited"] == len(expected.audited)
        assert returned["summary"]["accounts_not_audited"] == len(expected.refused)
        for destination, arrived in returned["delivery"].items():
            assert arrived["undelivered"] == 0, destination
        assert failed_by_rule(self.observer.findings(), expected.exempt()) == expected.noncompliant()


def failed_by_rule(findings: list[dict[str, Any]], exempt: set[tuple[str, str]]) -> dict[str, set[tuple[str, str]]]:
    """Return who is FAILED under each rule and how bad, in Security Hub's words, exempt findings left out."""
    named: dict[str, set[tuple[str, str]]] = {"STS.1": set(), "Regions.1": set(), "Coverage.1": set()}
    for finding in findings:
        rule = finding["GeneratorId"].removeprefix("regionproof/")
        account_id = finding["Resources"][0]["Id"].rpartition(":")[2]
        if finding["Compliance"]["Status"] == "FAILED" and (account_id, rule) not in exempt:
            named[rule].add((account_id, finding["Severity"]["Label"]))
    return named


@contextmanager
def prepared(schedule: str) -> Iterator[Deployment]:
    """Start a local AWS and bootstrap, for the demo's settings with another schedule, and clean up."""
    options = ("--scheduler-minute", str(SCHEDULER_MINUTE_SECONDS))
    with LocalAws(options=options) as aws, tempfile.TemporaryDirectory(prefix="regionproof-e2e-") as folder:
        settings = Path(folder) / "regionproof.yaml"
        write_settings(settings, schedule)
        deployment = Deployment(aws, MANAGEMENT_ACCOUNT_ID, settings, Path(folder))
        deployment.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
        deployment.bootstrap()
        yield deployment


@contextmanager
def deployed(schedule: str) -> Iterator[Stage]:
    """Deploy into a local AWS, with the demo's settings and another schedule, and clean up."""
    with prepared(schedule) as deployment:
        observer = Observer(deployment, deployment.deploy())
        yield Stage(deployment, observer, observer.subscribe_queue())


def write_settings(file: Path, schedule: str) -> None:
    """Write the demo's settings with another schedule."""
    text = SETTINGS_FILE.read_text(encoding="utf-8")
    assert "expression: rate(1 minute)" in text
    file.write_text(text.replace("expression: rate(1 minute)", f"expression: {schedule}"), encoding="utf-8")
