"""Write AWS errors in the wire format of their request.

Formats: https://smithy.io/2.0/aws/protocols/index.html. A request in a format that is missing here (CBOR) gets JSON,
from which SDKs still read the code.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from emulator.http.answers import JSON

if TYPE_CHECKING:
    from emulator.faults.fault import ErrorAnswer
    from emulator.http.answers import Answer

FORM = "application/x-www-form-urlencoded"
_FIRST_SERVER_ERROR = 500
NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
}
_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def write_error(error: ErrorAnswer, service: str, content_type: str) -> Answer:
    """Write an error as the service does for a request of this content type."""
    if service == "s3":
        return _rest_xml(error)
    if content_type.startswith(FORM):
        return _query_xml(error, NAMESPACES.get(service, f"http://{service}.amazonaws.com/doc/"))
    return _json(error, content_type or JSON)


def _query_xml(error: ErrorAnswer, namespace: str) -> Answer:
    fault = "Receiver" if error.status >= _FIRST_SERVER_ERROR else "Sender"
    content = f"<Type>{fault}</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    request = f"<RequestId>{_REQUEST_ID}</RequestId>"
    body = f'<ErrorResponse xmlns="{namespace}"><Error>{content}</Error>{request}</ErrorResponse>'
    return error.status, {"Content-Type": "text/xml"}, body.encode()


def _rest_xml(error: ErrorAnswer) -> Answer:
    content = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    body = f"{declaration}<Error>{content}<RequestId>{_REQUEST_ID}</RequestId></Error>"
    return error.status, {"Content-Type": "application/xml"}, body.encode()


def _json(error: ErrorAnswer, content_type: str) -> Answer:
    body = {"__type": error.code, "message": error.message, "Message": error.message}
    headers = {"Content-Type": content_type, "x-amzn-errortype": error.code}
    return error.status, headers, json.dumps(body).encode()
