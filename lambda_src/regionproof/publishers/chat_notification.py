"""The alert as Amazon Q Developer in chat applications shows it: its custom notification. Pure.

https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from regionproof.domain.text import one_line, shorten

from .digest import headline

if TYPE_CHECKING:
    from regionproof.domain.changes import Change

    from .digest import Digest

TITLE_LENGTH = 250
DESCRIPTION_LENGTH = 4000

_MARKUP = str.maketrans(dict.fromkeys("*_~`[]()|", " ") | {":": "\uff1a", "/": "\u2215", "@": "\uff20"})
"""What formats, links or calls people: a link needs its colon and its slashes."""

_DOT_IN_A_NAME = re.compile(r"(?<=\w)\.(?=\w)")
"""Some chats link ``www.example.com`` without being asked to."""


def build_chat_notification(digest: Digest) -> dict[str, Any]:
    """Return the notification. Changes that do not fit are counted."""
    organization_id = _unformatted(digest.report.organization.id)
    said = headline(digest.reconciled)
    return {
        "version": "1.0",
        "source": "custom",
        "id": digest.report.run.id,
        "content": {
            "textType": "client-markdown",
            "title": shorten(f"RegionProof: {said}", TITLE_LENGTH),
            "description": "\n".join(_lines(digest)),
            "nextSteps": ["Open Security Hub and filter by product name RegionProof"],
            "keywords": ["RegionProof", organization_id],
        },
        "metadata": {
            "threadId": f"regionproof-{organization_id}",
            "summary": said,
            "eventType": "RegionProof audit",
        },
    }


def _lines(digest: Digest) -> list[str]:
    total = len(digest.reconciled.changes)
    lines: list[str] = []
    left = DESCRIPTION_LENGTH - len(_and_more(total))
    for line in map(_line, digest.changes):
        if len(line) + 1 > left:
            break
        lines.append(line)
        left -= len(line) + 1
    return [*lines, _and_more(total - len(lines))] if len(lines) < total else lines


def _line(change: Change) -> str:
    what = f"*{change.finding.rule}* {change.finding.verdict.severity}: " if change.finding else ""
    name = _unformatted(change.account_name)
    who = f"{name} ({_unformatted(change.account_id)})" if change.account_id else _unformatted(change.detail)
    return f"• {what}{change.kind.value}: {who}"


def _and_more(count: int) -> str:
    return f"and {count} more"


def _unformatted(text: str) -> str:
    """Return untrusted text that can neither format nor call anyone: ``<!channel>`` would."""
    return html.escape(_DOT_IN_A_NAME.sub("\u2024", one_line(text).translate(_MARKUP)), quote=False)
