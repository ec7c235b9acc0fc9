"""Faults as JSON: `{"action": "sns:Publish", "effect": {"kind": "hang"}, "times": 1}`."""

from __future__ import annotations

from dataclasses import MISSING, asdict, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emulator.faults.fault import (
    ChangedAnswer,
    ConnectionCut,
    ConnectionReset,
    Delay,
    ErrorAnswer,
    Fault,
    Hang,
    InvalidFault,
    RawAnswer,
    TruncatedBody,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.faults.fault import Effect

KINDS: Mapping[str, type[Effect]] = MappingProxyType(
    {
        "error": ErrorAnswer,
        "delay": Delay,
        "hang": Hang,
        "connection-reset": ConnectionReset,
        "connection-cut": ConnectionCut,
        "truncated-body": TruncatedBody,
        "raw-answer": RawAnswer,
        "changed-answer": ChangedAnswer,
    }
)
"""The kinds of effects by their names in JSON and in the call log."""

_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "str": (str,),
        "int": (int,),
        "float": (int, float),
        "bool": (bool,),
        "str | None": (str, type(None)),
        "int | None": (int, type(None)),
        "Effect": (dict,),
    }
)


def kind_of(effect: Effect) -> str:
    """Return the name of an effect's kind."""
    return next(name for name, kind in KINDS.items() if isinstance(effect, kind))


def to_json(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON."""
    return {**asdict(fault), "effect": {"kind": kind_of(fault.effect), **asdict(fault.effect)}}


def read_faults(content: object) -> list[Fault]:
    """Read a list of faults. Raise InvalidFault with one sentence about the first problem."""
    if not isinstance(content, list):
        raise InvalidFault("Expected faults as a JSON list of objects.")
    return [_read_fault(f"fault {position}", one) for position, one in enumerate(content, start=1)]


def _read_fault(where: str, content: object) -> Fault:
    members = _members(Fault, where, content)
    effect = dict(members["effect"])
    kind = KINDS.get(str(effect.pop("kind", None)))
    if kind is None:
        raise InvalidFault(f"{where}: the kind of effect must be one of {', '.join(KINDS)}.")
    details = _members(kind, f"{where}: effect", effect)
    try:
        return Fault(**{**members, "effect": kind(**details)})
    except InvalidFault as error:
        raise InvalidFault(f"{where}: {error}") from error


def _members(kind: type[Fault | Effect], where: str, content: object) -> dict[str, Any]:
    """Check that an object has exactly the fields of a kind, with values of their types, and return it."""
    if not isinstance(content, dict):
        raise InvalidFault(f"{where} is not a JSON object.")
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(content.keys() - known.keys())
    if unknown:
        raise InvalidFault(f"{where} has unknown fields: {', '.join(unknown)}. Known: {', '.join(known) or 'kind'}.")
    missing = [name for name, field in known.items() if field.default is MISSING and name not in content]
    if missing:
        raise InvalidFault(f"{where} lacks {', '.join(missing)}.")
    for name, value in content.items():
        _require_type(f"{where}: {name}", str(known[name].type), value)
    return content


def _require_type(where: str, expected: str, value: object) -> None:
    is_bool = isinstance(value, bool)  # bool is a subclass of int
    if is_bool != (expected == "bool") or not isinstance(value, _TYPES[expected]):
        raise InvalidFault(f"{where} must be of type {expected}, not {value!r}.")
