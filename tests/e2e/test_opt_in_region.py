"""The stack in an opt-in Region that hardly any member has: it audits them all the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from demo.deployment import Deployment
from demo.observer import Observer
from emulator.process import LocalAws

from .stage import MANAGEMENT_ACCOUNT_ID, Stage, write_settings

pytestmark = pytest.mark.network

HOME, DEFAULT = "ap-east-1", "us-east-1"
A_MEMBER_WITHOUT_IT = "400000000005"


def test_a_stack_in_an_opt_in_region_reaches_members_that_lack_it() -> None:
    """STS is asked in a Region that is enabled by default, and the member role is rolled out through one."""
    with LocalAws() as aws, tempfile.TemporaryDirectory(prefix="regionproof-opt-in-") as folder:
        settings = Path(folder) / "regionproof.yaml"
        write_settings(settings, "rate(1 day)")
        at_home = Deployment(aws, MANAGEMENT_ACCOUNT_ID, settings, Path(folder), HOME)
        elsewhere = Deployment(aws, MANAGEMENT_ACCOUNT_ID, settings, Path(folder), DEFAULT)
        elsewhere.client("account").enable_region(RegionName=HOME)
        aws.advance_clock(120)
        at_home.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
        at_home.bootstrap()
        stage = Stage(at_home, Observer(at_home, at_home.deploy()), "")

        returned = stage.invoke({})

        # The management account now uses an opt-in Region that no one approved.
        assert returned["run"]["region"] == HOME
        assert returned["summary"]["accounts_not_audited"] == 2
        assert returned["delivery"]["Security Hub"]["undelivered"] == 0
        sessions = [call for call in aws.calls() if call["action"] == "sts:AssumeRole" and call["target"]]
        entered = {call["target"]: call["region"] for call in sessions if "RegionProofAuditFunction" in call["caller"]}
        assert entered[A_MEMBER_WITHOUT_IT] == DEFAULT
        assert set(entered.values()) == {DEFAULT}
        instances = elsewhere_or_home(at_home)
        assert instances == {DEFAULT}


def elsewhere_or_home(deployment: Deployment) -> set[str]:
    """Return the Regions of the StackSet's instances."""
    pages = deployment.client("cloudformation").get_paginator("list_stack_instances")
    found = pages.paginate(StackSetName="RegionProofMemberRole")
    return {instance["Region"] for page in found for instance in page["Summaries"]}
