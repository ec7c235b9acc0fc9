"""The deployed zip: how large it is, how long its handler takes to import, and a function of it to start."""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regionproof.settings.shape import AuditSettings
from stacks import function_asset

from .cold_start import cold_start

if TYPE_CHECKING:
    from collections.abc import Mapping

IMPORTS = 5
PAID_BY_LAMBDA = "import_seconds_uncompiled"
"""The zip holds no compiled module, and Lambda lets a function write to /tmp only: every cold start compiles.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
"""

_TIMED = """
import sys, time
sys.dont_write_bytecode = {cold}
sys.path.insert(0, {folder!r})
started_at = time.perf_counter()
import regionproof.handler
seconds = time.perf_counter() - started_at
assert regionproof.__file__.startswith({folder!r})
print(seconds)
"""


def deployed() -> dict[str, Any]:
    """Return the bytes of the zip, and median seconds: of imports in fresh interpreters, of calls in the emulator.

    ``import_seconds_uncompiled`` is an import while no module is compiled, as in the zip.
    """
    contents = function_asset.contents(AuditSettings())
    packed = zipped(contents)
    return {"zip_bytes": len(packed), **_import_times(contents), "paid_by_lambda": PAID_BY_LAMBDA, **cold_start(packed)}


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Return the zip of the files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _import_times(contents: Mapping[str, bytes]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        function_asset.write(contents, Path(folder))
        uncompiled = statistics.median(_import_seconds(folder, cold=True) for _ in range(IMPORTS))
        _import_seconds(folder, cold=False)
        compiled = statistics.median(_import_seconds(folder, cold=False) for _ in range(IMPORTS))
    return {"import_seconds": round(compiled, 3), PAID_BY_LAMBDA: round(uncompiled, 3)}


def _import_seconds(folder: str, *, cold: bool) -> float:
    # -S and -I: nothing of this environment is found, only the zip's contents and the standard library.
    command = [sys.executable, "-I", "-S", "-c", _TIMED.format(folder=folder, cold=cold)]
    return float(subprocess.check_output(command, text=True))  # noqa: S603  # this Python
