"""Session tokens: of version 1 or not, and as long as AWS's.

Only the global endpoint of STS issues tokens of version 1, and only for an account that has not asked for version 2.
AWS tells its endpoints apart by the Host header, and so does this emulator: `sts.amazonaws.com` is the global one. For
clients that can not send another Host than the address that they talk to, the path /sts.amazonaws.com stands for it.
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
"""The recorded lengths of tokens of version 1 and of all others, in bytes; other operations are like AssumeRole."""

_VERSION = "RegionProofTokenVersion"
_ISSUED = re.compile(rb"<AccessKeyId>(ASIA\w+)</AccessKeyId>")
_TOKEN = re.compile(rb"<SessionToken>[^<]*</SessionToken>")


class SessionTokens:
    """Gives sessions their tokens.

    When a role is assumed from another account, AWS does not document whose version counts. by_caller says that it is
    the caller's; otherwise it is that of the role's account.
    """

    def __init__(self, token_versions: TokenVersions, *, by_caller: bool) -> None:
        self._token_versions = token_versions
        self._by_caller = by_caller

    def stamp(self, operation: str, answer: bytes, *, from_global_endpoint: bool) -> bytes:
        """Give the session that an answer of STS has issued, if it has, a token; return the answer with it."""
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
    """Tell whether a request to STS was sent to its global endpoint."""
    return GLOBAL_ENDPOINT in {headers.get("host", "").partition(":")[0], path.strip("/")}


def fails_in(access_key: str, region: str) -> bool:
    """Tell whether the token of a session is of version 1 and the Region an opt-in one."""
    session: dict[str, Any] = PrivateName.STS_SESSIONS.get().get(access_key) or {}
    return session.get(_VERSION) == 1 and region in regions.OPT_IN


def _token(length: int) -> str:
    return base64.b64encode(os.urandom(length * 3 // 4)).decode()
