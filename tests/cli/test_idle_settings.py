"""``regionproof audit`` and ``preflight`` on settings that name what the organization does not have."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from regionproof.cli.preflight_command import preflight_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal
from regionproof.domain.accounts import Organization, OrganizationalUnit
from regionproof.preflight.observed import NO_STACK_SET, SetupSnapshot, StackSetStatus
from tests.support.builders import IDENTITY, an_account, regions, some_facts

from .runs import ORDERS, Ended, FakeRun, regionproof, settings_file

if TYPE_CHECKING:
    from pathlib import Path

    from regionproof.preflight.observed import PreflightScope
    from regionproof.wiring import CallerProfile

ROOT = OrganizationalUnit("r-ab12", "Root")
WORKLOADS = OrganizationalUnit("ou-ab12-11112222", "Workloads")
ACCOUNT = an_account(ORDERS, parents=(ROOT, WORKLOADS))
AT_RISK = {ORDERS: some_facts(opt_in=regions(ap_east_1="ENABLED"))}
RIGHT = """\
deployment:
  organization_id: o-exampleorg
  roll_out_to: [r-ab12]
rules:
  Regions.1:
    organizational_units:
      ou-ab12-11112222: []
"""
WRONG = RIGHT.replace("11112222", "11112223")
"""An OU id of which one digit is another, as in
https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/280
"""


def audit(folder: Path, settings: str, *arguments: str) -> tuple[Ended, FakeRun]:
    """Run the command in this process over one account at risk in the unit Workloads."""
    run = FakeRun(AT_RISK, (ACCOUNT,))
    file = settings_file(folder, settings)
    role = ("--member-role", "OrganizationAccountAccessRole")
    return regionproof("audit", "--settings", file, *role, "--format", "json", *arguments, run=run), run


def test_a_list_for_a_unit_that_matches_nothing_is_no_all_clear(tmp_path: Path) -> None:
    """It is an error of the settings with its line and what may have been meant, and there is no report.

    https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/280
    """
    ended, _ = audit(tmp_path, WRONG)
    assert (ended.status, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"regionproof: {tmp_path}/regionproof.yaml: 1 error\n"
        "  line 7: rules.Regions.1.organizational_units.ou-ab12-11112223: organization o-exampleorg has no "
        "organizational unit ou-ab12-11112223; did you mean ou-ab12-11112222?\n"
    )
    right, _ = audit(tmp_path, RIGHT)
    assert right.status == 1
    found = {
        one["rule"]: one["compliance"] for one in json.loads(right.stdout)["findings"] if one["account_id"] == ORDERS
    }
    assert found["Regions.1"] == "NON_COMPLIANT"


@pytest.mark.parametrize(
    "settings",
    [
        "scope: {organizational_units: [ou-ab12-11112222, ou-ab12-99999999]}",
        "scope: {exclude_organizational_units: [ou-ab12-99999999]}",
        'scope: {exclude_accounts: ["999999999999"]}',
        'rules: {Regions.1: {accounts: {"999999999999": []}}}',
        'exemptions: [{account: "999999999999", rule: STS.1, owner: a, reason: b, until: 2099-01-01}]',
        f'exemptions: [{{account: "{ORDERS}", rule: STS.1, owner: a, reason: b, until: 2020-01-01}}]',
    ],
)
def test_every_entry_without_effect_is_an_error_of_the_settings(tmp_path: Path, settings: str) -> None:
    """Nothing is audited as someone did not mean it, one account by request included."""
    for arguments in ((), ("--account", ORDERS)):
        ended, run = audit(tmp_path, settings, *arguments)
        assert (ended.status, ended.stdout, run.publisher.published) == (2, "", [])
        assert "1 error\n  line 1: " in ended.stderr


def test_what_could_not_be_checked_is_a_warning(tmp_path: Path) -> None:
    """The audit goes on."""
    run = FakeRun(AT_RISK, (ACCOUNT,), walked=False)
    file = settings_file(tmp_path, WRONG)
    ended = regionproof("audit", "--settings", file, "--member-role", "Mine", run=run)
    assert ended.status == 1
    assert ended.stderr.startswith(
        f"regionproof: warning: {file}: line 7, rules.Regions.1.organizational_units.ou-ab12-11112223: whether the "
        "organization has organizational unit ou-ab12-11112223 could not be checked\n"
    )


@dataclass
class Look:
    """Sees an organization that was listed, or why it was not."""

    listed: Organization | str

    def __call__(self, _needs: PreflightScope, _caller: CallerProfile) -> SetupSnapshot:
        """Look."""
        return SetupSnapshot(
            identity=replace(IDENTITY, account_id="111111111111"),
            organization=Organization("o-exampleorg", "111111111111", feature_set="ALL"),
            trusted=frozenset({"member.org.stacksets.cloudformation.amazonaws.com"}),
            roots=frozenset({"r-ab12"}),
            units=frozenset(),
            listed=self.listed,
            ways_in=(StackSetStatus(ACCOUNT, NO_STACK_SET),),
            security_hub=True,
        )


UNITS = frozenset({ROOT.id, WORKLOADS.id})
LISTED = Organization("o-exampleorg", "111111111111", (ACCOUNT,), UNITS, feature_set="ALL")


def preflight(folder: Path, settings: str, listed: Organization | str) -> Ended:
    """Run the command in this process."""
    answer, messages = io.StringIO(), io.StringIO()
    said = ("preflight", "--settings", settings_file(folder, settings))
    status = run_command_line(said, (preflight_command(Look(listed)),), Terminal(answer, messages))
    return Ended(status, " ".join(answer.getvalue().split()), messages.getvalue())


def test_preflight_names_each_entry_without_effect(tmp_path: Path) -> None:
    """As something that is missing, each with its line."""
    ended = preflight(tmp_path, f'{WRONG}scope: {{exclude_accounts: ["999999999999"]}}\n', LISTED)
    assert (ended.status, ended.stdout.count("MISSING")) == (2, 2)
    assert "line 8: organization o-exampleorg has no account 999999999999" in ended.stdout
    assert "line 7: organization o-exampleorg has no organizational unit ou-ab12-11112223; did you mean" in ended.stdout
    assert "r-ab12, under deployment.roll_out_to (line 3), is in the organization" in ended.stdout


def test_preflight_says_that_every_entry_has_an_effect(tmp_path: Path) -> None:
    """In one line."""
    ended = preflight(tmp_path, RIGHT, LISTED)
    assert ended.status == 0
    assert "MET every account and organizational unit that the settings name is in the organization" in ended.stdout


def test_preflight_does_not_guess_what_it_could_not_list(tmp_path: Path) -> None:
    """It ends with 3."""
    ended = preflight(tmp_path, WRONG, "organizations:ListAccounts failed with AccessDenied (no)")
    assert (ended.status, ended.stdout.count("MISSING")) == (3, 0)
    assert "the organization was not listed: organizations:ListAccounts failed with AccessDenied (no)" in ended.stdout
