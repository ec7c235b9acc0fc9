"""The schedule fires, an update changes what runs, and a destroy leaves nothing behind."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from .expected import expectation
from .stage import SCHEDULER_MINUTE_SECONDS, Stage, deployed, write_settings

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


def schedule_of(stage: Stage) -> dict[str, Any]:
    """Return the deployed schedule."""
    schedule: dict[str, Any] = stage.deployment.client("scheduler").get_schedule(
        Name=stage.observer.outputs["ScheduleName"]
    )
    return schedule


def has_member_role(endpoint_url: str, account_id: str) -> bool:
    """Tell whether an account still has the role that the StackSet made."""
    iam = boto3.client(
        "iam",
        endpoint_url=endpoint_url,
        aws_access_key_id=account_id,
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    roles = iam.get_paginator("list_roles").paginate()
    return any(role["RoleName"] == "RegionProofAudit" for page in roles for role in page["Roles"])
