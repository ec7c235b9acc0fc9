"""The outcome of BatchImportFindings for each finding that was sent. Pure.

The status is 200 even if no finding was imported. A finding counts as imported only if the answer is consistent.
https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from regionproof.domain.receipts import Undelivered
from regionproof.domain.untrusted_text import CODE_LENGTH, MESSAGE_LENGTH, shorten, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

UNACCOUNTED = "UnexpectedAnswer"
"""The code of findings whose outcome the answer leaves unclear."""


def undelivered_in(
    answer: Mapping[str, Any], sent: Sequence[str], redact: Callable[[str], str] = without_credentials
) -> list[Undelivered]:
    """Return the findings that Security Hub did not import, each once, with AWS's code and message.

    ``sent`` are the ids of the batch. If the counts or the ids of the answer do not match the batch, it is
    unclear which findings were imported, and none of them counts as imported. ``redact`` removes credentials from a
    text.
    """
    taken, refused = _count(answer, "SuccessCount"), _count(answer, "FailedCount")
    entries = answer.get("FailedFindings")
    listed = entries if isinstance(entries, list) else []
    named = {item.item: item for item in map(partial(_refusal, redact), listed) if item.item in sent}
    accounted = taken is not None and refused is not None and taken + refused == len(set(sent))
    if accounted and refused == len(named) == len(listed):
        return list(named.values())
    inconsistent = (
        f"Security Hub answered a batch of {len(set(sent))} findings with SuccessCount {_shown(answer, 'SuccessCount')}"
        f", FailedCount {_shown(answer, 'FailedCount')} and {len(named)} of them in FailedFindings. These numbers do "
        "not match, so none of the findings counts as imported. Is there a proxy in between?"
    )
    return [named.get(item) or Undelivered(item, UNACCOUNTED, inconsistent) for item in dict.fromkeys(sent)]


def _count(answer: Mapping[str, Any], name: str) -> int | None:
    """Return a count, or None if it is missing, negative or not an integer. JSON's true does not count as 1."""
    value = answer.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _shown(answer: Mapping[str, Any], name: str) -> str:
    return shorten(repr(answer.get(name, "missing")), CODE_LENGTH)


def _refusal(redact: Callable[[str], str], entry: object) -> Undelivered:
    """Return an entry of FailedFindings. Its id is empty if the entry has none or is not an object."""
    fields = entry if isinstance(entry, dict) else {}
    return Undelivered(
        shorten(redact(_text(fields, "Id")), MESSAGE_LENGTH),
        shorten(redact(_text(fields, "ErrorCode")), CODE_LENGTH) or "Unknown",
        shorten(redact(_text(fields, "ErrorMessage")), MESSAGE_LENGTH),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
