"""Read ``regionproof.yaml`` and check it against its declared shape. For the CLI and for synth."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml.comments import CommentedBase

from .checks import known_regions
from .named_ids import named_ids
from .origin import DEFAULT_FILE, Origin
from .problems import MOST_PROBLEMS, Problem, SettingsError, dotted, in_words
from .shape import Settings
from .yaml_reading import load_yaml, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def read_settings(file: Path) -> tuple[Settings, Origin]:
    """Return the settings of a file, and their origin in it.

    Raises ``SettingsError`` with all errors, each with its line, its path and the expected form.
    """
    return parse_with_origin(_text_of(file), str(file))


def _text_of(file: Path) -> str:
    try:
        return read_text(file)
    except FileNotFoundError as cause:
        missing = Problem("", f"the file does not exist; copy {DEFAULT_FILE} from the repository or name yours")
        raise SettingsError(str(file), [missing]) from cause
    except (OSError, UnicodeDecodeError) as cause:
        raise SettingsError(str(file), [Problem("", f"cannot be read: {cause}")]) from cause


def parse_settings(text: str, source: str = DEFAULT_FILE) -> Settings:
    """Return the settings in a YAML text. Raises ``SettingsError``, naming ``source``."""
    return parse_with_origin(text, source)[0]


def parse_with_origin(text: str, source: str = DEFAULT_FILE) -> tuple[Settings, Origin]:
    """Return the settings in a YAML text, and their origin in it.

    Raises ``SettingsError``, naming ``source``.
    """
    document = _load_document(text, source)
    try:
        # Strict, and by way of JSON: lists become tuples and dates are read, but "yes" is not a boolean.
        settings = _validator().validate_json(json.dumps(_without_empty(document), default=str), strict=True)
    except ValidationError as cause:
        problems = [_problem(error, document) for error in cause.errors()[:MOST_PROBLEMS]]
        raise SettingsError(source, sorted(problems, key=lambda problem: problem.line or 0)) from cause
    if contradictions := list(_contradictions(settings, document)):
        raise SettingsError(source, contradictions)
    return settings, _origin(settings, document, source)


@cache
def _validator() -> TypeAdapter[Settings]:
    return TypeAdapter(Settings)


def _load_document(text: str, source: str) -> Any:
    document = load_yaml(text, source)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SettingsError(source, [Problem("", "expected keys with values at the top, such as `schedule:`")])
    return document


def _without_empty(node: Any) -> Any:
    """Leave out keys without a value: a section whose lines are all commented out means its defaults."""
    if isinstance(node, dict):
        return {str(key): _without_empty(value) for key, value in node.items() if value is not None}
    if isinstance(node, list):
        return [_without_empty(item) for item in node]
    return node


def _problem(error: Any, document: Any) -> Problem:
    location: list[str | int] = [step for step in error["loc"] if step != "[key]"]
    return Problem(dotted(location), in_words(error, _keys_at(location[:-1])), _line(document, location))


def _keys_at(location: Sequence[str | int]) -> list[str]:
    """Return the keys that the shape allows at a place, as written in the file."""
    shape: Any = Settings
    for step in location:
        if is_dataclass(shape):
            names = {_spelled(shape, field.name): field.name for field in fields(shape)}
            shape = get_type_hints(shape)[names[str(step)]] if str(step) in names else None
        elif isinstance(step, int):
            shape = next((kind for kind in getattr(shape, "__args__", ()) if is_dataclass(kind)), None)
    return [_spelled(shape, field.name) for field in fields(shape)] if is_dataclass(shape) else []


def _spelled(shape: Any, field_name: str) -> str:
    alias = shape.__pydantic_config__.get("alias_generator")
    return str(alias(field_name)) if alias else field_name


def _line(document: Any, location: Sequence[str | int]) -> int | None:
    """Return the line of a place, or of the nearest place around it that the file has."""
    node, line = document, None
    for step in location:
        if not isinstance(node, CommentedBase):
            break
        try:
            line = node.lc.key(step)[0] + 1 if isinstance(node, dict) else node.lc.item(step)[0] + 1
            node = node[step]  # type: ignore[index]  # a mapping or a list
        except (KeyError, IndexError, TypeError):
            break
    return line


def _origin(settings: Settings, document: Any, source: str) -> Origin:
    """Return the lines of the ids in the settings, and the warnings."""
    named = {one.path: _line(document, one.location) for one in named_ids(settings, settings.deployment.roll_out_to)}
    return Origin(
        file=source,
        lines={path: line for path, line in named.items() if line},
        warnings=tuple(str(warning) for warning in _unknown_regions(settings, document)),
        roll_out_to=settings.deployment.roll_out_to,
    )


def _contradictions(settings: Settings, document: Any) -> Iterator[Problem]:
    """Yield the contradictions between fields."""
    twice = Counter((exemption.account, exemption.rule) for exemption in settings.exemptions)
    for index, exemption in enumerate(settings.exemptions):
        if twice[exemption.account, exemption.rule] > 1:
            place: list[str | int] = ["exemptions", index]
            said = f"account {exemption.account} is exempt from {exemption.rule} more than once; keep one entry"
            yield Problem(dotted(place), said, _line(document, place))


def _unknown_regions(settings: Settings, document: Any) -> Iterator[Problem]:
    """Yield each Region that has the form of one and that this version does not know."""
    rule = settings.rules.regions_1
    lists: list[tuple[list[str | int], tuple[str, ...]]] = [(["approved"], rule.approved or ())]
    lists += [(["organizational_units", unit], regions) for unit, regions in rule.organizational_units.items()]
    lists += [(["accounts", account], regions) for account, regions in rule.accounts.items()]
    for where, regions in lists:
        for index, region in enumerate(regions):
            if region not in known_regions():
                place = ["rules", "Regions.1", *where, index]
                said = f"this version does not know the Region {region}; it is used as written: check its spelling"
                yield Problem(dotted(place), said, _line(document, place))
