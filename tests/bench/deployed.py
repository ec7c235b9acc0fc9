"""The deployed zip: how large it is, and how long its handler takes to import."""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from regionproof.settings.shape import AuditSettings
from stacks import function_asset

IMPORTS = 5
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
    """Return the bytes of the zip and the median seconds of fresh interpreters that import the handler from it.

    ``import_seconds_uncompiled`` is the first import of a function: no module is compiled yet, as in the zip.
    """
    contents = function_asset.contents(AuditSettings())
    with tempfile.TemporaryDirectory() as folder:
        function_asset.write(contents, Path(folder))
        uncompiled = statistics.median(_import_seconds(folder, cold=True) for _ in range(IMPORTS))
        _import_seconds(folder, cold=False)
        compiled = statistics.median(_import_seconds(folder, cold=False) for _ in range(IMPORTS))
    return {
        "zip_bytes": _zip_bytes(contents),
        "import_seconds": round(compiled, 3),
        "import_seconds_uncompiled": round(uncompiled, 3),
    }


def _import_seconds(folder: str, *, cold: bool) -> float:
    # -S and -I: nothing of this environment is found, only the zip's contents and the standard library.
    command = [sys.executable, "-I", "-S", "-c", _TIMED.format(folder=folder, cold=cold)]
    return float(subprocess.check_output(command, text=True))  # noqa: S603  # this Python


def _zip_bytes(contents: dict[str, bytes]) -> int:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return packed.tell()
