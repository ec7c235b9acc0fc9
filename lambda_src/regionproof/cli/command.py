"""A command of ``regionproof``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from .exit_status import ExitStatus
    from .terminal import Terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: its texts for ``--help``, its options, and its function.

    ``run`` may raise ``RegionProofError`` and ``SettingsError``; both end with exit code 2 and their sentence.
    """

    name: str
    summary: str
    description: str
    epilog: str
    add_options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Terminal], ExitStatus]
