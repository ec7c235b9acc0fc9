"""The schedule fires, an update changes what runs, and a destroy leaves nothing behind but the ledger."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from demo.deployment import CdkFailed, Deployment

from .expected import expectation
from .stage import SCHEDULER_MINUTE_SECONDS, Stage, deployed, prepared, write_settings

pytestmark = pytest.mark.network


def test_a_stack_is_deployed_runs_by_its_schedule_is_updated_and_destroyed() -> None:
    """One story, because each step needs the one before."""
    with deployed("rate(1 minute)") as stage:
        alert = stage.observer.wait_for_alert(stage.queue_url, seconds=10 * SCHEDULER_MINUTE_SECONDS)
        assert {change["account_id"] for change in alert["changes"]} == {
            account_id for found in expectation().noncompliant().values() for account_id, _ in found
        }
        assert schedule_of(stage)["ScheduleExpression"] == "rate(1 minute)"

        write_settings(stage.deployment.settings, "rate(1 day)")
        outputs = stage.deployment.deploy()
        assert outputs["FunctionName"] == stage.observer.outputs["FunctionName"]
        assert schedule_of(stage)["ScheduleExpression"] == "rate(1 day)"
        stage.assert_it_tells_the_truth()

        stage.deployment.destroy()
        left = stage.deployment.client("lambda").list_functions()["Functions"]
        assert [function["FunctionName"] for function in left if "RegionProof" in function["FunctionName"]] == []
        assert not has_member_role(stage.deployment.aws.endpoint_url, "400000000001")

        assert_that_a_new_deployment_goes_on_with_the_ledger(stage)


def assert_that_a_new_deployment_goes_on_with_the_ledger(stage: Stage) -> None:
    """Deploy again with the bucket that the first deployment left: it is the stack's own, and nothing is new."""
    left = stage.observer.outputs["LedgerBucketName"]
    assert ledger_buckets(stage.deployment) == [left]
    change_settings(stage.deployment, "deployment:\n", f"deployment:\n  ledger_bucket: {left}\n")

    outputs = stage.deployment.deploy(take_over=True)

    assert ledger_buckets(stage.deployment) == [outputs["LedgerBucketName"]] == [left]
    policy = stage.deployment.client("s3").get_bucket_policy(Bucket=left)["Policy"]
    assert "aws:SecureTransport" in policy
    assert not any(stage.deployment.invoke(outputs["FunctionName"], {})["changes"].values())


def test_a_first_deployment_that_fails_leaves_no_bucket() -> None:
    """And the stack can be deployed once the fault is gone, as the CDK deletes what is left of it."""
    with prepared("rate(1 day)") as deployment:
        change_settings(deployment, "roll_out_to: [r-exm1]", "roll_out_to: [ou-exm1-nowhere01]")

        with pytest.raises(CdkFailed, match="ou-exm1-nowhere01"):
            deployment.deploy()

        assert ledger_buckets(deployment) == []
        change_settings(deployment, "roll_out_to: [ou-exm1-nowhere01]", "roll_out_to: [r-exm1]")
        outputs = deployment.deploy()
        assert ledger_buckets(deployment) == [outputs["LedgerBucketName"]]


def change_settings(deployment: Deployment, old: str, new: str) -> None:
    """Replace a text that is in the settings once."""
    text = deployment.settings.read_text(encoding="utf-8")
    assert text.count(old) == 1
    deployment.settings.write_text(text.replace(old, new), encoding="utf-8")


def ledger_buckets(deployment: Deployment) -> list[str]:
    """Return the names of all ledger buckets in the account."""
    names = [bucket["Name"] for bucket in deployment.client("s3").list_buckets()["Buckets"]]
    return [name for name in names if "ledger" in name]


def schedule_of(stage: Stage) -> dict[str, Any]:
    """Return the deployed schedule."""
    schedule: dict[str, Any] = stage.deployment.client("scheduler").get_schedule(
        Name=stage.observer.outputs["ScheduleName"]
    )
    return schedule


def has_member_role(endpoint_url: str, account_id: str) -> bool:
    """Return whether an account still has the role that the StackSet made."""
    iam = boto3.client(
        "iam",
        endpoint_url=endpoint_url,
        aws_access_key_id=account_id,
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    roles = iam.get_paginator("list_roles").paginate()
    return any(role["RoleName"] == "RegionProofAudit" for page in roles for role in page["Roles"])
