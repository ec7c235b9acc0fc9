"""STS: what ministack's AssumeRole leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from demo.emulator import caller
from demo.emulator.patching import PrivateName

if TYPE_CHECKING:
    from demo.emulator.account_regions import AccountRegions
    from demo.emulator.answers import Answer

_ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/.+")
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_NAMELESS = b"User: is not authorized"


def install(account_regions: AccountRegions) -> None:
    """Name the caller in every denial, and deny AssumeRole at the endpoint of a Region that the role's account lacks.

    Both are recorded (tests/recordings: assume_role_at_an_opt_in_endpoint_the_member_lacks).
    """
    serve = PrivateName.STS_HANDLER.get()

    async def serve_as_aws(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        role = _assumed_role(body)
        if role is not None and not account_regions.takes_calls(role[1], caller.region()):
            return _denied(role[0])
        status, answer_headers, answer = await serve(method, path, headers, body, query)
        named = f"User: {caller.arn()} is not authorized".encode()
        return status, answer_headers, answer.replace(_NAMELESS, named)

    PrivateName.STS_HANDLER.replace(serve_as_aws)


def _assumed_role(body: bytes) -> tuple[str, str] | None:
    """Return the ARN and the account of the role that a request wants to assume."""
    parameters = parse_qs(body.decode(errors="replace"))
    if parameters.get("Action") != ["AssumeRole"]:
        return None
    role = _ROLE.fullmatch(parameters.get("RoleArn", [""])[0])
    return (role[0], role[1]) if role else None


def _denied(role_arn: str) -> Answer:
    message = f"User: {caller.arn()} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
    body = f'<ErrorResponse xmlns="{_NAMESPACE}">{error}<RequestId>0</RequestId></ErrorResponse>'
    return 403, {"Content-Type": "text/xml"}, body.encode()
