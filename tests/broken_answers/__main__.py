"""`python -m tests.broken_answers [TEXT [sample]]`: run cells whose name contains a text, and print what fails."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.broken_answers.matrix import CELLS, sample
from tests.broken_answers.parallel import red_cells
from tests.support.service_models import read_service_models_once


def main(text: str = "", part: str = "all") -> None:
    """Run and print."""
    chosen = [cell for cell in CELLS if text in str(cell)]
    if part == "sample":
        chosen = sample(chosen)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, read_service_models_once():
        os.environ["AWS_CONFIG_FILE"] = str(Path(folder) / "config")
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
        red = red_cells(chosen, Path(folder) / "config")
    for cell, found in red.items():
        sys.stdout.write(f"{cell}: {'; '.join(found)}\n")
    rows = Counter(str(cell.row) for cell in red)
    sys.stdout.write(
        f"{len(red)} of {len(chosen)} cells are red after {time.monotonic() - begun:.0f} s: {dict(rows)}\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
