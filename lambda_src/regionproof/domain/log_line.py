"""A record of the log as one line of JSON: in ASCII, without credentials, and no longer than CloudWatch takes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .untrusted_text import ELLIPSIS, to_safe_json, without_credentials

LOG_LINE_BYTES = 200_000
"""Below 256 KB, which CloudWatch Logs took of an event for years, and below what it takes now."""

SHORTENED = "shortened_from_bytes"
"""The key of a line that was shortened: how long it was."""

_IDENTITY = ("level", "location", "message", "timestamp", "service", "request_id", "run_id")
"""What every line keeps, in this order."""

_SIZES = ((20_000, 1000), (2000, 100), (200, 20))
"""Characters of a text and items of a list that a line keeps that is too long: the first pair with which it fits."""

_LAST_RESORT = 1000


def to_log_json(record: Mapping[str, Any], redact: Callable[[str], str] = without_credentials) -> str:
    """Return a record as one line of at most ``LOG_LINE_BYTES`` bytes, tracebacks included.

    A record that is too long keeps what it is about; its texts and lists are cut, and ``SHORTENED`` says so.
    ``redact`` returns a text without credentials.
    """
    plain: dict[str, Any] = _plain(record, redact)
    line = to_safe_json(plain, ascii_only=True)
    if len(line) <= LOG_LINE_BYTES:
        return line
    known = {key: plain[key] for key in _IDENTITY if key in plain}
    mark = {SHORTENED: len(line)}
    for texts, items in _SIZES:
        shorter = to_safe_json({**_cut({**known, **plain}, texts, items), **mark}, ascii_only=True)
        if len(shorter) <= LOG_LINE_BYTES:
            return shorter
    return to_safe_json(
        {**{key: _cut_text(str(value), _LAST_RESORT) for key, value in known.items()}, **mark}, ascii_only=True
    )


def _plain(value: Any, redact: Callable[[str], str]) -> Any:
    """Return a value as what JSON knows. Credentials go before anything is cut or escaped: both would hide them."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {redact(str(key)): _plain(inner, redact) for key, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_plain(inner, redact) for inner in value]
    return redact(str(value))


def _cut(value: Any, texts: int, items: int) -> Any:
    if isinstance(value, str):
        return _cut_text(value, texts)
    if isinstance(value, dict):
        return {_cut_text(key, texts): _cut(inner, texts, items) for key, inner in list(value.items())[:items]}
    if isinstance(value, list):
        more = [f"{ELLIPSIS} {len(value) - items} more"] if len(value) > items else []
        return [*(_cut(inner, texts, items) for inner in value[:items]), *more]
    return value


def _cut_text(text: str, limit: int) -> str:
    """Return both ends of a text: a traceback begins with the place and ends with the cause."""
    return text if len(text) <= limit else f"{text[: limit // 2]}{ELLIPSIS}{text[-limit // 2 :]}"
