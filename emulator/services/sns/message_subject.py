"""Check the Subject of SNS Publish. ministack accepts any.

AWS accepts up to 100 characters, without line breaks and control characters:
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.patching import PrivateName

if TYPE_CHECKING:
    from emulator.http.answers import Answer

    Parameters = dict[str, list[str]]

_LONGEST = 100
_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"


def install() -> None:
    """Refuse subjects that AWS would refuse."""
    publish = PrivateName.SNS_PUBLISH.get()

    def publish_with_valid_subject(parameters: Parameters) -> Answer:
        subject = (parameters.get("Subject") or [""])[0]
        if len(subject) <= _LONGEST and (subject.isprintable() or not subject):
            answer: Answer = publish(parameters)
            return answer
        message = "<Message>Invalid parameter: Subject</Message>"
        error = f"<Error><Type>Sender</Type><Code>InvalidParameter</Code>{message}</Error>"
        body = f'<ErrorResponse xmlns="{_NAMESPACE}">{error}<RequestId>0</RequestId></ErrorResponse>'
        return 400, {"Content-Type": "text/xml"}, body.encode()

    PrivateName.SNS_PUBLISH.replace(publish_with_valid_subject)
