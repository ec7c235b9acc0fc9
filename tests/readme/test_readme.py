"""Every command of the documentation is run in order by a real AWS CLI and a real CDK CLI, or has a reason why not."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import boto3
import pytest

from emulator.process import LocalAws
from tests.emulator.identities import Identity

from .commands import commands_in
from .inventory import Account
from .journey import AUDIT, MANAGEMENT, REGION, Journey
from .script import JOURNEYS, NOT_RUN, STEPS
from .terminal import ROOT, checkout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEPLOY, README = "docs/deploy.md", "README.md"
PAGES = (
    DEPLOY,
    "docs/access.md",
    README,
    "docs/alerts.md",
    "docs/large-organizations.md",
    "docs/operations.md",
    "docs/uninstall.md",
)
"""In the order in which a person reads them. README repeats commands of the first page, in short."""


def _commands_of(page: str) -> list[str]:
    return [command.text for command in commands_in(ROOT / page)]


REPEATED = frozenset(_commands_of(DEPLOY)) & frozenset(_commands_of(README))
COMMANDS = [command for page in PAGES for command in _commands_of(page) if page != README or command not in REPEATED]
OF_MAKE = sorted({command for command in COMMANDS if command.startswith("make ")})


def test_every_command_is_a_step_or_has_a_reason() -> None:
    """In README's order. Anyone who writes a new command there says here who runs it, or why no one does."""
    shown = [command for command in COMMANDS if command not in NOT_RUN and command not in OF_MAKE]
    assert shown == [step.command for step in STEPS]
    assert set(NOT_RUN) <= set(COMMANDS)
    assert all(len(reason.split()) > 2 for reason in NOT_RUN.values())


@pytest.mark.parametrize("command", OF_MAKE)
def test_every_target_that_is_named_exists(command: str) -> None:
    """What the targets do takes minutes, and CI or other tests do it; here only that make knows them."""
    ended = subprocess.run(  # noqa: S603  # a dry run of README's own commands
        [*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.network
@pytest.mark.parametrize("name", JOURNEYS)
def test_readme_leads_from_bootstrap_to_removal(name: str, tmp_path: Path) -> None:
    """Each command as it is there, with credentials of an administrator, and only placeholders replaced."""
    with LocalAws() as aws, checkout(tmp_path, surroundings(aws)) as terminal:
        empty = {account: Account(root_of(account), aws.endpoint_url).resources() for account in (MANAGEMENT, AUDIT)}
        keys = {account: administrator(aws, account) for account in (MANAGEMENT, AUDIT)}
        journey = Journey(name, aws, terminal, keys, empty)
        for step in STEPS:
            journey.take(step)


def surroundings(aws: LocalAws) -> dict[str, str]:
    """Return the environment of a person whose AWS is the local one, without credentials and without a Region."""
    named = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "CI"}
    environment = aws.environment(MANAGEMENT, {**os.environ, **QUICKLY})
    return {name: value for name, value in environment.items() if name not in named}


QUICKLY = {
    # The CDK's own check of templates takes 8 seconds a synth; the tests of the stacks run it.
    "CDK_VALIDATION": "false",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
}


def administrator(aws: LocalAws, account: str) -> Mapping[str, str]:
    """Return the keys of a user who may do everything; the local AWS asks no policy for a root user."""
    user = Identity(aws.endpoint_url, account).make_user("administrator", "*")
    return {"AWS_ACCESS_KEY_ID": user.access_key, "AWS_SECRET_ACCESS_KEY": user.secret}


def root_of(account: str) -> boto3.Session:
    """Return a session of the root of an account."""
    return boto3.Session(aws_access_key_id=account, aws_secret_access_key="test", region_name=REGION)
