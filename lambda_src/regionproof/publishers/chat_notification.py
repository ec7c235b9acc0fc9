"""The alert as Amazon Q Developer in chat applications shows it: its custom notification. Pure.

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
"""Characters of one change, before what chats act on is replaced: none of them fills a message."""

LEAST_OF_A_CHANGE = 2
"""Characters that a change takes at least: more changes than these allow are not even tried."""

_MARKUP = str.maketrans(dict.fromkeys("*_~`[]()|", " ") | {":": "\uff1a", "/": "\u2215", "@": "\uff20"})
"""What formats, links or calls people: a link needs its colon and its slashes."""

_BRACKETS = "\uff3b\uff3d"
"""Around what would be a link. The common brackets are markup themselves."""


def build_chat_notification(digest: Digest) -> dict[str, Any]:
    """Return the notification. Changes that do not fit are counted."""
    organization_id = _unformatted(digest.report.organization.id, ID_LENGTH)
    return {
        "version": "1.0",
        "source": "custom",
        "id": digest.report.run.id,
        "content": {
            "textType": "client-markdown",
            "title": shorten(f"RegionProof: {digest.whole.headline}", TITLE_LENGTH),
            "description": _description(digest),
            "nextSteps": [_next_step(digest)],
            "keywords": ["RegionProof", organization_id],
        },
        "metadata": {
            "threadId": f"regionproof-{organization_id}",
            "summary": digest.whole.headline,
            "eventType": "RegionProof audit",
        },
    }


def fits_in_chat(digest: Digest) -> bool:
    """Return whether a notification reports every change that the digest does."""
    return _in_words(digest) is not None


def _description(digest: Digest) -> str:
    """Return one line per change, or per group of them if that is too long, and how many there is no room for."""
    if said := _in_words(digest):
        return said
    too_many = bisect_left(range(digest.shown), x=True, key=lambda shown: _in_words(digest.first(shown)) is None)
    return _in_words(digest.first(too_many - 1)) or _and_more(digest.total)


def _in_words(digest: Digest) -> str | None:
    """Return what reports every change of the digest; None if nothing short enough does."""
    changes = digest.changes
    more = [_and_more(digest.omitted)] if digest.omitted else []
    if len(changes) > DESCRIPTION_LENGTH // LEAST_OF_A_CHANGE:
        return None
    for lines in (map(_line, changes), _grouped(changes)):
        said = "\n".join([*lines, *more])
        if len(said) <= DESCRIPTION_LENGTH:
            return said
    return None


def _line(change: Change) -> str:
    name = _unformatted(change.account_name, NAME_LENGTH)
    return f"{_what(change)}: {name} ({_id(change)})" if change.account_id else f"{_what(change)}: {_why(change)}"


def _grouped(changes: Iterable[Change]) -> Iterator[str]:
    """Yield one line for all accounts with the same change: their ids, and no names."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(_what(change), []).append(change)
    for what, alike in groups.items():
        accounts = [_id(change) for change in alike if change.account_id]
        if accounts:
            yield f"{what} ({len(accounts)}): {' '.join(accounts)}"
        yield from (f"{what}: {_why(change)}" for change in alike if not change.account_id)


def _what(change: Change) -> str:
    rule = f"*{change.finding.rule}* {change.finding.verdict.severity}: " if change.finding else ""
    return f"\u2022 {rule}{change.kind.value}"


def _id(change: Change) -> str:
    return _unformatted(change.account_id, ID_LENGTH)


def _why(change: Change) -> str:
    return _unformatted(change.detail, DETAIL_LENGTH)


def _and_more(count: int) -> str:
    return f"and {count} more"


def _next_step(digest: Digest) -> str:
    if digest.security_hub:
        return "Open Security Hub and filter by product name RegionProof"
    return "Run regionproof audit in a terminal, which lists every finding"


def _unformatted(text: str, limit: int) -> str:
    """Return untrusted text that can neither format nor call anyone, as ``<!channel>`` would, nor make a link."""
    clean = without_links(shorten(sanitize_line(text), limit), _BRACKETS)
    return html.escape(clean.translate(_MARKUP), quote=False)
