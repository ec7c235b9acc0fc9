"""The demo, in five parts: resources, accounts, findings, alert, next steps."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from demo.deployment import ROOT, STACK
from demo.observer import ObservationFailed, Observer
from regionproof.domain.untrusted_text import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from demo.deployment import Deployment

CLI = ROOT / ".venv" / "bin" / "regionproof"
ACCESS_ROLE = "OrganizationAccountAccessRole"
ALERT_SECONDS = 60
EXPECTED_EXIT_STATUS = 1
"""`regionproof audit` returns 1 because the sample organization has noncompliant accounts."""

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")

NEXT_STEPS = """\
  1. Set these two ids in regionproof.yaml, as deployment.organization_id and roll_out_to:
       aws organizations describe-organization --query 'Organization.Id' --output text
       aws organizations list-roots --query 'Roots[0].Id' --output text
  2. With credentials of the management account, prepare the CDK and StackSets once:
       npx cdk bootstrap
       aws cloudformation activate-organizations-access
  3. Check the requirements. Each one that is not met comes with the command that fixes it:
       .venv/bin/regionproof preflight
  4. Deploy:
       npx cdk deploy RegionProof
  5. AWS then sends two e-mails to each address in alerts.emails. Confirm both within 48 hours.

README.md lists the requirements, the permissions and the cost."""


def walk_through(console: Console, deployment: Deployment) -> None:
    """Deploy, wait for the scheduled run, and print the five parts.

    Raise CdkFailed if the CLI fails, and ObservationFailed if the run or one of its results does not appear.
    """
    console.print(
        "This demo deploys RegionProof into a local emulator of AWS, with the real CDK CLI,\n"
        "and audits a sample organization.\n"
        "Everything runs on this machine: you need no AWS account, and nothing is sent to AWS.\n"
    )
    outputs = _deploy(console, deployment)
    observer = Observer(deployment, outputs)
    queue_url = observer.subscribe_queue()
    _part(console, "1. Resources in the stack")
    _show_resources(console, observer)
    console.print(f"\nWaiting for the schedule {outputs['ScheduleName']} to start the first audit …")
    alert = observer.wait_for_alert(queue_url, ALERT_SECONDS)
    _part(console, "2. Accounts: the command line")
    _show_accounts(console, deployment)
    _part(console, "3. Findings: Security Hub")
    _show_findings(console, observer.findings())
    _part(console, "4. Alert: the e-mail from SNS")
    _show_alert(console, deployment, alert)
    _part(console, "5. Deploy it to your own organization")
    console.print(NEXT_STEPS)


def _deploy(console: Console, deployment: Deployment) -> dict[str, str]:
    deployment.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
    with _timed(console, "cdk bootstrap"):
        deployment.bootstrap()
    with _timed(console, f"cdk deploy {STACK}"):
        return deployment.deploy()


def _show_resources(console: Console, observer: Observer) -> None:
    counts = Counter(kind for kind, _ in observer.resources())
    table = Table("Resource type", "Count", box=None, pad_edge=False)
    for kind, count in sorted(counts.items()):
        table.add_row(kind, str(count))
    console.print(table)


def _show_accounts(console: Console, deployment: Deployment) -> None:
    command = [str(CLI), "audit", "--settings", str(deployment.settings), "--member-role", ACCESS_ROLE]
    environment = {**deployment.environment(), "COLUMNS": str(console.width)}
    completed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if completed.returncode != EXPECTED_EXIT_STATUS:
        output = completed.stderr or completed.stdout
        raise ObservationFailed(f"regionproof audit returned exit code {completed.returncode}: {output}")
    console.print(f"$ regionproof audit --member-role {ACCESS_ROLE}\n")
    console.print(completed.stdout, soft_wrap=True)
    console.print(f"Exit code {completed.returncode}: there are noncompliant findings.")


def _show_findings(console: Console, findings: list[dict[str, Any]]) -> None:
    statuses = Counter(finding["Compliance"]["Status"] for finding in findings)
    failed = [finding for finding in findings if finding["Compliance"]["Status"] == "FAILED"]
    console.print(
        f"Security Hub has {len(findings)} active findings from RegionProof: {statuses['FAILED']} FAILED and "
        f"{statuses['PASSED']} PASSED.\nThese are the FAILED ones:\n"
    )
    table = Table("Severity", "Workflow", "Title", "Resource", "Account name", box=None, pad_edge=False)
    for finding in sorted(failed, key=_worst_first):
        name = sanitize_line(finding["ProductFields"]["AccountName"])
        table.add_row(
            finding["Severity"]["Label"],
            finding["Workflow"]["Status"],
            Text(finding["Title"]),
            finding["Resources"][0]["Id"],
            Text(name),
        )
    console.print(table)
    worst = min(failed, key=_worst_first)
    console.print(f"\nThe first of them in full:\n  {sanitize_line(worst['Description'])}")
    console.print(f"  Remediation: {sanitize_line(worst['Remediation']['Recommendation']['Text'])}")


def _show_alert(console: Console, deployment: Deployment, alert: dict[str, Any]) -> None:
    mail = next((mail for mail in deployment.aws.mailbox() if mail["subject"]), None)
    if mail is None:
        raise ObservationFailed("the topic delivered no e-mail")
    console.print(f"To:      {mail['endpoint']}\nSubject: {mail['subject']}\n")
    console.print(Text(mail["message"]), soft_wrap=True)
    console.print(
        f"\nQueues and functions receive the same alert as JSON: {len(alert['changes'])} changes, each with "
        f"{', '.join(alert['changes'][0])}.\nThe next alert will report only later changes."
    )


def _worst_first(finding: dict[str, Any]) -> tuple[int, str]:
    return SEVERITIES.index(finding["Severity"]["Label"]), finding["Id"]


def _part(console: Console, title: str) -> None:
    console.print()
    console.rule(title, align="left")
    console.print()


@contextmanager
def _timed(console: Console, step: str) -> Iterator[None]:
    """Print the step as it starts, and its duration when it ends."""
    console.print(f"{step} …", end="")
    started = time.monotonic()
    yield
    console.print(f" {time.monotonic() - started:.0f} s")
