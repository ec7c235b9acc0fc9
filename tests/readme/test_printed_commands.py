"""Whatever the program tells a person to run exists: the AWS CLI and the CDK CLI know the command and its options."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

from .aws_cli import require_aws
from .printed import ROOT, commands_of_aws, commands_of_cdk, in_text, text_of

if TYPE_CHECKING:
    from pathlib import Path

OF_AWS, OF_CDK = commands_of_aws(), commands_of_cdk()
UNKNOWN = "--no-such-option"
"""Given to every command, so that none is run: the CLI refuses it once it has understood the rest."""

REFUSED = f"Unknown options: {UNKNOWN}"
INCOMPLETE = "the following arguments are required"
NAMES_ONLY = re.compile(r"aws \S+(?: \S+)?")
"""A command without any option may be a mention, which says what to call and not how."""


def answer_of_aws(command: str, home: Path) -> str:
    """Return what the AWS CLI says to a command with an option that does not exist."""
    script = f'"$0" {command.removeprefix("aws ")} {UNKNOWN}'
    ended = subprocess.run(  # noqa: S603  # README's and the program's own commands, which the CLI only parses
        ["/bin/bash", "-c", script, str(require_aws())],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.stderr


def is_known(command: str, answer: str) -> bool:
    """Return whether the CLI understood everything but the option that does not exist."""
    if NAMES_ONLY.fullmatch(command) and INCOMPLETE in answer:
        return True
    return any(line.endswith(REFUSED) for line in answer.splitlines())


@pytest.mark.parametrize("command", OF_AWS)
def test_the_aws_cli_knows_every_command_that_is_named(command: str, tmp_path: Path) -> None:
    """Service, operation and options; and nothing that it requires is missing where options are given."""
    shown = re.sub(r'"\$\([^)]*\)"|"\$\w+"', "VALUE", command)  # what the shell would put in
    shown = shown.replace("<", "")
    answer = answer_of_aws(shown, tmp_path)
    assert is_known(shown, answer), answer


@pytest.mark.parametrize(
    "command",
    [
        "aws securityhub switch-on",
        "aws sts2 get-caller-identity",
        "aws organizations register-delegated-administrator --account-id VALUE",
        "aws sns subscribe --topic-arn VALUE --protocol email --address VALUE",
    ],
)
def test_a_command_that_does_not_exist_would_be_found(command: str, tmp_path: Path) -> None:
    """No such operation, no such service, one required option too few, no such option."""
    assert not is_known(command, answer_of_aws(command, tmp_path))


@cache
def help_of_cdk(*words: str) -> str:
    """Return the help of the CDK CLI, or of one of its commands."""
    ended = subprocess.run(  # noqa: S603  # the pinned CLI of node_modules
        [str(ROOT / "node_modules" / ".bin" / "cdk"), *words, "--help"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.stdout


@pytest.mark.parametrize("command", OF_CDK)
def test_the_cdk_cli_knows_every_command_that_is_named(command: str) -> None:
    """Its commands and their options."""
    name, *rest = command.removeprefix("npx cdk ").split()
    assert re.search(rf"^\s+cdk {name}\b", help_of_cdk(), re.MULTILINE)
    for option in (word for word in rest if word.startswith("--")):
        assert re.search(rf"^\s+{option}\b", help_of_cdk(name), re.MULTILINE)


def test_the_commands_of_every_kind_of_text_are_collected() -> None:
    """Of preflight, of findings, of credential errors, of alarms and of README, also if a text fills in values."""
    assert {command.split(" --")[0] for command in OF_AWS} >= {
        "aws securityhub enable-security-hub",
        "aws account disable-region",
        "aws configure list-profiles",
        "aws stepfunctions redrive-execution",
        "aws cloudformation delete-stack",
    }
    assert "npx cdk deploy RegionProof --import-existing-resources" in OF_CDK
    filled = ast.parse('f"{where}: aws sns subscribe --topic-arn {topic}{more}, or not"', mode="eval").body
    assert in_text(text_of(filled)) == ["aws sns subscribe --topic-arn VALUE"]
    assert in_text("sign in (aws sso login, aws login), or `aws configure`") == [
        "aws sso login",
        "aws login",
        "aws configure",
    ]
