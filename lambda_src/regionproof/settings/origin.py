"""The origin of settings: places in the file, for messages that ask to correct them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # dacite reads the types
from dataclasses import dataclass, field

DEFAULT_FILE = "regionproof.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The file that settings were read from.

    Attributes:
        file: its name
        lines: the line of each id that the settings name, from 1, by its path (``named_ids.NamedId.path``)
        warnings: possible mistakes that are accepted, each a sentence with its line
        roll_out_to: ``deployment.roll_out_to``, if the deployment makes use of it
    """

    file: str = DEFAULT_FILE
    lines: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    roll_out_to: tuple[str, ...] = ()
