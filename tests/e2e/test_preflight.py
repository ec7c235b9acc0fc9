"""``regionproof preflight`` as a person runs it, against the local AWS."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.emulator.identities import Identity

from .expected import ROOT, SETTINGS_FILE
from .stage import MANAGEMENT_ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .stage import Stage

pytestmark = pytest.mark.network

CLI = ROOT / ".venv" / "bin" / "regionproof"


def an_administrator(stage: Stage) -> dict[str, str]:
    """Return the keys of a user of the management account: AWS lets no root user open root sessions."""
    root = Identity(stage.deployment.aws.endpoint_url, MANAGEMENT_ACCOUNT_ID)
    user = root.make_user("administrator", "*")
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


def test_the_role_of_the_stack_is_not_a_persons_to_try(stage: Stage) -> None:
    """It says so, and does not call it missing."""
    status, said = preflight(stage)
    assert status == 3, said
    assert "RegionProofAudit trusts the deployed function only" in said
    assert "MISSING" not in said


def test_root_mode_is_ready_in_the_sample_organization(stage: Stage, tmp_path: Path) -> None:
    """Trusted access and central root access are on."""
    settings = tmp_path / "regionproof.yaml"
    settings.write_text("access: root\n" + SETTINGS_FILE.read_text(encoding="utf-8"), encoding="utf-8")
    status, said = preflight(stage, settings=settings, keys=an_administrator(stage))
    assert status == 0, said
    assert "a root session can be opened in account 222222222222" in said


def test_all_that_is_missing_is_said_at_once(stage: Stage, tmp_path: Path) -> None:
    """Another account, another organization, and a Region without Security Hub."""
    settings = tmp_path / "regionproof.yaml"
    text = SETTINGS_FILE.read_text(encoding="utf-8").replace("o-a1b2c3d4e5", "o-exampleorgid")
    settings.write_text(
        text.replace("deployment:\n", "deployment:\n  account: delegated-administrator\n"), encoding="utf-8"
    )
    status, said = preflight(stage, "--region", "eu-west-1", settings=settings)
    assert status == 2, said
    assert said.count("MISSING") == 3
    assert "set deployment.organization_id to o-a1b2c3d4e5" in said
    assert "aws securityhub enable-security-hub --no-enable-default-standards --region eu-west-1" in said
