"""Return the listings of AWS Organizations page by page."""

from __future__ import annotations

from typing import Any

from emulator.http import page_tokens
from emulator.http.answers import Refusal

_LARGEST_PAGE = 20

Payload = dict[str, Any]


def page(listing: str, key: str, items: list[Payload], payload: Payload, *, blank_pages: bool = False) -> Payload:
    """Return one page. With blank_pages, an empty page follows the first. Raise Refusal for a bad size or token."""
    size = payload.get("MaxResults") or _LARGEST_PAGE
    if not isinstance(size, int) or not 1 <= size <= _LARGEST_PAGE:
        raise _invalid(f"MaxResults must be between 1 and {_LARGEST_PAGE}.", "MAX_VALUE_EXCEEDED")
    start, blank = _position(listing, payload.get("NextToken"))
    if blank:
        return {key: [], "NextToken": page_tokens.issue(listing, start)}
    end = start + size
    if end >= len(items):
        return {key: items[start:]}
    return {key: items[start:end], "NextToken": page_tokens.issue(listing, end, blank=blank_pages and not start)}


def _position(listing: str, token: str | None) -> tuple[int, bool]:
    if token is None:
        return 0, False
    try:
        return page_tokens.read(listing, token)
    except page_tokens.MalformedToken as error:
        raise _invalid("You specified an invalid value for NextToken.", "INVALID_PAGINATION_TOKEN") from error


def _invalid(message: str, reason: str) -> Refusal:
    return Refusal("InvalidInputException", message, Reason=reason)
