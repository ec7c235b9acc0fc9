"""Untrusted text in which no mail client and no chat finds a link: ``https[:]//evil[.]example``.

Clients turn addresses, bare domains and IP addresses into links without being asked to. The text keeps every
character, and the brackets show where to take them out again.
"""

from __future__ import annotations

import re

_DOT = "[.\u3002\uff0e\uff61\u2024\ufe52]"
"""The full stop, and what browsers take for one in a host name: https://www.unicode.org/reports/tr46/"""

_NAME = r"""[^\s!"#$&'()*+,./:;<=>?@\[\\\]^`{|}~""" + "\u3002\uff0e\uff61\u2024\ufe52]"
"""A character of a host name in any script, emoji included."""

_SCHEMES = (
    "https?|wss?|s?ftp|ftps|file|gopher|mailto|tel|sms|callto|facetime|skype|sips?|xmpp|ircs?|news|nntp|webcal|feed"
    "|javascript|vbscript|data|magnet|msteams|slack|tg|whatsapp|zoommtg|notes|outlook|onenote|ldaps?|smb|ssh|ms-[a-z-]+"
)
"""Schemes that clients link without slashes too. With slashes every scheme is one."""

_OURS = (
    rf"(?<!{_NAME})(?<![./@])"
    r"(?:regionproof\.yaml|(?:account|iam|member\.org\.stacksets\.cloudformation)\.amazonaws\.com)"
    rf"(?!{_NAME}|[/.@]{_NAME})"
)
"""The settings file, and the service principals in the commands of our own sentences, which must stay fit to copy.

``yaml`` is no domain, and a link to a host of AWS leads nobody astray.
"""

_LINKING = re.compile(
    f"(?P<ours>{_OURS})"
    rf"|(?P<address>[0-9]+(?:{_DOT}[0-9]+){{3,}})"
    rf"|(?P<scheme>(?i:\b(?:{_SCHEMES})|https?|mailto))(?P<colon>[:\uff1a\ufe55])"
    "|(?P<slashed>[:\uff1a\ufe55](?=[/\\\\\uff0f\uff3c]{2}))"
    r"|(?P<share>(?<!\S)(?://|\\\\)(?=\S))"
    "|(?P<at>(?<=\\S)[@\uff20\ufe6b](?=\\S))"
    rf"|(?P<dot>(?<={_NAME}){_DOT}(?={_NAME})(?![0-9]+(?!{_NAME})))"
)
"""A dot before a number, as in ``STS.1`` and ``2.5``, is not a domain's: no top-level domain is a number."""


def without_links(text: str, brackets: str = "[]") -> str:
    """Return the text with brackets around what would make a link of it. ``brackets`` are the two characters."""
    opening, closing = brackets[0], brackets[1]
    return _LINKING.sub(lambda found: _bracketed(found, opening, closing), text)


def _bracketed(found: re.Match[str], opening: str, closing: str) -> str:
    whole = found.group()
    match found.lastgroup:
        case "ours":
            return whole
        case "address":
            return re.sub(_DOT, rf"{opening}\g<0>{closing}", whole)
        case "colon":
            return f"{found['scheme']}{opening}{found['colon']}{closing}"
        case _:
            return f"{opening}{whole}{closing}"
