"""What `make mutants` prints: each mutant that no test noticed, as file, line and change, then the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def print_survivors(echo: Callable[[str], None], testing_results: Any, **_settings: Any) -> None:
    """Print the survivors in the order of their places, and how many mutants there were. Poodle calls it at the end."""
    survivors = [trial for trial in testing_results.mutant_trials if not trial.result.found]
    for trial in sorted(survivors, key=lambda trial: (str(trial.mutant.source_file), trial.mutant.lineno)):
        echo("\n".join(_described(trial)))
    counts = testing_results.summary
    echo(f"{counts.trials} mutants: {counts.found} noticed, {counts.not_found} survived, {counts.timeout} timed out.")


def _described(trial: Any) -> Iterator[str]:
    mutant = trial.mutant
    yield f"{mutant.source_file}:{mutant.lineno}: {mutant.mutator_name}: {trial.result.reason_code}"
    yield from (line for line in (mutant.unified_diff or "").splitlines() if _is_change(line))


def _is_change(line: str) -> bool:
    return line.startswith(("-", "+")) and not line.startswith(("---", "+++"))
