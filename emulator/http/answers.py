"""Build answers of the overlay's services in the form that ministack sends: status, headers, body."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
"""HTTP status, headers, body."""

JSON = "application/json"
JSON_1_1 = "application/x-amz-json-1.1"


class Refusal(Exception):
    """A call that the emulated AWS refuses."""

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        """Store the error code, message and HTTP status. `members` are further members of the error's shape."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def success(members: dict[str, Any], content_type: str = JSON) -> Answer:
    """Build an answer of status 200."""
    return 200, {"Content-Type": content_type}, json.dumps(members).encode()


def refused(refusal: Refusal, content_type: str = JSON) -> Answer:
    """Build an error as JSON services send it, with the code in a header and in the body."""
    body = {
        "__type": refusal.code,
        "Code": refusal.code,
        "Message": refusal.message,
        "message": refusal.message,
        **refusal.members,
    }
    headers = {"Content-Type": content_type, "x-amzn-errortype": refusal.code}
    return refusal.status, headers, json.dumps(body).encode()
