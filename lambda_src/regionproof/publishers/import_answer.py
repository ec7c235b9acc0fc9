"""What an answer of BatchImportFindings says about the findings that were sent. Pure.

The call answers 200 also if it takes nothing. A finding counts as taken only if the whole answer accounts for it.
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
"""The code of findings that an answer says nothing about, or contradicts itself about."""


def undelivered_in(
    answer: Mapping[str, Any], sent: Sequence[str], redact: Callable[[str], str] = without_credentials
) -> list[Undelivered]:
    """Return the findings that Security Hub did not take, each once, with AWS's code and message.

    ``sent`` are the ids of the batch. If the counts or the ids of the answer do not add up to the batch, nobody
    knows which findings arrived, and none of them counts as taken. ``redact`` returns a text without credentials.
    """
    taken, refused = _count(answer, "SuccessCount"), _count(answer, "FailedCount")
    entries = answer.get("FailedFindings")
    listed = entries if isinstance(entries, list) else []
    named = {item.item: item for item in map(partial(_refusal, redact), listed) if item.item in sent}
    accounted = taken is not None and refused is not None and taken + refused == len(set(sent))
    if accounted and refused == len(named) == len(listed):
        return list(named.values())
    said = (
        f"Security Hub answered a batch of {len(set(sent))} findings with SuccessCount {_shown(answer, 'SuccessCount')}"
        f", FailedCount {_shown(answer, 'FailedCount')} and {len(named)} of them in FailedFindings. That does not add "
        "up, so none of them counts as taken. Is there a proxy in between?"
    )
    return [named.get(item) or Undelivered(item, UNACCOUNTED, said) for item in dict.fromkeys(sent)]


def _count(answer: Mapping[str, Any], name: str) -> int | None:
    """Return a count; None if it is missing, negative or no integer. JSON's true is no count."""
    value = answer.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _shown(answer: Mapping[str, Any], name: str) -> str:
    return shorten(repr(answer.get(name, "missing")), CODE_LENGTH)


def _refusal(redact: Callable[[str], str], entry: object) -> Undelivered:
    """Return an entry of FailedFindings. One that is no object, or has no id, has an empty id."""
    fields = entry if isinstance(entry, dict) else {}
    return Undelivered(
        shorten(redact(_text(fields, "Id")), MESSAGE_LENGTH),
        shorten(redact(_text(fields, "ErrorCode")), CODE_LENGTH) or "Unknown",
        shorten(redact(_text(fields, "ErrorMessage")), MESSAGE_LENGTH),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
