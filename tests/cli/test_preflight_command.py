"""``regionproof preflight`` from its arguments to its exit code, over surroundings that are made up."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from regionproof.cli.exit_status import ExitStatus
from regionproof.cli.preflight_command import preflight_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal
from regionproof.domain.facts import ReadFailure
from regionproof.errors import SetupError
from regionproof.preflight.observed import NO_STACK_SET, AccessAttempt, SetupSnapshot, StackSetStatus
from regionproof.wiring import CallerProfile
from tests.support.builders import IDENTITY, ORGANIZATION_ID, an_account, an_organization

from .runs import Ended, settings_file

if TYPE_CHECKING:
    from pathlib import Path

    from regionproof.preflight.observed import PreflightScope

MEMBER = an_account("222222222222")
SETTINGS = f"deployment: {{organization_id: {ORGANIZATION_ID}, roll_out_to: [r-ab12]}}"
FINE = SetupSnapshot(
    identity=IDENTITY,
    organization=replace(an_organization(), accounts=(), feature_set="ALL"),
    trusted=frozenset({"member.org.stacksets.cloudformation.amazonaws.com"}),
    roots=frozenset({"r-ab12"}),
    units=frozenset(),
    ways_in=(StackSetStatus(MEMBER, "CURRENT"),),
    security_hub=True,
    stack_sets_access="ENABLED",
)


@dataclass
class FakeLook:
    """Sees what it was given, and keeps what was asked for."""

    seen: SetupSnapshot | SetupError = FINE
    asked: list[tuple[PreflightScope, CallerProfile]] = field(default_factory=list)

    def __call__(self, needs: PreflightScope, caller: CallerProfile) -> SetupSnapshot:
        """Look."""
        self.asked.append((needs, caller))
        if isinstance(self.seen, SetupError):
            raise self.seen
        return self.seen


def preflight(folder: Path, look: FakeLook, *arguments: str, settings: str = SETTINGS) -> Ended:
    """Run the command in this process."""
    said = ("preflight", "--settings", settings_file(folder, settings), *arguments)
    answer, messages = io.StringIO(), io.StringIO()
    status = run_command_line(said, (preflight_command(look),), Terminal(answer, messages))
    return Ended(status, answer.getvalue(), messages.getvalue())


def test_where_all_is_there_it_says_what_it_looked_at_and_ends_with_0(tmp_path: Path) -> None:
    """Who I am, which organization, and one line a need."""
    ended = preflight(tmp_path, FakeLook())
    assert ended.status == ExitStatus.COMPLIANT
    assert f"you are account {IDENTITY.account_id} in {IDENTITY.region}, the management account" in ended.stdout
    assert ended.stdout.count("MET") == 9
    assert "MISSING" not in ended.stdout


def test_everything_that_is_missing_is_said_at_once_with_its_cure_and_ends_with_2(tmp_path: Path) -> None:
    """Not one after the other."""
    look = FakeLook(replace(FINE, trusted=frozenset(), security_hub=False))
    ended = preflight(tmp_path, look, settings="deployment: {organization_id: o-exampleorgid, roll_out_to: [r-ab12]}")
    assert ended.status == ExitStatus.REFUSED
    assert ended.stdout.count("MISSING") == 3
    said = " ".join(ended.stdout.split())
    assert f"set deployment.organization_id to {ORGANIZATION_ID}" in said
    assert "           aws cloudformation activate-organizations-access" in ended.stdout.splitlines()
    assert "aws securityhub enable-security-hub" in said


def test_what_could_not_be_looked_at_ends_with_3(tmp_path: Path) -> None:
    """Neither fine nor missing."""
    look = FakeLook(replace(FINE, security_hub=ReadFailure("securityhub:DescribeHub", "AccessDeniedException", "no")))
    ended = preflight(tmp_path, look)
    assert ended.status == ExitStatus.INCOMPLETE
    assert "UNKNOWN" in ended.stdout


def test_before_the_first_deployment_a_right_configuration_ends_with_0(tmp_path: Path) -> None:
    """What can be seen only later is not a defect, and is said."""
    ended = preflight(tmp_path, FakeLook(replace(FINE, ways_in=(StackSetStatus(MEMBER, NO_STACK_SET),))))
    assert ended.status == ExitStatus.COMPLIANT
    assert "LATER" in ended.stdout
    assert "not deployed yet" in ended.stdout


def test_it_asks_as_the_person_says(tmp_path: Path) -> None:
    """Settings, profile, Region, and a role of their own."""
    look = FakeLook()
    preflight(tmp_path, look, "--profile", "audit", "--region", "eu-south-1", "--member-role", "Mine")
    ((needs, caller),) = look.asked
    assert caller == CallerProfile(profile="audit", region="eu-south-1")
    assert (needs.settings.member_role.name, needs.settings.member_role.existing) == ("Mine", True)
    assert needs.deployment is not None
    assert needs.deployment.roll_out_to == ("r-ab12",)


def test_without_an_organization_it_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    """No table of nothing."""
    ended = preflight(tmp_path, FakeLook(SetupError("this account is in no AWS Organization")))
    assert (ended.status, ended.stdout) == (ExitStatus.REFUSED, "")
    assert ended.stderr == "regionproof: this account is in no AWS Organization\n"


def test_a_hostile_message_can_not_break_the_table(tmp_path: Path) -> None:
    """Messages of AWS are untrusted text."""
    failure = ReadFailure("sts:AssumeRole", "AccessDenied", "\x1b[2J\u202e[bold]no")
    look = FakeLook(replace(FINE, ways_in=(AccessAttempt(MEMBER, failure),)))
    ended = preflight(tmp_path, look, "--member-role", "Mine")
    assert "\x1b" not in ended.stdout
    assert "\u202e" not in ended.stdout
    assert "[bold]no" in ended.stdout


def test_the_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """What a pipeline relies on."""
    with pytest.raises(SystemExit):
        run_command_line(
            ("preflight", "--help"), (preflight_command(FakeLook()),), Terminal(io.StringIO(), io.StringIO())
        )
    said = capsys.readouterr().out
    assert "everything is there" in said
    assert "something is missing" in said
    assert "LATER means: can only be checked after deployment" in said
