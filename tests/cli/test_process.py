"""The command line as a real process: what only the interpreter, a pipe or a signal can show."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from typing import TYPE_CHECKING

import pytest

from regionproof.cli.process import excepthook

from .processes import SECONDS, finish, start
from .runs import settings_file
from .sample_process import STARTED

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = "tests.cli.sample_process"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a settings file that says nothing."""
    settings_file(tmp_path)
    return tmp_path


def test_without_credentials_it_ends_with_2_and_one_sentence_soon(folder: Path) -> None:
    """No traceback, nothing on stdout, no wait."""
    begun = time.monotonic()
    ended = finish(folder, "regionproof.cli", "audit")
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"regionproof: no AWS credentials found; sign in")
    assert ended.stderr.count(b"\n") == 1
    assert time.monotonic() - begun < SECONDS / 4


def test_a_locale_without_letters_gets_the_whole_answer(folder: Path) -> None:
    """As with ``LANG=C`` where Python may not switch to UTF-8 on its own."""
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = finish(folder, SAMPLE, "hong-kong", "audit", environment=plain)
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert b"Z?rich ??" in ended.stdout
    assert ended.stdout.isascii()


def test_json_goes_through_a_pipe_as_it_is(folder: Path) -> None:
    """Names keep every letter."""
    ended = finish(folder, SAMPLE, "hong-kong", "audit", "--format", "json")
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert "Zürich 香港" in [account["name"] for account in json.loads(ended.stdout)["accounts"]]


@pytest.mark.parametrize(("run", "status"), [("hong-kong", 1), ("large", 0)])
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_reader_that_goes_away_ends_it_quietly(folder: Path, form: str, run: str, status: int) -> None:
    """As with ``| head``: no message, and the verdict stands, for the audit was done.

    A small answer is still in Python's buffer when the reader has gone, a large one is not.
    """
    process = start(folder, SAMPLE, run, "audit", "--format", form)
    with process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(SECONDS) == status


@pytest.mark.parametrize("run", ["hong-kong", "large"])
def test_an_answer_that_can_not_be_written_is_told(folder: Path, run: str) -> None:
    """As on a full disk; here stdout is open for reading only. What was not written is not a success."""
    with (folder / "regionproof.yaml").open("rb") as unwritable:
        ended = finish(folder, SAMPLE, run, "audit", stdout=unwritable)
    assert ended.returncode == 2
    assert ended.stderr == b"regionproof: the output could not be written: Bad file descriptor\n"


def nearly_full() -> None:
    """Let this process write no file beyond 4 KiB: then a write takes a part of what it got, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_answer_that_is_cut_is_no_success(folder: Path, unbuffered: str, form: str) -> None:
    """Also with ``PYTHONUNBUFFERED``, where Python drops what a write did not take."""
    environment = {"PYTHONUNBUFFERED": unbuffered, "PYTHONDONTWRITEBYTECODE": "1"}
    with (folder / "answer").open("wb") as answer:
        ended = finish(
            *(folder, SAMPLE, "large", "audit", "--format", form),
            environment=environment,
            stdout=answer,
            preexec_fn=nearly_full,
        )
    assert (ended.returncode, ended.stderr) == (2, b"regionproof: the output could not be written: File too large\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_stdout_that_is_closed_is_told(folder: Path, unbuffered: str) -> None:
    """As with ``>&-`` of a shell."""
    ended = finish(
        *(folder, SAMPLE, "hong-kong", "audit"),
        environment={"PYTHONUNBUFFERED": unbuffered},
        stdout=None,
        preexec_fn=lambda: os.close(1),
    )
    assert ended.returncode == 2
    assert ended.stderr == b"regionproof: the output could not be written: Bad file descriptor\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("audit", "--help")])
def test_a_help_text_that_can_not_be_written_is_told(folder: Path, arguments: tuple[str, ...], unbuffered: str) -> None:
    """Python would end with 0, or with 120 and words of its own."""
    with (folder / "regionproof.yaml").open("rb") as unwritable:
        ended = finish(
            folder, "regionproof.cli", *arguments, environment={"PYTHONUNBUFFERED": unbuffered}, stdout=unwritable
        )
    assert (ended.returncode, ended.stderr) == (
        2,
        b"regionproof: the output could not be written: Bad file descriptor\n",
    )


def test_wrong_usage_ends_with_2_also_if_nobody_can_be_told(folder: Path) -> None:
    """Stderr is on a full disk, too."""
    with (folder / "regionproof.yaml").open("rb") as unwritable:
        assert finish(folder, "regionproof.cli", "audit", "--acount", stderr=unwritable).returncode == 2


def test_ctrl_c_ends_it_with_130_and_one_line(folder: Path) -> None:
    """No traceback."""
    process = start(folder, SAMPLE, "endless", "audit")
    with process:
        assert process.stderr.readline().decode().rstrip() == STARTED
        os.kill(process.pid, signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(SECONDS) == 130
    assert said == b"regionproof: interrupted; nothing was changed and nothing was published\n"


def test_a_second_ctrl_c_while_the_first_is_handled_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    """It comes to the hook for what nothing caught, and ends the same way."""
    with pytest.raises(SystemExit) as ended:
        excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "regionproof: interrupted; nothing was changed and nothing was published\n"


def test_a_defect_shows_its_traceback_and_ends_with_70(folder: Path) -> None:
    """Python's own 1 would say «noncompliant»."""
    ended = finish(folder, SAMPLE, "defective", "audit")
    assert (ended.returncode, ended.stdout) == (70, b"")
    assert b"Traceback (most recent call last)" in ended.stderr
    assert b"ZeroDivisionError: a defect that was made up\nregionproof: this is a defect" in ended.stderr
