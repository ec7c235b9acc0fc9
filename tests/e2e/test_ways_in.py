"""Both ways into the accounts, from the management account and from a delegated administrator: the same verdicts.

And each with the rights that it uses: those of the deployed roles are compared with the calls that were made.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.deployment import Deployment
from demo.observer import Observer
from emulator.process import LocalAws
from emulator.services.iam.access_role import NAME as ADMINISTRATOR
from emulator.services.organizations.delegated_administrator import delegate

from .expected import SETTINGS_FILE, expectation
from .rights import USED_BY_LAMBDA_ITSELF, granted, used, without_policy
from .stage import MANAGEMENT_ACCOUNT_ID, Stage, failed_by_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.network

DELEGATE = "222222222222"
FUNCTION_ROLE, MEMBER_ROLE = "RegionProofAuditFunction", "RegionProofAudit"
MEMBER_ACTIONS = ("account:ListRegions", "iam:GetAccountSummary")
NOT_CALLED = {
    "organizations:ListAccountsForParent": "Organizations told the paths of all accounts",
    "s3:ListBucket": "is no call: with it S3 says that there is no ledger yet, and not that it is hidden",
}
"""Rights that no run here uses, each with its reason."""


@dataclass(frozen=True)
class AccountAccess:
    """Where the audit runs, and how it enters the members. ``existing`` names a role that is there already."""

    account_id: str
    access: str
    existing: str | None = None

    @property
    def settings(self) -> str:
        """Return the demo's settings for this way."""
        place = "management" if self.account_id == MANAGEMENT_ACCOUNT_ID else "delegated-administrator"
        text = SETTINGS_FILE.read_text(encoding="utf-8")
        assert "expression: rate(1 minute)" in text
        text = text.replace("expression: rate(1 minute)", "expression: rate(1 day)")
        role = f"member_role: {{name: {self.existing}, existing: true}}\n" if self.existing else ""
        return f"access: {self.access}\n{role}{text}".replace("deployment:\n", f"deployment:\n  account: {place}\n")


@dataclass(frozen=True)
class Place:
    """One account that the audit is deployed to, in one local AWS with the others."""

    aws: LocalAws
    folder: Path
    account_id: str

    def deploy(self, access: str, existing: str | None = None) -> tuple[AccountAccess, Stage]:
        """Deploy or update."""
        way = AccountAccess(self.account_id, access, existing)
        settings = self.folder / f"{self.account_id}.yaml"
        settings.write_text(way.settings, encoding="utf-8")
        deployment = Deployment(self.aws, self.account_id, settings, self.folder)
        observer = Observer(deployment, deployment.deploy())
        return way, Stage(deployment, observer, "")

    def prepare(self) -> None:
        """Do what is done once: Security Hub, and the CDK's bootstrap."""
        deployment = Deployment(self.aws, self.account_id, SETTINGS_FILE, self.folder)
        deployment.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
        deployment.bootstrap()


@contextmanager
def local_aws() -> Iterator[tuple[LocalAws, Path]]:
    """Start a local AWS of its own."""
    with LocalAws() as aws, tempfile.TemporaryDirectory(prefix="regionproof-ways-") as folder:
        yield aws, Path(folder)


def test_five_ways_lead_to_the_same_verdicts_with_no_right_too_many() -> None:
    """One story, as the deployments are what costs: root and an existing role from the top, role and root from below.

    The fifth, a role of ours from the management account, is what the other tests of this folder deploy.
    """
    with local_aws() as (aws, folder):
        top, below = Place(aws, folder, MANAGEMENT_ACCOUNT_ID), Place(aws, folder, DELEGATE)
        top.prepare()
        way, stage = top.deploy("root")
        assert_it_tells_the_truth(way, stage)
        assert_no_right_is_unused(way, stage)
        assert not has_role(stage, "400000000001")

        way, stage = top.deploy("role", existing=ADMINISTRATOR)
        assert_it_tells_the_truth(way, stage)
        assert_no_right_is_unused(way, stage)
        assert not has_role(stage, "400000000001")

        delegate(stage.deployment.client("organizations"), DELEGATE)
        below.prepare()
        way, stage = below.deploy("role")
        role = stage.observer.outputs["AuditRoleArn"]
        Deployment(aws, MANAGEMENT_ACCOUNT_ID, stage.deployment.settings, folder).deploy_member_role(role)
        assert_it_tells_the_truth(way, stage)
        assert_no_right_is_unused(way, stage)

        way, stage = below.deploy("root")
        assert_it_tells_the_truth(way, stage)
        assert_no_right_is_unused(way, stage)
        assert not has_role(stage, "400000000001")
        assert_it_stops_without_central_root_access(stage)


def assert_it_tells_the_truth(way: AccountAccess, stage: Stage) -> None:
    """Hold what the run says and what Security Hub holds against the two files."""
    expected = expectation(by_root=way.access == "root")
    returned = stage.invoke({})
    assert returned["summary"]["accounts_audited"] == len(expected.audited)
    assert returned["summary"]["accounts_not_audited"] == len(expected.refused)
    assert all(arrived["undelivered"] == 0 for arrived in returned["delivery"].values())
    assert failed_by_rule(stage.observer.findings(), expected.exempt()) == expected.noncompliant()


def assert_no_right_is_unused(way: AccountAccess, stage: Stage) -> None:
    """Every right of the two roles was used by a call, and every call had one."""
    aws = stage.deployment.aws
    before = len(aws.calls())
    forget_the_ledger(stage)
    stage.invoke({})
    calls = [call for call in aws.calls(after=before) if call["account"] != "" and call["caller"]]
    by_function = [call for call in calls if FUNCTION_ROLE in call["caller"] and call["account"] == way.account_id]
    rights = granted(stage.deployment.client("iam"), FUNCTION_ROLE)
    assert rights - used(by_function) == USED_BY_LAMBDA_ITSELF | set(NOT_CALLED)
    assert used(by_function) <= rights
    if way.existing:
        by_existing = [call for call in calls if f"assumed-role/{way.existing}/" in call["caller"]]
        assert used(by_existing) == set(MEMBER_ACTIONS)
        assert not [call for call in calls if f"assumed-role/{MEMBER_ROLE}/" in call["caller"]]
    elif way.access == "role":
        by_member = [call for call in calls if f"assumed-role/{MEMBER_ROLE}/" in call["caller"]]
        member = stage.client_of("400000000001", "iam")
        assert used(by_member) == granted(member, MEMBER_ROLE)
        management = stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam")
        assert granted(management, MEMBER_ROLE) == granted(member, MEMBER_ROLE)
    else:
        by_root = {call["action"] for call in calls if call["assumed_root"]}
        assert by_root == {"iam:GetAccountSummary"}


def forget_the_ledger(stage: Stage) -> None:
    """Make the next run a first one, so it uses every right that a run can need."""
    s3, bucket = stage.deployment.client("s3"), stage.observer.outputs["LedgerBucketName"]
    with without_policy(s3, bucket):
        s3.delete_object(Bucket=bucket, Key="ledger/ledger.json.gz")


def has_role(stage: Stage, account_id: str) -> bool:
    """Return whether an account has the member role."""
    iam: Any = stage.client_of(account_id, "iam")
    try:
        iam.get_role(RoleName=MEMBER_ROLE)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def assert_it_stops_without_central_root_access(stage: Stage) -> None:
    """The run ends before the first account, and says all that is missing with the commands that fix it."""
    aws = stage.deployment.aws
    top = stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam")
    top.disable_organizations_root_credentials_management()
    organizations = stage.client_of(MANAGEMENT_ACCOUNT_ID, "organizations")
    organizations.deregister_delegated_administrator(AccountId=DELEGATE, ServicePrincipal="account.amazonaws.com")
    before = len(aws.calls())
    with pytest.raises(RuntimeError) as stopped:
        stage.invoke({})
    said = str(stopped.value)
    assert "enable-organizations-root-credentials-management" in said
    assert f"register-delegated-administrator --account-id {DELEGATE} --service-principal account.amazonaws.com" in said
    read = {call["action"] for call in aws.calls(after=before)}
    assert not read & {"iam:GetAccountSummary", "account:ListRegions", "securityhub:BatchImportFindings"}
