"""``regionproof audit`` from its arguments to its exit code, over runs that are made up."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from regionproof.cli.audit_command import audit_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal
from regionproof.domain.facts import TokenVersion
from regionproof.domain.run import RunRequest
from regionproof.wiring import CallerProfile
from tests.support.builders import DENIED, an_account, regions, some_facts

from .runs import ORDERS, Ended, FakeRun, FakeScreen, regionproof, settings_file

if TYPE_CHECKING:
    from pathlib import Path

    from regionproof.audit.run import Progress
    from regionproof.audit.settings_check import SettingsCheck
    from regionproof.domain.run import Outcome
    from regionproof.settings.shape import AuditSettings

AT_RISK = {ORDERS: some_facts(opt_in=regions(ap_east_1="ENABLED"))}


def audit(folder: Path, *arguments: str, run: FakeRun, stdout: io.StringIO | None = None) -> Ended:
    """Run the command with a settings file that says nothing."""
    return regionproof("audit", "--settings", settings_file(folder), *arguments, run=run, stdout=stdout)


def test_the_run_gets_what_the_arguments_say(tmp_path: Path) -> None:
    """Settings, caller and accounts."""
    run = FakeRun({ORDERS: some_facts(TokenVersion(2))})
    said = ("--profile", "audit", "--region", "eu-south-1", "--account", ORDERS, "--account", ORDERS)
    regionproof("audit", "--settings", settings_file(tmp_path, "member_role: {name: Reader}"), *said, run=run)
    settings, caller, request = run.asked[0]
    assert settings.member_role.name == "Reader"
    assert caller == CallerProfile(profile="audit", region="eu-south-1")
    assert request == RunRequest(frozenset({ORDERS}), dry_run=True)


def test_a_region_that_this_version_does_not_know_is_a_warning_on_stderr(tmp_path: Path) -> None:
    """With the file and the line; the run goes on, and the answer is untouched."""
    run = FakeRun({ORDERS: some_facts(TokenVersion(2))})
    file = settings_file(tmp_path, "rules:\n  Regions.1:\n    approved: [eu-south-9]")
    ended = regionproof("audit", "--settings", file, run=run)
    assert ended.stderr.startswith(f"regionproof: warning: {file}: line 3: rules.Regions.1.approved[0]: this version ")
    assert run.asked[0][0].rules.regions_1.approved == ("eu-south-9",)
    assert "warning" not in ended.stdout


def test_a_person_brings_a_role_of_their_own(tmp_path: Path) -> None:
    """The deployed member role trusts the function alone."""
    run = FakeRun({ORDERS: some_facts(TokenVersion(2))})
    audit(tmp_path, "--member-role", "OrganizationAccountAccessRole", run=run)
    assert run.asked[0][0].member_role.name == "OrganizationAccountAccessRole"


def test_a_role_with_a_path_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As in the settings file: a name, no path."""
    with pytest.raises(SystemExit) as ended:
        audit(tmp_path, "--member-role", "audit/reader", run=FakeRun({}))
    assert ended.value.code == 2
    assert "expected the name of an IAM role" in capsys.readouterr().err


def test_it_never_publishes(tmp_path: Path) -> None:
    """Even where the run has publishers."""
    run = FakeRun(AT_RISK)
    assert audit(tmp_path, run=run).status == 1
    assert run.publisher.reports == []


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize(
    ("facts", "expected"),
    [(some_facts(TokenVersion(2)), 0), (AT_RISK[ORDERS], 1), (some_facts(DENIED, DENIED), 3)],
)
def test_the_exit_code_is_that_of_the_report_in_every_format(
    tmp_path: Path, form: str, facts: object, expected: int
) -> None:
    """And nothing is written to stderr."""
    ended = audit(tmp_path, "--format", form, run=FakeRun({ORDERS: facts}))  # type: ignore[dict-item]  # a parameter
    assert (ended.status, ended.stderr) == (expected, "")


def test_json_is_the_only_thing_on_stdout(tmp_path: Path) -> None:
    """One document, with the keys of the contract."""
    found = json.loads(audit(tmp_path, "--format", "json", run=FakeRun(AT_RISK)).stdout)
    assert list(found) == ["run", "organization", "summary", "accounts", "findings"]


def test_the_table_ends_with_the_summary(tmp_path: Path) -> None:
    """A person reads the last lines first."""
    assert audit(tmp_path, run=FakeRun(AT_RISK)).stdout.splitlines()[-2].startswith("Result        exit code 1:")


def test_a_terminal_gets_colours(tmp_path: Path) -> None:
    """Red for HIGH."""
    assert "\x1b[1;31m" in audit(tmp_path, run=FakeRun(AT_RISK), stdout=FakeScreen()).stdout


def test_no_color_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://no-color.org: no colour is left; bold is none."""
    monkeypatch.setenv("NO_COLOR", "1")
    text = audit(tmp_path, run=FakeRun(AT_RISK), stdout=FakeScreen()).stdout
    assert "HIGH" in text
    assert not [code for code in text.split("\x1b[")[1:] if code.split("m")[0] not in {"0", "1", "2"}]


def test_a_pipe_gets_text_and_nothing_else(tmp_path: Path) -> None:
    """No colours, no boxes, no trailing blanks."""
    text = audit(tmp_path, run=FakeRun(AT_RISK)).stdout
    assert text.isascii()
    assert "\x1b" not in text
    assert not set(text) & set("|+\u2500\u2502\u2501")
    assert all(line == line.rstrip() for line in text.splitlines())


def test_the_width_of_the_terminal_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``COLUMNS`` says it where no terminal can be asked."""
    monkeypatch.setenv("COLUMNS", "200")
    assert "STATE" in audit(tmp_path, run=FakeRun(AT_RISK)).stdout.splitlines()[0]


def test_every_error_of_the_settings_is_told_at_once(tmp_path: Path) -> None:
    """Each with its line and its path, and the run is not started."""
    run = FakeRun(AT_RISK)
    file = settings_file(
        tmp_path, "rules:\n  STS.1: {require: sometimes}\nscope:\n  exclude_accounts: ['12']\nshedule: {}\n"
    )
    ended = regionproof("audit", "--settings", file, run=run)
    assert (ended.status, ended.stdout, run.asked) == (2, "", [])
    first, *others = ended.stderr.splitlines()
    assert first == f"regionproof: {file}: 3 errors"
    assert [line.split(": ")[1] for line in others] == ["rules.STS.1.require", "scope.exclude_accounts[0]", "shedule"]
    assert others[2].endswith("did you mean schedule?")


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default is the file in the working directory."""
    monkeypatch.chdir(tmp_path)
    ended = regionproof("audit", run=FakeRun())
    assert ended.status == 2
    assert ended.stderr.startswith("regionproof: regionproof.yaml: 1 error\n  the file does not exist")


def test_an_account_that_the_organization_does_not_have_is_named(tmp_path: Path) -> None:
    """One sentence, exit code 2."""
    ended = audit(tmp_path, "--account", "999999999999", run=FakeRun(AT_RISK))
    assert (ended.status, ended.stdout) == (2, "")
    assert ended.stderr == "regionproof: organization o-exampleorg has no account 999999999999; check the id\n"


def test_ctrl_c_ends_with_130_and_one_line(tmp_path: Path) -> None:
    """And no traceback."""

    def interrupted(
        _s: AuditSettings, _c: CallerProfile, _r: RunRequest, _p: Progress, _check: SettingsCheck
    ) -> Outcome:
        raise KeyboardInterrupt

    ended = regionproof("audit", "--settings", settings_file(tmp_path), run=interrupted)
    assert (ended.status, ended.stdout) == (130, "")
    assert ended.stderr == "regionproof: interrupted; nothing was changed and nothing was published\n"


def encoded(folder: Path, encoding: str, *arguments: str) -> str:
    """Return what the command writes of an account «Zürich 香港» to a stdout of this encoding."""
    written = io.BytesIO()
    run = FakeRun({ORDERS: some_facts()}, (an_account(ORDERS, "Zürich 香港 \ud800"),))
    terminal = Terminal(io.TextIOWrapper(written, encoding=encoding), io.StringIO())
    run_command_line(("audit", "--settings", settings_file(folder), *arguments), (audit_command(run),), terminal)
    return written.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "utf-16"])
def test_any_encoding_of_stdout_takes_the_answer(tmp_path: Path, encoding: str) -> None:
    """Every letter that it does not know becomes a question mark; the answer is complete."""
    assert "\nResult " in encoded(tmp_path, encoding)
    names = [account["name"] for account in json.loads(encoded(tmp_path, encoding, "--format", "json"))["accounts"]]
    assert "Zürich 香港 \ufffd" in names


@pytest.mark.parametrize(
    ("encoding", "name"), [("ascii", "Z?rich ?? ?"), ("latin-1", "Zürich ?? ?"), ("utf-8", "Zürich 香港 \ufffd")]
)
def test_an_encoding_keeps_the_letters_that_it_knows(tmp_path: Path, encoding: str, name: str) -> None:
    """The table stays in line, and the id beside the name tells which account it is."""
    assert f"{ORDERS} {name}\n" in encoded(tmp_path, encoding)
