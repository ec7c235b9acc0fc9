"""The alert for chat channels: a custom notification of Amazon Q Developer in chat applications. Pure.

https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import html
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from regionproof.domain.links import without_links
from regionproof.domain.untrusted_text import sanitize_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regionproof.domain.changes import Change

    from .digest import Digest

TITLE_LENGTH = 250
DESCRIPTION_LENGTH = 4000
ID_LENGTH = 40
NAME_LENGTH = 60
DETAIL_LENGTH = 400
"""Characters of one change, before markup is replaced. No change fills a message alone."""

SHORTEST_CHANGE = 2
"""The fewest characters of a change. A digest that cannot fit for this reason is not tried."""

_MARKUP = str.maketrans(dict.fromkeys("*_~`[]()|", " ") | {":": "\uff1a", "/": "\u2215", "@": "\uff20"})
"""Characters that format a text, mention people or make a link: a link needs its colon and slashes."""

_BRACKETS = "\uff3b\uff3d"
"""Put around text that would be a link. ASCII brackets are markup themselves."""


def build_chat_notification(digest: Digest) -> dict[str, Any]:
    """Return the notification, with the number of changes that do not fit."""
    organization_id = _unformatted(digest.report.organization.id, ID_LENGTH)
    return {
        "version": "1.0",
        "source": "custom",
        "id": digest.report.run.id,
        "content": {
            "textType": "client-markdown",
            "title": shorten(f"RegionProof: {digest.overview.headline}", TITLE_LENGTH),
            "description": _description(digest),
            "nextSteps": [_next_step(digest)],
            "keywords": ["RegionProof", organization_id],
        },
        "metadata": {
            "threadId": f"regionproof-{organization_id}",
            "summary": digest.overview.headline,
            "eventType": "RegionProof audit",
        },
    }


def fits_in_chat(digest: Digest) -> bool:
    """Return whether a notification has room for every change that the digest shows."""
    return _complete(digest) is not None


def _description(digest: Digest) -> str:
    """Return as many changes as fit, and the number of the others."""
    if text := _complete(digest):
        return text
    too_many = bisect_left(range(digest.shown), x=True, key=lambda shown: _complete(digest.first(shown)) is None)
    return _complete(digest.first(too_many - 1)) or _and_more(digest.total)


def _complete(digest: Digest) -> str | None:
    """Return a text with every change that the digest shows, or None if it would be too long.

    It has one line per change or, if these do not fit, one line per group of equal changes.
    """
    changes = digest.changes
    more = [_and_more(digest.omitted)] if digest.omitted else []
    if len(changes) > DESCRIPTION_LENGTH // SHORTEST_CHANGE:
        return None
    for lines in (map(_line, changes), _grouped(changes)):
        text = "\n".join([*lines, *more])
        if len(text) <= DESCRIPTION_LENGTH:
            return text
    return None


def _line(change: Change) -> str:
    name = _unformatted(change.account_name, NAME_LENGTH)
    return f"{_label(change)}: {name} ({_id(change)})" if change.account_id else f"{_label(change)}: {_detail(change)}"


def _grouped(changes: Iterable[Change]) -> Iterator[str]:
    """Yield one line for all accounts with the same change, with their ids but not their names."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(_label(change), []).append(change)
    for label, same_label in groups.items():
        accounts = [_id(change) for change in same_label if change.account_id]
        if accounts:
            yield f"{label} ({len(accounts)}): {' '.join(accounts)}"
        yield from (f"{label}: {_detail(change)}" for change in same_label if not change.account_id)


def _label(change: Change) -> str:
    rule = f"*{change.finding.rule}* {change.finding.verdict.severity}: " if change.finding else ""
    return f"\u2022 {rule}{change.kind.value}"


def _id(change: Change) -> str:
    return _unformatted(change.account_id, ID_LENGTH)


def _detail(change: Change) -> str:
    return _unformatted(change.detail, DETAIL_LENGTH)


def _and_more(count: int) -> str:
    return f"and {count} more"


def _next_step(digest: Digest) -> str:
    if digest.security_hub:
        return "Open Security Hub and filter by product name RegionProof"
    return "Run regionproof audit in a terminal to list all findings"


def _unformatted(text: str, limit: int) -> str:
    """Return untrusted text without markup, links and mentions such as ``<!channel>``."""
    clean = without_links(shorten(sanitize_line(text), limit), _BRACKETS)
    return html.escape(clean.translate(_MARKUP), quote=False)
