"""`python -m docs`: write the generated parts of the documentation. `--check` only reports outdated files."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from docs.generated import ROOT, generated_files

if TYPE_CHECKING:
    from pathlib import Path


def main(arguments: list[str]) -> int:
    """Write the files and return 0. With ``--check``, write nothing and return 1 if a file is out of date."""
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only report files that are out of date")
    options = parser.parse_args(arguments)
    changed = {file: text for file, text in generated_files().items() if _current(file) != text}
    for file, text in changed.items():
        sys.stdout.write(f"{'out of date' if options.check else 'written'}: {file.relative_to(ROOT)}\n")
        if not options.check:
            file.write_text(text, encoding="utf-8")
    return int(options.check and bool(changed))


def _current(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
