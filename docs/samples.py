"""Sample outputs in the documentation: real output of the program."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from emulator.process import LocalAws
from regionproof.cli.exit_status import ExitStatus
from regionproof.rules import all_rules
from regionproof.settings.problems import SettingsError
from regionproof.settings.reading import read_settings

MANAGEMENT_ACCOUNT_ID = "111111111111"
ROLE = "OrganizationAccountAccessRole"
WIDTH = 100
WRONG_SETTINGS = """\
schedule:
  expression: cron(0 6 * * * *)
rules:
  Regions.1:
    approved: [eu-suoth-1]
"""
SHOWN_ACCOUNTS = ("400000000001", "400000000010")


def code(text: str) -> str:
    """Return text as a code block."""
    return f"\n```text\n{text.rstrip()}\n```\n"


@cache
def audit() -> str:
    """Return the output of `regionproof audit` in a terminal, over the sample organization of the local AWS."""
    with LocalAws() as aws:
        environment = {**aws.environment(MANAGEMENT_ACCOUNT_ID, os.environ), "COLUMNS": str(WIDTH)}
        command = [sys.executable, "-m", "regionproof", "audit", "--member-role", ROLE]
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder) / "regionproof.yaml"
            settings.write_text("{}\n", encoding="utf-8")
            ended = subprocess.run(  # noqa: S603  # our own program
                [*command, "--settings", str(settings)], env=environment, capture_output=True, text=True, check=False
            )
    if ended.returncode != ExitStatus.NONCOMPLIANT:
        raise RuntimeError(f"regionproof audit ended with {ended.returncode}: {ended.stderr or ended.stdout}")
    return ended.stdout


def audit_in_short() -> str:
    """Return the heading, two accounts and the summary of ``audit``."""
    blocks = [block.rstrip() for block in audit().split("\n\n")]
    accounts = [block for block in blocks if block.startswith(SHOWN_ACCOUNTS)]
    summary = [line for line in blocks[-1].splitlines() if not line.startswith("Run ")]  # it holds the duration
    return code("\n\n".join([blocks[0], *accounts, "[…]", "\n".join(summary)]))


def settings_errors() -> str:
    """Return the errors of a wrong settings file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "regionproof.yaml"
        file.write_text(WRONG_SETTINGS, encoding="utf-8")
        try:
            read_settings(file)
        except SettingsError as errors:
            return code(str(errors).replace(str(file), file.name))
    raise RuntimeError("the wrong settings were accepted")


def exit_codes() -> str:
    """Return the table of exit codes."""
    rows = [f"| {status.value} | {status.meaning} |" for status in ExitStatus]
    return "\n".join(["| exit code | meaning |", "|---|---|", *rows]) + "\n"


def rules() -> str:
    """Return the table of rules."""
    rows = [f"| [`{rule.id}`](docs/rules.md) | {rule.title} | {rule.risk} |" for rule in all_rules()]
    return "\n".join(["| rule | good state | risk |", "|---|---|---|", *rows]) + "\n"
