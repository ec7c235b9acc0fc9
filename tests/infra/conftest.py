"""The stacks for the settings that the tests compare, each synthesized once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regionproof.settings.shape import (
    Alerts,
    Capacity,
    Deployment,
    Logs,
    MemberRole,
    Publish,
    Schedule,
    SecurityHub,
    Settings,
)

from .synthesis import Assembly, Synthesized, synthesize

if TYPE_CHECKING:
    from pathlib import Path

ORGANIZATION = "o-a1b2c3d4e5"
ROLLED_OUT = Deployment(organization_id=ORGANIZATION, roll_out_to=("r-ab12", "ou-ab12-11112222"))


@pytest.fixture(scope="session")
def default(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stacks of default settings in the management account, rolled out to a root and a unit."""
    return synthesize(Settings(deployment=ROLLED_OUT), _outdir(tmp_path_factory))


@pytest.fixture(scope="session")
def audit(default: Assembly) -> Synthesized:
    """Return the audit stack of default settings."""
    return default.audit


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stacks of settings that differ from the default wherever a template can show it."""
    settings = Settings(
        alerts=Alerts(emails=("first@example.com", "second@example.com")),
        schedule=Schedule(enabled=False, expression="rate(1 day)", time_zone="Europe/Berlin"),
        logs=Logs(level="DEBUG", retention_days=365),
        publish=Publish(security_hub=SecurityHub(enabled=False)),
        member_role=MemberRole(name="Auditor", path="/security/audit/"),
        capacity=Capacity(memory_mib=1769),
        deployment=Deployment(
            account="delegated-administrator",
            organization_id=ORGANIZATION,
            roll_out_to=("r-ab12",),
            architecture="x86_64",
            ledger_bucket="regionproof-ledgerbucket-1a2b3c",
        ),
    )
    return synthesize(settings, _outdir(tmp_path_factory))


@pytest.fixture(scope="session")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stacks of settings without a roll-out, with a run a week and addresses of the operators' own."""
    settings = Settings(
        alerts=Alerts(emails=("findings@example.com",), operations_emails=("operators@example.com",)),
        schedule=Schedule(expression="cron(0 6 ? * MON *)", time_zone="Europe/Berlin"),
    )
    return synthesize(settings, _outdir(tmp_path_factory))


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stacks of root sessions from the management account, with what the roles would need left in."""
    return synthesize(Settings(access="root", deployment=ROLLED_OUT), _outdir(tmp_path_factory))


@pytest.fixture(scope="session")
def root_from_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stacks of root sessions from a delegated administrator account."""
    deployment = replace(ROLLED_OUT, account="delegated-administrator")
    return synthesize(Settings(access="root", deployment=deployment), _outdir(tmp_path_factory))


@pytest.fixture(scope="session")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stacks of settings that name a role which every account has already."""
    role = MemberRole(name="AWSControlTowerExecution", existing=True)
    return synthesize(Settings(member_role=role, deployment=ROLLED_OUT), _outdir(tmp_path_factory))


@pytest.fixture(scope="session")
def distributed(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stacks of default settings, but for the engine: runs in steps."""
    return synthesize(Settings(engine="step-functions", deployment=ROLLED_OUT), _outdir(tmp_path_factory))


@pytest.fixture(scope="session")
def in_steps(distributed: Assembly) -> Synthesized:
    """Return the audit stack with the engine step-functions."""
    return distributed.audit


def _outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cdk.out")
