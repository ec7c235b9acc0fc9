"""Issue and read NextToken values. A token is opaque and valid only for the listing that it was issued for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

_DIGEST_BYTES = 8


class MalformedToken(ValueError):
    """A token that was not issued for this listing."""


def issue(listing: str, position: int, *, blank: bool = False) -> str:
    """Return the token that continues a listing at a position. `blank` asks for an empty page first."""
    content = json.dumps([position, blank]).encode()
    return base64.urlsafe_b64encode(_digest(listing, content) + content).decode()


def read(listing: str, token: str) -> tuple[int, bool]:
    """Return the position and the `blank` flag of a token. Raise MalformedToken for any other string."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedToken(token) from error
    digest, content = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if digest != _digest(listing, content):
        raise MalformedToken(token)
    position, blank = json.loads(content)
    return int(position), bool(blank)


def _digest(listing: str, content: bytes) -> bytes:
    return hashlib.blake2b(content, key=listing.encode()[:64], digest_size=_DIGEST_BYTES).digest()
