"""The CDK app as the CDK CLI runs it: a process with a settings file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from regionproof.settings import asset
from regionproof.settings.reading import parse_with_origin
from stacks.function_asset import contents

from .synthesis import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REFUSE_SOCKETS_IN_PYTHON = """
import socket
def refuse(*_args, **_kwargs):
    raise AssertionError("synth used the network")
socket.socket.connect = socket.getaddrinfo = refuse
"""
REFUSE_SOCKETS_IN_NODE = """
const refuse = () => { throw new Error("synth used the network"); };
require("net").Socket.prototype.connect = refuse;
require("dns").lookup = refuse;
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of ``app.py`` left: its exit code, its stderr, and its cloud assembly."""

    code: int
    stderr: str
    outdir: Path

    def asset(self) -> dict[str, bytes]:
        """Return every file of the one asset in the assembly by its path in the zip."""
        (root,) = self.outdir.glob("asset.*")
        files = (path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def run_app(folder: Path, settings: str) -> Run:
    """Run ``app.py`` on a settings file, without any AWS configuration and with no network to use."""
    (folder / "sitecustomize.py").write_text(REFUSE_SOCKETS_IN_PYTHON, encoding="utf-8")
    (folder / "refuse.js").write_text(REFUSE_SOCKETS_IN_NODE, encoding="utf-8")
    (folder / "settings.yaml").write_text(settings, encoding="utf-8")
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    environment: Mapping[str, str] = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],  # where jsii keeps what it unpacked; the AWS files of it are hidden below
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "lambda_src")]),
        "NODE_OPTIONS": f"--require {folder / 'refuse.js'}",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps({**context, "settings": str(folder / "settings.yaml")}),
    }
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return Run(done.returncode, done.stderr, folder / "cdk.out")


@pytest.fixture(scope="module")
def placeholder(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on the settings as they are shipped."""
    shipped = (ROOT / "regionproof.yaml").read_text(encoding="utf-8")
    return run_app(tmp_path_factory.mktemp("shipped"), shipped)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on settings with three errors."""
    settings = 'schedule: {expression: "0 6 * * *"}\nlogs: {level: LOUD}\nscop: {}\n'
    return run_app(tmp_path_factory.mktemp("wrong"), settings)


def test_app_synthesizes_without_aws_and_without_network(placeholder: Run) -> None:
    """A clean clone shows its templates offline, both of them with their zip."""
    assert placeholder.code == 0, placeholder.stderr
    written = {path.name for path in placeholder.outdir.glob("*.template.json")}
    assert written == {"RegionProof.template.json", "RegionProofMemberRole.template.json"}
    assert "regionproof/handler.py" in placeholder.asset()


def test_placeholder_root_is_warned_of(placeholder: Run) -> None:
    """No one deploys the shipped settings by mistake, and the warning names the fix."""
    assert "r-abcd" in placeholder.stderr
    assert "aws organizations list-roots" in placeholder.stderr


def test_placeholder_organization_is_warned_of(placeholder: Run) -> None:
    """It is in the trust of every member role."""
    assert "o-exampleorgid" in placeholder.stderr
    assert "aws organizations describe-organization" in placeholder.stderr


def test_same_settings_and_lock_give_the_same_zip(placeholder: Run) -> None:
    """What stays the same is not deployed again; what only the stacks know is not in the zip."""
    shipped = (ROOT / "regionproof.yaml").read_text(encoding="utf-8")
    same_run = shipped.replace("emails: []", "emails: [someone@example.com]", 1)
    assert same_run != shipped
    assert contents(*parse_with_origin(same_run, "settings.yaml")) == placeholder.asset()


def test_the_function_knows_the_lines_of_what_the_settings_name(placeholder: Run) -> None:
    """A run names the place of an entry that does nothing."""
    origin = json.loads(placeholder.asset()[asset.ORIGIN_FILE_NAME])
    (line,) = origin["lines"].values()
    shipped = (ROOT / "regionproof.yaml").read_text(encoding="utf-8").splitlines()
    assert shipped[line - 1].strip() == "roll_out_to: [r-abcd]"
    assert (origin["file"], origin["roll_out_to"]) == ("settings.yaml", ["r-abcd"])


def test_wrong_settings_end_with_exit_code_2(wrong: Run) -> None:
    """Wrong settings are the user's to fix, and no template is written."""
    assert wrong.code == 2
    assert not list(wrong.outdir.glob("*.template.json"))


def test_wrong_settings_are_all_named_at_once(wrong: Run) -> None:
    """Every error with its path, and no stack trace."""
    for path in ("schedule.expression", "logs.level", "scop"):
        assert f"{path}: " in wrong.stderr
    assert "settings.yaml: 3 errors" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert "Error:" not in wrong.stderr
