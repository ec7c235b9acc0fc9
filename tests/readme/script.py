"""README's commands in README's order: who runs them, what they lead to, and why some are not run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .journey import AUDIT, MANAGEMENT, MEMBER, PREFLIGHT, SECURITY_HUB, Step

if TYPE_CHECKING:
    from .journey import Journey
    from .terminal import Ended

IN_MANAGEMENT, BY_DELEGATE = "from the management account", "from a delegated administrator"
JOURNEYS = (IN_MANAGEMENT, BY_DELEGATE)

TOP = {IN_MANAGEMENT: MANAGEMENT}
BOTH = {IN_MANAGEMENT: MANAGEMENT, BY_DELEGATE: MANAGEMENT}
BOTH_AUDITS = {IN_MANAGEMENT: MANAGEMENT, BY_DELEGATE: AUDIT}
DELEGATING = {BY_DELEGATE: MANAGEMENT}
DELEGATE = {BY_DELEGATE: AUDIT}

NOT_RUN = {
    "regionproof audit": "names the command; it is run with its options below",
    "aws organizations": "names the service of trusted access, as something that is not enough",
    "aws stepfunctions redrive-execution --execution-arn EXECUTION_ARN": "the local AWS has no redrive; "
    "tests/e2e/test_distributed.py makes the calls that a redrive makes",
    "aws iam-toolbox get-request-authorization-details --authorization-id ID": "the local AWS keeps no details of "
    "denials; it is parsed",
}
"""Command -> why. Those of ``make`` are not here: each is looked up in the Makefile."""

EMAIL = "you@example.com"
OF_BOOTSTRAP = re.compile(r"cdk-hnb659fds-|cloudformation:CDKToolkit")


def _write_ids(journey: Journey, _ended: Ended) -> None:
    organization = journey.succeed("aws organizations describe-organization --query 'Organization.Id' --output text")
    root = journey.succeed("aws organizations list-roots --query 'Roots[0].Id' --output text")
    journey.change_settings("organization_id: o-exampleorgid", f"organization_id: {organization.strip()}")
    journey.change_settings("roll_out_to: [r-abcd]", f"roll_out_to: [{root.strip()}]")
    journey.change_settings("  emails: []", f"  emails: [{EMAIL}]")
    if journey.name == BY_DELEGATE:
        journey.change_settings("  account: management", "  account: delegated-administrator")


def _do_what_preflight_says(journey: Journey, ended: Ended) -> None:
    command = SECURITY_HUB.search(ended.printed)
    assert command, ended.printed
    journey.succeed(command[0])
    assert "MISSING" not in journey.succeed(PREFLIGHT)


def _deployed(journey: Journey, _ended: Ended) -> None:
    journey.read_outputs()
    assert "MISSING" not in journey.succeed(PREFLIGHT)


def _accepted(_journey: Journey, ended: Ended) -> None:
    assert '"StatusCode": 202' in ended.printed


def _result_is_in_security_hub_and_in_the_mail(journey: Journey, _ended: Ended) -> None:
    assert journey.client("securityhub").get_findings()["Findings"]
    assert EMAIL in {mail["endpoint"] for mail in journey.aws.mailbox()}


def _every_account_is_read(journey: Journey, _ended: Ended) -> None:
    summary = journey.audit()["summary"]
    # A policy denies the Regions of one account to the member role. The delegated administrator for StackSets is none
    # for Account Management, which would answer centrally.
    expected = {IN_MANAGEMENT: (21, 2), BY_DELEGATE: (20, 3)}[journey.name]
    assert (summary["accounts_audited"], summary["accounts_not_audited"]) == expected


def _is_a_document(_journey: Journey, ended: Ended) -> None:
    assert json.loads(ended.printed)["findings"]


def _change_to_steps(journey: Journey) -> None:
    journey.change_settings("\nengine: lambda", "\nengine: step-functions")
    journey.succeed("npx cdk deploy RegionProof")
    journey.read_outputs()


def _execution_succeeds(journey: Journey, ended: Ended) -> None:
    arn, client = json.loads(ended.printed)["executionArn"], journey.client("stepfunctions")
    journey.wait(lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING")
    assert client.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"


def _only_the_ledger_is_left(journey: Journey, _ended: Ended) -> None:
    left = journey.resources() - journey.empty[journey.account]
    assert {name for name in left if not OF_BOOTSTRAP.search(name)} == {f"s3:{journey.outputs['LedgerBucketName']}"}
    assert "iam:RegionProofAudit" not in journey.resources(MEMBER)


def _no_member_role_is_left(journey: Journey, _ended: Ended) -> None:
    assert {name for name in journey.resources() if "RegionProof" in name} == set()


def _name_the_bucket_that_is_left(journey: Journey) -> None:
    journey.change_settings("deployment:\n", f"deployment:\n  ledger_bucket: {journey.outputs['LedgerBucketName']}\n")


def _goes_on_with_the_ledger(journey: Journey, _ended: Ended) -> None:
    left = journey.outputs["LedgerBucketName"]
    journey.read_outputs()
    assert journey.outputs["LedgerBucketName"] == left
    assert not any(journey.audit()["changes"].values())


def _destroy_again(journey: Journey) -> None:
    journey.succeed("npx cdk destroy RegionProof")


def _bucket_is_gone(journey: Journey, _ended: Ended) -> None:
    assert f"s3:{journey.outputs['LedgerBucketName']}" not in journey.resources()


def _nothing_is_open(journey: Journey, _ended: Ended) -> None:
    findings = journey.client("securityhub").get_findings()["Findings"]
    assert {finding["Workflow"]["Status"] for finding in findings} == {"RESOLVED"}


def _delete_the_bucket_of_the_cdk_and_all_is_as_before(journey: Journey, _ended: Ended) -> None:
    (bucket,) = (name.removeprefix("s3:") for name in journey.resources() if OF_BOOTSTRAP.search(name))
    for command in (DELETE_POLICY, EMPTY, DELETE_BUCKET):
        journey.succeed(command.replace("LEDGER_BUCKET", bucket))
    assert journey.resources() == journey.empty[MANAGEMENT]


EMPTY = """\
while objects=$(aws s3api list-object-versions --bucket LEDGER_BUCKET --no-paginate --query '[Versions, DeleteMarkers]\
[].{Key: Key, VersionId: VersionId}' --output json) && [ "$objects" != "[]" ]; do
[ "$(aws s3api delete-objects --bucket LEDGER_BUCKET --delete "{\\"Objects\\": $objects}" --query Errors \
--output text)" = None ] || break
done"""
DELETE_POLICY = "aws s3api delete-bucket-policy --bucket LEDGER_BUCKET"
DELETE_BUCKET = "aws s3 rb s3://LEDGER_BUCKET"
RESOLVE = """\
while findings=$(aws securityhub get-findings --max-items 100 --query 'Findings[].{Id: Id, ProductArn: ProductArn}' \
--output json --filters '{"GeneratorId": [{"Value": "regionproof/", "Comparison": "PREFIX"}], "WorkflowStatus": \
[{"Value": "RESOLVED", "Comparison": "NOT_EQUALS"}, {"Value": "SUPPRESSED", "Comparison": "NOT_EQUALS"}]}') \
&& [ "$findings" != "[]" ]; do
aws securityhub batch-update-findings --finding-identifiers "$findings" --workflow Status=RESOLVED || break
done"""
PRINCIPAL = "--service-principal member.org.stacksets.cloudformation.amazonaws.com"
AUDIT_COMMAND = ".venv/bin/regionproof audit --member-role OrganizationAccountAccessRole"

STEPS = (
    Step("export AWS_REGION=eu-central-1", BOTH),
    Step("aws organizations describe-organization --query 'Organization.Id' --output text", BOTH),
    Step("aws organizations list-roots --query 'Roots[0].Id' --output text", BOTH, after=_write_ids),
    Step("npx cdk bootstrap", TOP),
    Step("aws cloudformation activate-organizations-access", TOP),
    Step(PREFLIGHT, TOP, status=2, after=_do_what_preflight_says),
    Step("npx cdk deploy RegionProof", TOP, after=_deployed),
    Step(
        f"aws sns subscribe --topic-arn TOPIC_ARN_FROM_THE_OUTPUTS --protocol email --notification-endpoint {EMAIL}",
        TOP,
    ),
    Step(
        "aws lambda invoke --function-name NAME_FROM_THE_OUTPUTS --invocation-type Event --payload '{}' "
        "--cli-binary-format raw-in-base64-out out.json",
        TOP,
        after=_accepted,
    ),
    Step(
        'aws logs tail --follow "$(aws lambda get-function-configuration --function-name NAME_FROM_THE_OUTPUTS '
        '--query LoggingConfig.LogGroup --output text)"',
        TOP,
        until="audit.finished",
        after=_result_is_in_security_hub_and_in_the_mail,
    ),
    Step("aws cloudformation activate-organizations-access", DELEGATING),
    Step(f"aws organizations register-delegated-administrator {PRINCIPAL} --account-id AUDIT_ACCOUNT", DELEGATING),
    Step("npx cdk bootstrap", DELEGATE),
    Step(PREFLIGHT, DELEGATE, status=2, after=_do_what_preflight_says),
    Step("npx cdk deploy RegionProof", DELEGATE, after=_deployed),
    Step(
        "npx cdk deploy RegionProofMemberRole --parameters AuditRoleArn=AUDIT_ROLE_ARN_FROM_THE_OUTPUTS",
        DELEGATING,
    ),
    Step("aws iam enable-organizations-root-credentials-management", DELEGATING),
    Step("regionproof preflight", BOTH_AUDITS),
    Step(AUDIT_COMMAND, TOP, status=1),
    Step(f"{AUDIT_COMMAND} --account 111122223333 --format json", TOP, status=1, after=_is_a_document),
    Step("regionproof audit --format json", TOP, status=3, after=_is_a_document),
    Step(
        "aws stepfunctions start-execution --state-machine-arn STATE_MACHINE_ARN_FROM_THE_OUTPUTS --input '{}'",
        TOP,
        before=_change_to_steps,
        after=_execution_succeeds,
    ),
    Step(PREFLIGHT, BOTH_AUDITS, after=_every_account_is_read),
    Step("aws sns list-subscriptions-by-topic --topic-arn ARN", TOP),
    Step(PREFLIGHT, BOTH_AUDITS),
    Step("npx cdk deploy RegionProof", BOTH_AUDITS, after=_deployed),
    Step("npx cdk destroy RegionProof", BOTH_AUDITS, after=_only_the_ledger_is_left),
    Step("npx cdk destroy RegionProofMemberRole", DELEGATING, after=_no_member_role_is_left),
    Step(
        "npx cdk deploy RegionProof --import-existing-resources",
        TOP,
        before=_name_the_bucket_that_is_left,
        after=_goes_on_with_the_ledger,
    ),
    Step(DELETE_POLICY, TOP, before=_destroy_again),
    Step(EMPTY, TOP),
    Step(DELETE_BUCKET, TOP, after=_bucket_is_gone),
    Step(RESOLVE, TOP, after=_nothing_is_open),
    Step(f"aws organizations deregister-delegated-administrator {PRINCIPAL} --account-id AUDIT_ACCOUNT", DELEGATING),
    Step("aws cloudformation deactivate-organizations-access", BOTH),
    Step(
        "aws cloudformation delete-stack --stack-name CDKToolkit",
        TOP,
        after=_delete_the_bucket_of_the_cdk_and_all_is_as_before,
    ),
)
