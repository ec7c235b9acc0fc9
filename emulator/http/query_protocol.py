"""Write the XML of IAM and STS: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from emulator.faults.fault import ErrorAnswer
from emulator.http.error_formats import FORM, NAMESPACES, write_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.http.answers import Answer, Refusal

    Content = Mapping[str, "str | Sequence[str] | Content"]

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def success(service: str, operation: str, content: Content) -> Answer:
    """Build an answer of status 200. A sequence of strings becomes a list, a mapping becomes a structure."""
    root = ET.Element(f"{operation}Response", xmlns=NAMESPACES[service])
    _fill(ET.SubElement(root, f"{operation}Result"), content)
    ET.SubElement(ET.SubElement(root, "ResponseMetadata"), "RequestId").text = _REQUEST_ID
    return 200, {"Content-Type": "text/xml"}, ET.tostring(root)


def refused(service: str, refusal: Refusal) -> Answer:
    """Build the error of a refused call."""
    return write_error(ErrorAnswer(refusal.code, refusal.message, refusal.status), service, FORM)


def _fill(element: ET.Element, content: Content) -> None:
    for name, value in content.items():
        child = ET.SubElement(element, name)
        if isinstance(value, str):
            child.text = value
        elif isinstance(value, dict):
            _fill(child, value)
        else:
            for one in value:
                ET.SubElement(child, "member").text = str(one)
