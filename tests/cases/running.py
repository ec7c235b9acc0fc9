"""A case of a file, run through the command line of this process, and what must hold of it."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dacite import Config, from_dict
from ruamel.yaml import YAML

from regionproof.cli.audit_command import audit_aws, audit_command
from regionproof.cli.preflight_command import inspect_aws, preflight_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal

from .stub_aws import stub_aws
from .world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from .stub_aws import StubAws

FOLDER = Path(__file__).parent
FILES = ("organization", "refusals", "settings", "deployment", "credentials")
_COMMANDS = (audit_command(audit_aws), preflight_command(inspect_aws))
_KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case: where it comes from, what is run in which world, and what must hold.

    Attributes:
        source: the public link
        run: the arguments of ``regionproof``
        environment: variables; ``HOME`` and ``URL`` in braces stand for the home folder and the stub's URL
        home: files of the home folder by path
        no_keys: the environment has no credentials, as if there are files
        encoding: of the settings file
        exit: the exit code; None: not a matter of this case
        verdicts: of the JSON of an audit, by rule and account: the compliance, with the severity if noncompliant
        accounts: of the JSON of an audit, by account id: some of its values
        holds: what is in the answer or the message, line breaks aside
        lacks: what does not
    """

    source: str
    about: str
    run: str
    aws: World = field(default_factory=World)
    settings: str = ""
    encoding: str = "utf-8"
    environment: dict[str, str] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)
    no_keys: bool = False
    exit: int | None = None
    verdicts: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How the command ended, what it wrote, and the AWS that it asked."""

    status: int
    stdout: str
    stderr: str
    aws: StubAws

    @property
    def words(self) -> str:
        """Return all that was written, as words."""
        return " ".join(f"{self.stdout} {self.stderr}".split())


def cases(name: str) -> list[Case]:
    """Return the cases of a file."""
    content = YAML(typ="safe").load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [from_dict(Case, entry, Config(strict=True, cast=[tuple])) for entry in content]


def run(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Run a case in its own folder, which is its home."""
    settings = folder / "regionproof.yaml"
    settings.write_bytes(case.settings.encode(case.encoding))
    for path, text in case.home.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    with stub_aws(case.aws) as (aws, url):
        common = {"HOME": str(folder), "AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_DISABLED": "true"}
        region = {"AWS_DEFAULT_REGION": "eu-central-1"}
        given = {name: text.format(HOME=folder, URL=url) for name, text in case.environment.items()}
        _set_environment(monkeypatch, common | region | ({} if case.home or case.no_keys else _KEYS) | given)
        command, *arguments = shlex.split(case.run)
        answer, messages = io.StringIO(), io.StringIO()
        all_arguments = [command, "--settings", str(settings), *arguments]
        status = run_command_line(all_arguments, _COMMANDS, Terminal(answer, messages))
        return Outcome(status, answer.getvalue(), messages.getvalue(), aws)


def check(case: Case, outcome: Outcome) -> None:
    """Compare an outcome with what its case says."""
    assert case.exit in {None, outcome.status}, outcome.words
    assert "Traceback" not in outcome.words
    if case.verdicts or case.accounts:
        _check_document(case, json.loads(outcome.stdout))
    for text in case.holds:
        assert text in outcome.words
    for text in case.lacks:
        assert text not in outcome.words


def _check_document(case: Case, document: dict[str, Any]) -> None:
    found = {f"{one['rule']} {one['account_id']}": _verdict(one) for one in document["findings"]}
    assert {key: found.get(key, "no finding") for key in case.verdicts} == case.verdicts
    accounts = {account["id"]: account for account in document["accounts"]}
    for account_id, expected in case.accounts.items():
        assert {key: accounts[account_id][key] for key in expected} == expected


def _verdict(finding: Mapping[str, str]) -> str:
    noncompliant = finding["compliance"] == "NON_COMPLIANT"
    return f"NON_COMPLIANT {finding['severity']}" if noncompliant else finding["compliance"]


def _set_environment(monkeypatch: pytest.MonkeyPatch, wanted: dict[str, str]) -> None:
    """Set these variables, and take away every other one of AWS."""
    for name in [name for name in os.environ if re.match("AWS_|COLUMNS", name)]:
        monkeypatch.delenv(name)
    for name, text in {**wanted, "COLUMNS": "160"}.items():
        monkeypatch.setenv(name, text)
