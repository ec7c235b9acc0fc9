"""The story that the demo tells, in five parts."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from demo.deployment import ROOT, STACK
from demo.observer import NothingObserved, Observer
from regionproof.domain.untrusted_text import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from demo.deployment import Deployment

CLI = ROOT / ".venv" / "bin" / "regionproof"
ORGANIZATIONS_OWN_ROLE = "OrganizationAccountAccessRole"
ALERT_SECONDS = 60
EXPECTED_EXIT_STATUS = 1
"""The sample organization has noncompliant accounts."""

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")

FOR_REAL = """\
  1. In regionproof.yaml, set deployment.organization_id and roll_out_to to the ids of your organization and its root:
       aws organizations describe-organization --query 'Organization.Id' --output text
       aws organizations list-roots --query 'Roots[0].Id' --output text
  2. With credentials of the management account (once for the CDK, once for StackSets):
       npx cdk bootstrap
       aws cloudformation activate-organizations-access
  3. See what is missing, with the commands that mend it:
       .venv/bin/regionproof preflight
  4. Deploy, and confirm both mails that AWS sends to each address under alerts.emails, within 48 hours:
       npx cdk deploy RegionProof
  The README says what it needs, what rights it takes and what it costs."""


def tell(console: Console, deployment: Deployment) -> None:
    """Deploy, wait for the scheduled run, and print the five parts.

    Raises CdkFailed where the CLI fails, NothingObserved where the run does not come to pass.
    """
    console.print(
        "RegionProof, shown against a local emulator of AWS on this machine, deployed with the real CDK CLI.\n"
        "Nothing of this touches AWS, and no AWS account is needed.\n"
    )
    outputs = _deploy(console, deployment)
    observer = Observer(deployment, outputs)
    queue_url = observer.subscribe_queue()
    _part(console, "1. What was deployed")
    _show_resources(console, observer)
    console.print(f"\nWaiting for the schedule {outputs['ScheduleName']} to run the audit …")
    alert = observer.wait_for_alert(queue_url, ALERT_SECONDS)
    _part(console, "2. The accounts: `regionproof audit` in a terminal")
    _show_accounts(console, deployment)
    _part(console, "3. The findings: as Security Hub returns them")
    _show_findings(console, observer.findings())
    _part(console, "4. The alert: as subscribers of the SNS topic received it")
    _show_alert(console, deployment, alert)
    _part(console, "5. How to deploy for real")
    console.print(FOR_REAL)


def _deploy(console: Console, deployment: Deployment) -> dict[str, str]:
    deployment.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
    with _timed(console, "cdk bootstrap"):
        deployment.bootstrap()
    with _timed(console, f"cdk deploy {STACK}"):
        return deployment.deploy()


def _show_resources(console: Console, observer: Observer) -> None:
    kinds = Counter(kind for kind, _ in observer.resources())
    table = Table("Resource type", "Number", box=None, pad_edge=False)
    for kind, number in sorted(kinds.items()):
        table.add_row(kind, str(number))
    console.print(table)


def _show_accounts(console: Console, deployment: Deployment) -> None:
    command = [str(CLI), "audit", "--settings", str(deployment.settings), "--member-role", ORGANIZATIONS_OWN_ROLE]
    environment = {**deployment.environment(), "COLUMNS": str(console.width)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode != EXPECTED_EXIT_STATUS:
        raise NothingObserved(f"regionproof audit ended with {ended.returncode}: {ended.stderr or ended.stdout}")
    console.print(f"$ regionproof audit --member-role {ORGANIZATIONS_OWN_ROLE}\n")
    console.print(ended.stdout, soft_wrap=True)
    console.print(f"exit code {ended.returncode}: there are noncompliant findings")


def _show_findings(console: Console, findings: list[dict[str, Any]]) -> None:
    status = Counter(finding["Compliance"]["Status"] for finding in findings)
    failed = [finding for finding in findings if finding["Compliance"]["Status"] == "FAILED"]
    console.print(
        f"{len(findings)} active findings of RegionProof: {status['FAILED']} FAILED, {status['PASSED']} PASSED.\n"
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
    console.print(f"\nThe first one says:\n  {sanitize_line(worst['Description'])}")
    console.print(f"  Remediation: {sanitize_line(worst['Remediation']['Recommendation']['Text'])}")


def _show_alert(console: Console, deployment: Deployment, alert: dict[str, Any]) -> None:
    mail = next((mail for mail in deployment.aws.mailbox() if mail["subject"]), None)
    if mail is None:
        raise NothingObserved("the topic delivered no mail")
    console.print(f"To:      {mail['endpoint']}\nSubject: {mail['subject']}\n")
    console.print(Text(mail["message"]), soft_wrap=True)
    console.print(
        f"\nA queue got the same as JSON: {len(alert['changes'])} changes, each with the keys "
        f"{', '.join(alert['changes'][0])}.\nThe next run tells only what changed since."
    )


def _worst_first(finding: dict[str, Any]) -> tuple[int, str]:
    return SEVERITIES.index(finding["Severity"]["Label"]), finding["Id"]


def _part(console: Console, title: str) -> None:
    console.print()
    console.rule(title, align="left")
    console.print()


@contextmanager
def _timed(console: Console, what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    console.print(f"{what} …", end="")
    started = time.monotonic()
    yield
    console.print(f" {time.monotonic() - started:.0f} s")
