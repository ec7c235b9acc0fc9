"""What `make mutants` prints: each mutant that no test noticed, as file, line and change, then the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SURVIVED = "Mutant Not Found"
"""Poodle's word for a mutant with which every test passed."""


def print_survivors(echo: Callable[[str], None], testing_results: Any, **_settings: Any) -> None:
    """Print the survivors by file and line, and the counts. Poodle calls it at the end.

    A mutant whose tests never ended is noticed too: it would stop `make test`.
    """
    survivors = [trial for trial in testing_results.mutant_trials if trial.result.reason_code == SURVIVED]
    for trial in sorted(survivors, key=lambda trial: (str(trial.mutant.source_file), trial.mutant.lineno)):
        echo("\n".join(_described(trial.mutant)))
    counts = testing_results.summary
    echo(f"{counts.trials} mutants: {counts.found} failed a test, {counts.timeout} hung, {counts.not_found} survived.")


def _described(mutant: Any) -> Iterator[str]:
    yield f"{mutant.source_file}:{mutant.lineno}: {mutant.mutator_name}"
    yield from (line for line in (mutant.unified_diff or "").splitlines() if _is_change(line))


def _is_change(line: str) -> bool:
    return line.startswith(("-", "+")) and not line.startswith(("---", "+++"))
