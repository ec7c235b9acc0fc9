"""``regionproof preflight`` as a person runs it, against the local AWS."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from emulator.services.organizations.delegated_administrator import STACK_SETS
from tests.emulator.identities import Identity

from .expected import ROOT, SETTINGS_FILE
from .stage import MANAGEMENT_ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .stage import Stage

pytestmark = pytest.mark.network

MEMBER, HERE = "300000000001", "us-east-1"
ADDRESS = "cloud-security@example.com"
ENABLE = {
    STACK_SETS: "aws cloudformation activate-organizations-access",
    "iam.amazonaws.com": "enable-aws-service-access --service-principal iam.amazonaws.com",
    "account.amazonaws.com": "enable-aws-service-access --service-principal account.amazonaws.com",
}
WRONG_BY_ROOT = "access: root\ndeployment:\n  organization_id: o-exampleorgid"
CLI = ROOT / ".venv" / "bin" / "regionproof"


def changed_settings(folder: Path, old: str, new: str) -> Path:
    """Return a file with the demo's settings, one thing in them changed."""
    text = SETTINGS_FILE.read_text(encoding="utf-8")
    assert old in text
    file = folder / "regionproof.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def an_administrator(stage: Stage, name: str = "administrator") -> dict[str, str]:
    """Return the keys of a user of the management account: AWS lets no root user open root sessions."""
    root = Identity(stage.deployment.aws.endpoint_url, MANAGEMENT_ACCOUNT_ID)
    user = root.make_user(name, "*")
    return {"AWS_ACCESS_KEY_ID": user.access_key, "AWS_SECRET_ACCESS_KEY": user.secret}


def preflight(
    stage: Stage, *arguments: str, settings: Path = SETTINGS_FILE, keys: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return how the command ended, and what it printed."""
    ended = subprocess.run(  # noqa: S603  # our own command
        [str(CLI), "preflight", "--settings", str(settings), *arguments],
        env={**stage.deployment.environment(), "COLUMNS": "200", **(keys or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_with_a_role_of_ones_own_everything_is_there(stage: Stage) -> None:
    """Who I am, the place, the organization, trusted access, a sample account, Security Hub."""
    status, said = preflight(stage, "--member-role", "OrganizationAccountAccessRole")
    assert status == 0, said
    assert "you are account 111111111111 in us-east-1, the management account of organization o-a1b2c3d4e5" in said
    assert "role OrganizationAccountAccessRole can be assumed in account 222222222222" in said
    assert "Security Hub is enabled in 111111111111, us-east-1" in said


def test_the_role_of_the_stack_is_seen_where_its_stack_set_tells_of_it(stage: Stage) -> None:
    """No person may assume it. A right configuration ends with 0 all the same."""
    status, said = preflight(stage)
    assert status == 0, said
    assert "r-exm1, under deployment.roll_out_to (line " in said
    assert "every account and organizational unit that the settings name is in the organization" in said
    assert "role RegionProofAudit is rolled out to account 222222222222" in said


def test_the_placeholder_of_the_root_is_missing_with_the_id_to_put_in(stage: Stage, tmp_path: Path) -> None:
    """As it is in the shipped settings, with a unit of another organization beside it."""
    settings = changed_settings(tmp_path, "[r-exm1]", "[r-abcd, ou-exm1-sandbox01, ou-ab12-11112222]")
    status, said = preflight(stage, settings=settings)
    assert status == 2, said
    assert said.count("MISSING") == 2
    assert said.count("set deployment.roll_out_to to [r-exm1]") == 2


def test_a_member_that_is_no_delegate_yet_is_told_what_to_register(stage: Stage, tmp_path: Path) -> None:
    """The commonest wrong state: everything is reported at once, though it may list nothing."""
    settings = changed_settings(tmp_path, "deployment:\n", "deployment:\n  account: delegated-administrator\n")
    keys = {"AWS_ACCESS_KEY_ID": MEMBER, "AWS_SECRET_ACCESS_KEY": "test"}
    for access, services in (("role", (STACK_SETS,)), ("root", ("iam.amazonaws.com", "account.amazonaws.com"))):
        text = settings.read_text(encoding="utf-8").removeprefix("access: role\n")
        settings.write_text(f"access: {access}\n{text}", encoding="utf-8")
        status, said = preflight(stage, settings=settings, keys=keys)
        assert status == 2, said
        assert f"account {MEMBER} may list the accounts of the organization" in said
        for service in services:
            assert f"register-delegated-administrator --account-id {MEMBER} --service-principal {service}" in said
            assert ENABLE[service] in said
        assert f"aws securityhub enable-security-hub --no-enable-default-standards --region {HERE}" in said


def test_root_mode_with_the_id_of_another_organization_is_not_ready(stage: Stage, tmp_path: Path) -> None:
    """It is in the ARNs of the function's policy: every central read would be denied."""
    settings = changed_settings(tmp_path, "deployment:\n  organization_id: o-a1b2c3d4e5", WRONG_BY_ROOT)
    status, said = preflight(stage, settings=settings, keys=an_administrator(stage, "organization"))
    assert status == 2, said
    assert said.count("MISSING") == 1
    assert "set deployment.organization_id to o-a1b2c3d4e5" in said


def test_root_mode_is_ready_in_the_sample_organization(stage: Stage, tmp_path: Path) -> None:
    """Trusted access and central root access are on."""
    settings = tmp_path / "regionproof.yaml"
    settings.write_text("access: root\n" + SETTINGS_FILE.read_text(encoding="utf-8"), encoding="utf-8")
    status, said = preflight(stage, settings=settings, keys=an_administrator(stage))
    assert status == 0, said
    assert "a root session can be opened in account 222222222222" in said


def test_trusted_access_alone_is_not_green(stage: Stage) -> None:
    """CloudFormation would refuse the StackSet: https://github.com/pepperize/cdk-organizations/issues/1718."""
    cloudformation = stage.client_of(MANAGEMENT_ACCOUNT_ID, "cloudformation")
    cloudformation.deactivate_organizations_access()
    organizations = stage.client_of(MANAGEMENT_ACCOUNT_ID, "organizations")
    organizations.enable_aws_service_access(ServicePrincipal=STACK_SETS)
    try:
        status, said = preflight(stage)
    finally:
        cloudformation.activate_organizations_access()
    assert status == 2, said
    assert said.count("MISSING") == 1
    assert f"MET      {STACK_SETS} has trusted access to the organization" in said
    assert "           aws cloudformation activate-organizations-access" in said.splitlines()


def test_an_organization_without_all_features_is_not_green(stage: Stage) -> None:
    """It has neither trusted access nor delegated administrators."""
    stage.deployment.aws.change_organization(feature_set="CONSOLIDATED_BILLING")
    try:
        status, said = preflight(stage)
    finally:
        stage.deployment.aws.change_organization(feature_set="ALL")
    assert status == 2, said
    assert "its feature set is CONSOLIDATED_BILLING" in said
    assert "           aws organizations enable-all-features" in said.splitlines()


def test_a_policy_that_disables_security_hub_is_missing(stage: Stage) -> None:
    """Whatever the account itself enables."""
    stage.deployment.aws.change_organization(hub_disabled_in=HERE)
    try:
        status, said = preflight(stage)
    finally:
        stage.deployment.aws.change_organization(hub_disabled_in="none")
    assert status == 2, said
    assert said.count("MISSING") == 1
    assert f"take {HERE} out of disable_in_regions" in said


@pytest.mark.parametrize(("state", "shown"), [("PendingConfirmation", "not confirmed"), ("Deleted", "unsubscribed")])
def test_an_address_that_gets_no_mail_is_missing(stage: Stage, state: str, shown: str) -> None:
    """With the command that subscribes it again."""
    topic = stage.observer.outputs["FindingsTopicArn"]
    assert stage.deployment.aws.change_subscription(topic, ADDRESS, state) == 1
    try:
        status, said = preflight(stage)
    finally:
        stage.deployment.aws.change_subscription(topic, ADDRESS, "confirmed")
    assert status == 2, said
    assert said.count("MISSING") == 1
    assert f"{ADDRESS}: {shown}" in said
    again = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {ADDRESS} --region {HERE}"
    assert f"           {again}" in said.splitlines()


def test_a_right_that_is_missing_leaves_a_check_unknown(stage: Stage) -> None:
    """Never green, and never missing: no one looked."""
    root = Identity(stage.deployment.aws.endpoint_url, MANAGEMENT_ACCOUNT_ID)
    user = root.make_user("reader", ["organizations:*", "securityhub:*", "iam:*", "sts:*"])
    keys = {"AWS_ACCESS_KEY_ID": user.access_key, "AWS_SECRET_ACCESS_KEY": user.secret}
    status, said = preflight(stage, keys=keys)
    assert status == 3, said
    assert "MISSING" not in said
    for right in ("ssm:GetParameter", "cloudformation:DescribeStacks", "cloudformation:DescribeOrganizationsAccess"):
        assert f"allow {right} to the caller" in said


def test_with_the_documented_rights_and_no_others_everything_is_seen(stage: Stage) -> None:
    """The decision names them all."""
    page = (ROOT / "docs" / "decisions" / "0024-preflight-of-the-deployment.md").read_text(encoding="utf-8")
    rights = page.split("```")[1].split()
    root = Identity(stage.deployment.aws.endpoint_url, MANAGEMENT_ACCOUNT_ID)
    user = root.make_user("person", rights)
    status, said = preflight(stage, keys={"AWS_ACCESS_KEY_ID": user.access_key, "AWS_SECRET_ACCESS_KEY": user.secret})
    assert status == 0, said


def test_in_another_region_of_the_account_the_names_are_taken(stage: Stage) -> None:
    """The role of the function exists once per account; and that Region was never bootstrapped."""
    status, said = preflight(stage, "--region", "eu-west-1")
    assert status == 2, said
    assert "there is already RegionProofAuditFunction" in said
    assert f"           npx cdk bootstrap aws://{MANAGEMENT_ACCOUNT_ID}/eu-west-1" in said.splitlines()


@pytest.mark.parametrize("columns", ["40", "80", "160"])
def test_no_command_is_wrapped_at_any_width(stage: Stage, columns: str) -> None:
    """Each can be copied."""
    status, said = preflight(stage, "--region", "eu-west-1", keys={"COLUMNS": columns})
    assert status == 2, said
    wide = preflight(stage, "--region", "eu-west-1", keys={"COLUMNS": "1000"})[1]
    commands = [line for line in wide.splitlines() if line.startswith("           ")]
    assert len(commands) >= 3
    assert [line for line in said.splitlines() if line.startswith("           ")] == commands


def test_all_that_is_missing_is_said_at_once(stage: Stage, tmp_path: Path) -> None:
    """Another account, another organization, and a Region without Security Hub."""
    settings = tmp_path / "regionproof.yaml"
    text = SETTINGS_FILE.read_text(encoding="utf-8").replace("o-a1b2c3d4e5", "o-exampleorgid")
    settings.write_text(
        text.replace("deployment:\n", "deployment:\n  account: delegated-administrator\n"), encoding="utf-8"
    )
    status, said = preflight(stage, "--region", "eu-west-1", settings=settings)
    assert status == 2, said
    assert "set deployment.organization_id to o-a1b2c3d4e5" in said
    assert "aws securityhub enable-security-hub --no-enable-default-standards --region eu-west-1" in said
