"""STS: the operations and checks that ministack lacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from emulator.http import caller, query_protocol
from emulator.http.answers import Refusal
from emulator.patching import PrivateName
from emulator.services.sts import session_tokens

if TYPE_CHECKING:
    from emulator.http.answers import Answer
    from emulator.services.account.account_regions import AccountRegions
    from emulator.services.sts.root_sessions import RootSessions
    from emulator.services.sts.session_tokens import SessionTokens

_ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/.+")
_NAMELESS = b"User: is not authorized"


class SecurityTokenService:
    """Adds AssumeRoot, token versions, the caller's name in denials, and a Region check to ministack's STS.

    AssumeRole fails in Regions that the role's account has not enabled. This and the name in denials are recorded
    (tests/recordings: assume_role_at_an_opt_in_endpoint_the_member_lacks).
    """

    def __init__(self, account_regions: AccountRegions, root_sessions: RootSessions, tokens: SessionTokens) -> None:
        self._regions = account_regions
        self._root_sessions = root_sessions
        self._tokens = tokens

    def install(self) -> None:
        """Wrap ministack's service."""
        serve = PrivateName.STS_HANDLER.get()

        async def serve_as_aws(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
            given = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
            operation = given.get("Action", "")
            from_global = session_tokens.is_global(path, headers)
            try:
                self._require_served(given, operation, from_global=from_global)
                if operation == "AssumeRoot":
                    credentials = self._root_sessions.assume(given)
                    content = {"Credentials": credentials}
                    status, answer_headers, answer = query_protocol.success("sts", operation, content)
                else:
                    status, answer_headers, answer = await serve(method, path, headers, body, query)
            except Refusal as refusal:
                return query_protocol.refused("sts", refusal)
            named = answer.replace(_NAMELESS, f"User: {caller.arn()} is not authorized".encode())
            return status, answer_headers, self._tokens.stamp(operation, named, from_global_endpoint=from_global)

        PrivateName.STS_HANDLER.replace(serve_as_aws)

    def _require_served(self, given: dict[str, str], operation: str, *, from_global: bool) -> None:
        if operation == "AssumeRoot" and from_global:
            raise Refusal("InvalidAction", "Unknown Operation")
        role = _ROLE.fullmatch(given.get("RoleArn", ""))
        if operation == "AssumeRole" and role and not self._regions.serves_account(role[1], caller.region()):
            message = f"User: {caller.arn()} is not authorized to perform: sts:AssumeRole on resource: {role[0]}"
            raise Refusal("AccessDenied", message, 403)
