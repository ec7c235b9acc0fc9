"""The grammar of the command line."""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regionproof import __version__
from regionproof.cli.arguments import command_line
from regionproof.cli.audit_command import audit_command
from regionproof.cli.exit_status import ExitStatus
from regionproof.cli.preflight_command import preflight_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal
from regionproof.domain.facts import TokenVersion
from tests.support.builders import some_facts

from .runs import FakeRun, settings_file
from .test_preflight_command import FakeLook

if TYPE_CHECKING:
    from argparse import Namespace


def parsed(*arguments: str) -> Namespace:
    """Return what the command line makes of these arguments."""
    return command_line([audit_command(FakeRun())]).parse_args(arguments)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the last line that wrong arguments bring to stderr, after checking exit code and stdout."""
    with pytest.raises(SystemExit) as ended:
        parsed(*arguments)
    written = capsys.readouterr()
    assert (ended.value.code, written.out) == (2, "")
    return written.err.splitlines()[-1]


def test_without_options_everything_in_scope_is_audited_and_shown_as_a_table() -> None:
    """The defaults are those that the help names."""
    options = parsed("audit")
    assert (options.settings, options.account, options.format) == (Path("regionproof.yaml"), [], "table")
    assert (options.profile, options.region) == (None, None)


def test_every_option_is_read() -> None:
    """Accounts may be repeated."""
    options = parsed(
        *("audit", "--settings", "my.yaml", "--profile", "audit", "--region", "eu-south-1"),
        *("--account", "111122223333", "--account", "444455556666", "--format", "json"),
    )
    assert (options.settings, options.profile, options.region) == (Path("my.yaml"), "audit", "eu-south-1")
    assert (options.account, options.format) == (["111122223333", "444455556666"], "json")


@pytest.mark.parametrize(
    "wrong",
    ["12345678901", "1234567890123", "12345678901a", "", " 123456789012", "123456789012\n", "١٢٣٤٥٦٧٨٩٠١٢"],
)
def test_an_account_id_that_is_not_12_digits_is_refused(capsys: pytest.CaptureFixture[str], wrong: str) -> None:
    """The sentence says what was expected and what was there. Only ASCII digits are digits."""
    said = refused(capsys, "audit", "--account", wrong)
    assert said.startswith("regionproof audit: error: argument --account: expected an account id: 12 digits")
    assert said.endswith(f"(got {wrong!r})")


def test_a_region_that_does_not_exist_is_refused_with_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the pen is named."""
    assert "did you mean eu-central-1? (got 'eu-cental-1')" in refused(capsys, "audit", "--region", "eu-cental-1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "regionproof: error: the following arguments are required: COMMAND"),
        (("adit",), "regionproof: error: argument COMMAND: invalid choice: 'adit'"),
        (("audit", "--format", "xml"), "regionproof audit: error: argument --format: invalid choice: 'xml'"),
        (("audit", "--acc", "111122223333"), "regionproof: error: unrecognized arguments: --acc"),
        (("audit", "--account"), "regionproof audit: error: argument --account: expected one argument"),
    ],
)
def test_wrong_usage_is_named_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """Options are not abbreviated, so a new one never changes what an old script means."""
    assert refused(capsys, *arguments).startswith(said)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """``--version`` ends with 0."""
    with pytest.raises(SystemExit) as ended:
        parsed("--version")
    assert (ended.value.code, capsys.readouterr().out) == (0, f"regionproof {__version__}\n")


def test_the_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its summary."""
    with pytest.raises(SystemExit):
        parsed("--help")
    assert "audit     audit the organization and print the findings" in capsys.readouterr().out


def test_the_help_of_audit_tells_options_examples_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """It is plain ASCII, so every terminal shows it."""
    with pytest.raises(SystemExit) as ended:
        parsed("audit", "--help")
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert shown.isascii()
    for option in ("--settings FILE", "--profile NAME", "--region REGION", "--account ID", "--format {table,json}"):
        assert option in shown
    assert "| jq -r" in shown
    for status in ExitStatus:
        assert f"  {status.value:<4} {status.meaning}\n" in shown


def examples() -> list[list[str]]:
    """Return the arguments of every example in a help text, each as a shell reads it."""
    texts = "".join(command.epilog for command in (audit_command(FakeRun()), preflight_command(FakeLook())))
    lines = texts.replace("\\\n", " ").splitlines()
    commands = [shlex.split(line.partition("|")[0]) for line in lines if line.startswith("  regionproof ")]
    return [arguments for _, *arguments in commands]


@pytest.mark.parametrize("example", examples(), ids=" ".join)
def test_every_example_of_a_help_text_works(
    example: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real parser and settings. An audit names a role: the deployed one trusts no person."""
    settings_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    facts = {account: some_facts(TokenVersion(2)) for account in ("111122223333", "444455556666")}
    run = FakeRun(facts)
    commands = (audit_command(run), preflight_command(FakeLook()))
    terminal = Terminal(io.StringIO(), io.StringIO())
    assert run_command_line(example, commands, terminal) in {ExitStatus.COMPLIANT, ExitStatus.REFUSED}
    assert all(settings.member_role.existing for settings, _, _ in run.asked)


def test_the_help_texts_have_examples_of_every_command() -> None:
    """So that the test above looks at something."""
    assert [example[0] for example in examples()] == ["audit"] * 3 + ["preflight"] * 2


@pytest.mark.parametrize("command", ["audit", "preflight"])
def test_a_terminal_of_80_columns_shows_a_help_text_unbroken(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """So that examples can be copied, and the table of exit codes can be read."""
    with pytest.raises(SystemExit):
        command_line([audit_command(FakeRun()), preflight_command(FakeLook())]).parse_args([command, "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
