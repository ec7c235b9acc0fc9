"""The deployed function audits the sample organization."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from demo.deployment import ROOT, Deployment
from regionproof.domain.untrusted_text import sanitize_line

from .expected import SETTINGS_FILE, expectation

if TYPE_CHECKING:
    from .stage import Stage

pytestmark = pytest.mark.network

HOSTILE = "600000000001"


def audit_in_a_terminal(deployment: Deployment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a role that a person may assume."""
    command = [str(ROOT / ".venv" / "bin" / "regionproof"), "audit", "--settings", str(SETTINGS_FILE), *arguments]
    return subprocess.run(  # noqa: S603  # the command of this project
        [*command, "--member-role", "OrganizationAccountAccessRole"],
        cwd=ROOT,
        env=deployment.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def named_in(findings: list[dict[str, Any]]) -> dict[str, set[tuple[str, str]]]:
    """Return who is noncompliant under each rule, exempt findings left out."""
    named: dict[str, set[tuple[str, str]]] = {"STS.1": set(), "Regions.1": set(), "Coverage.1": set()}
    for finding in findings:
        if finding["compliance"] == "NON_COMPLIANT" and not finding["exempt"]:
            named[finding["rule"]].add((finding["account_id"], finding["severity"]))
    return named


def test_the_sample_organization_has_every_kind_of_account() -> None:
    """So that none of the promises below is kept by an empty set."""
    expected = expectation()
    noncompliant = expected.noncompliant()
    assert {severity for _, severity in noncompliant["STS.1"]} == {"HIGH", "MEDIUM"}
    assert len(noncompliant["Regions.1"]) >= 2
    assert len(expected.refused) == 2
    assert len(expected.organization["accounts"]) == 24
    assert len(expected.active) == 23


def test_security_hub_names_exactly_the_accounts_that_the_file_makes_noncompliant(stage: Stage) -> None:
    """Under each rule, with the severity; and the summary and the deliveries agree."""
    stage.assert_it_tells_the_truth()


def test_the_first_alert_reaches_programs_and_people(stage: Stage) -> None:
    """A queue gets JSON with the same accounts, a mail names them and breaks no line by a hostile name."""
    alert = stage.first_alert
    assert named_in([change["finding"] for change in alert["changes"]]) == expectation().noncompliant()
    mail = stage.deployment.aws.mailbox()[0]
    assert mail["subject"].isascii()
    assert len(mail["subject"]) <= 100
    for account_id, _ in set.union(*expectation().noncompliant().values()):
        assert account_id in mail["message"]
    assert sanitize_line(expectation().active[HOSTILE]["name"]) in mail["message"]


def test_a_run_in_which_nothing_changed_tells_nobody(stage: Stage) -> None:
    """One message a run, and only on change."""
    before = len(stage.deployment.aws.mailbox())
    returned = stage.invoke({})
    assert returned["changes"] == {}
    assert len(stage.deployment.aws.mailbox()) == before


def test_a_change_is_told_once_and_moves_the_finding(stage: Stage) -> None:
    """An account is switched to version 2 and back: PASSED, then FAILED and NEW again, and first seen stays."""
    account_id, seen = "500000000003", []
    for wanted, status in (("v2Token", "PASSED"), ("v1Token", "FAILED")):
        iam = stage.client_of(account_id, "iam")
        iam.set_security_token_service_preferences(GlobalEndpointTokenVersion=wanted)
        returned = stage.invoke({})
        assert list(returned["changes"].values()) == [1]
        finding = stage.finding(account_id, "STS.1")
        assert finding["Compliance"]["Status"] == status
        assert finding["Workflow"]["Status"] == "NEW"
        seen.append((finding["CreatedAt"], finding["UpdatedAt"]))
        assert account_id in stage.deployment.aws.mailbox()[-1]["message"]
    (created, updated), (created_then, updated_then) = seen
    assert created == created_then
    assert updated < updated_then


def test_a_finding_says_what_a_person_needs(stage: Stage) -> None:
    """The hostile account: name untouched, evidence, remedy, and the error names that people search for."""
    stage.invoke({})
    finding = next(f for f in stage.observer.findings() if f["Id"].endswith(f"/{HOSTILE}/STS.1"))
    assert finding["ProductFields"]["AccountName"] == expectation().active[HOSTILE]["name"]
    assert finding["Resources"][0]["Id"] == f"AWS::::Account:{HOSTILE}"
    assert "ap-east-1 (ENABLED)" in finding["Description"]
    assert "AuthFailure" in finding["Description"]
    assert "set-security-token-service-preferences" in finding["Remediation"]["Recommendation"]["Text"]
    assert finding["AwsAccountId"] == "111111111111"


def test_a_dry_run_publishes_nothing(stage: Stage) -> None:
    """It returns the summary, and no call goes to Security Hub or SNS."""
    before = len(stage.deployment.aws.calls())
    returned = stage.invoke({"dry_run": True})
    assert returned["delivery"] == {}
    actions = {call["action"] for call in stage.deployment.aws.calls(after=before)}
    assert not actions & {"securityhub:BatchImportFindings", "sns:Publish"}
    assert returned["summary"]["accounts_audited"] == len(expectation().audited)


def test_a_partial_run_looks_at_the_named_accounts_only(stage: Stage) -> None:
    """No other account is entered."""
    before = len(stage.deployment.aws.calls())
    returned = stage.invoke({"accounts": ["400000000001"], "dry_run": True})
    assert returned["run"]["partial"]
    assert returned["summary"]["accounts_audited"] == 1
    assumed = [call for call in stage.deployment.aws.calls(after=before) if call["action"] == "sts:AssumeRole"]
    assert len(assumed) == 1


def test_an_event_that_the_function_does_not_know_is_refused_with_its_reasons(stage: Stage) -> None:
    """Everything that is wrong with it, and nothing is called."""
    with pytest.raises(RuntimeError, match=r"unknown key 'acounts'.*dry_run must be true or false"):
        stage.invoke({"acounts": [], "dry_run": "yes"})


def test_a_refused_event_leaves_a_dead_letter_and_publishes_nothing(stage: Stage) -> None:
    """Called as the schedule calls: no one waits for the answer, so the failure must be found elsewhere."""
    before = len(stage.deployment.aws.calls())
    stage.deployment.client("lambda").invoke(
        FunctionName=stage.observer.outputs["FunctionName"], InvocationType="Event", Payload=b'{"acounts": []}'
    )
    letter = stage.observer.wait_for_dead_letter(seconds=60)
    assert "unknown key 'acounts'" in json.dumps(letter)
    actions = {call["action"] for call in stage.deployment.aws.calls(after=before)}
    assert not actions & {"securityhub:BatchImportFindings", "sns:Publish", "s3:PutObject"}


def test_the_terminal_says_the_same_as_the_function(stage: Stage) -> None:
    """As JSON, with the exit code for noncompliant findings."""
    ended = audit_in_a_terminal(stage.deployment, "--format", "json")
    assert ended.returncode == 1, ended.stderr
    document = json.loads(ended.stdout)
    assert named_in(document["findings"]) == expectation().noncompliant()
    by_id = {account["id"]: account for account in document["accounts"]}
    for account_id in expectation().audited:
        described = expectation().active[account_id]
        assert by_id[account_id]["token_version"] == described["token_version"]
        enabled = {r: s for r, s in by_id[account_id]["opt_in_regions"].items() if s != "DISABLED"}
        assert enabled == described.get("opt_in_regions", {})
    for account_id in expectation().refused:
        assert by_id[account_id]["token_version"] is None
        assert by_id[account_id]["audited"] is False


def test_a_member_account_is_told_that_it_may_not_list_the_organization(stage: Stage) -> None:
    """One sentence, exit code 2, no stack trace."""
    member = Deployment(stage.deployment.aws, "300000000001", SETTINGS_FILE, stage.deployment.folder)
    ended = audit_in_a_terminal(member)
    assert ended.returncode == 2
    assert "neither the management account nor a delegated administrator" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_credential_is_in_the_log(stage: Stage) -> None:
    """Not of the function, not of a member."""
    stage.invoke({})
    logs = stage.deployment.client("logs")
    text = "".join(
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]
        for event in logs.get_log_events(logGroupName=group["logGroupName"], logStreamName=stream["logStreamName"])[
            "events"
        ]
    )
    assert '"message":"audit.finished"' in text
    assert text.count('"message":"audit.account_read"') >= len(expectation().active)
    for secret in ("SecretAccessKey", "SessionToken", "ASIA", "X-Amz-Security-Token"):
        assert secret not in text
