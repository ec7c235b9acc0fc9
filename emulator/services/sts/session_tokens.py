"""Session tokens of version 1 and 2, as long as those of AWS.

Only the global endpoint of STS issues version 1 tokens, and only for accounts that have not chosen version 2.
Like AWS, the emulator recognizes the global endpoint by its Host header, `sts.amazonaws.com`. Clients that cannot set
the Host header use the path /sts.amazonaws.com instead.
"""

from __future__ import annotations

import base64
import os
import re
from typing import TYPE_CHECKING, Any

from emulator import regions
from emulator.http import caller
from emulator.patching import PrivateName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.services.iam.token_version import TokenVersions

GLOBAL_ENDPOINT = "sts.amazonaws.com"

_LENGTHS = {"AssumeRole": (352, 752), "GetSessionToken": (288, 688), "GetFederationToken": (376, 776)}
"""The recorded lengths of version 1 tokens and of all other tokens, in bytes. Other operations are like AssumeRole."""

_VERSION = "RegionProofTokenVersion"
_ISSUED = re.compile(rb"<AccessKeyId>(ASIA\w+)</AccessKeyId>")
_TOKEN = re.compile(rb"<SessionToken>[^<]*</SessionToken>")


class SessionTokens:
    """Issues session tokens.

    AWS does not document whose version counts when a role is assumed from another account. With `by_caller` it is the
    version of the caller's account, otherwise that of the role's account.
    """

    def __init__(self, token_versions: TokenVersions, *, by_caller: bool) -> None:
        self._token_versions = token_versions
        self._by_caller = by_caller

    def stamp(self, operation: str, answer: bytes, *, from_global_endpoint: bool) -> bytes:
        """Replace the token in an answer of STS that issues a session. Return other answers unchanged."""
        issued = _ISSUED.search(answer)
        session = PrivateName.STS_SESSIONS.get().get(issued[1].decode()) if issued else None
        if session is None:
            return answer
        version = 2
        if from_global_endpoint:
            version = self._token_versions.in_force(caller.account_id() if self._by_caller else session["AccountId"])
        short, long = _LENGTHS.get(operation, _LENGTHS["AssumeRole"])
        session[_VERSION] = version
        session["SessionToken"] = _token(short if version == 1 else long)
        return _TOKEN.sub(f"<SessionToken>{session['SessionToken']}</SessionToken>".encode(), answer)


def is_global(path: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request was sent to the global endpoint of STS."""
    return GLOBAL_ENDPOINT in {headers.get("host", "").partition(":")[0], path.strip("/")}


def fails_in(access_key: str, region: str) -> bool:
    """Return whether a session's token is not valid in a Region: version 1 in an opt-in Region."""
    session: dict[str, Any] = PrivateName.STS_SESSIONS.get().get(access_key) or {}
    return session.get(_VERSION) == 1 and region in regions.OPT_IN


def _token(length: int) -> str:
    return base64.b64encode(os.urandom(length * 3 // 4)).decode()
