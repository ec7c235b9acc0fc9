"""A fault: which calls it hits, and its effect. Tests create faults and send them as JSON to /_regionproof/faults.

    Fault("iam:GetAccountSummary", ConnectionReset(), account="400000000001")
    Fault("sns:Publish", Hang(), skip=1, times=1, after_effect=True)

`http.aws_errors` has the errors of AWS for each action, `absurd_answers` has values that AWS would never send, and
`catalog.effects_on(action)` returns everything that can hit a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeAlias

_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_LONGEST_DELAY = 900.0
_OWN_STATUS = range(200, 600)
_ERROR_STATUS = range(400, 600)


class InvalidFault(ValueError):
    """The description of a fault is invalid. The message names the field and the problem."""


@dataclass(frozen=True)
class ErrorAnswer:
    """An AWS error, in the wire format of the request.

    In the message, `{caller}` is replaced by the caller's ARN and `{account}` by the account that the call is about.
    """

    code: str
    message: str
    status: int

    def __post_init__(self) -> None:
        """Raise InvalidFault if the status is not an error status."""
        _require(self.status in _ERROR_STATUS, f"the status of an error must be 400 to 599, not {self.status}")


@dataclass(frozen=True)
class Delay:
    """The answer arrives, but late."""

    seconds: float

    def __post_init__(self) -> None:
        """Raise InvalidFault if the delay is not positive or too long."""
        _require(0 < self.seconds <= _LONGEST_DELAY, f"seconds must be above 0 and at most {_LONGEST_DELAY:.0f}")


@dataclass(frozen=True)
class Hang:
    """No answer arrives until the client gives up."""


@dataclass(frozen=True)
class ConnectionReset:
    """The connection ends with a TCP reset, without an answer."""


@dataclass(frozen=True)
class ConnectionCut:
    """The connection ends in the middle of the answer's body."""


@dataclass(frozen=True)
class TruncatedBody:
    """The answer has only the first half of its body, with a matching Content-Length."""


@dataclass(frozen=True)
class RawAnswer:
    """An answer that does not come from the service, such as a proxy's page or an empty body."""

    status: int
    body: str = ""
    content_type: str = "text/html"

    def __post_init__(self) -> None:
        """Raise InvalidFault if the status cannot end a request."""
        _require(self.status in _OWN_STATUS, f"status must be 200 to 599, not {self.status}")


@dataclass(frozen=True)
class ChangedAnswer:
    r"""The service's own answer, with every match of a regular expression replaced.

    The replacement may refer to groups (`\1`). An answer without a match is unchanged and not counted as hit.
    """

    pattern: str
    replacement: str

    def __post_init__(self) -> None:
        """Raise InvalidFault if the pattern is not a regular expression."""
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise InvalidFault(f"pattern is not a regular expression: {error}.") from error


Effect: TypeAlias = (
    ErrorAnswer | Delay | Hang | ConnectionReset | ConnectionCut | TruncatedBody | RawAnswer | ChangedAnswer
)
NEED_AN_ANSWER = (ConnectionCut, TruncatedBody, ChangedAnswer)


@dataclass(frozen=True)
class Fault:
    """The calls to hit, and the effect on them.

    Attributes:
        action: the action as in the call log, such as iam:GetAccountSummary; `sts:*` and `*` work too
        effect: the effect on a call that is hit
        account: the account that the call is about: the role's or root's for sts:AssumeRole and sts:AssumeRoot, the one
            named by AccountId for Account Management, otherwise the caller's; None for all
        skip: matching calls to let pass first; each attempt of a client counts as a call
        times: calls to hit after that; None for all
        after_effect: let the service do its work first and then withhold its answer; always true for ConnectionCut,
            TruncatedBody and ChangedAnswer
    """

    action: str
    effect: Effect
    account: str | None = None
    skip: int = 0
    times: int | None = None
    after_effect: bool = False

    def __post_init__(self) -> None:
        """Raise InvalidFault if a value can match no call."""
        _require(
            bool(_ACTION.fullmatch(self.action)),
            f"expected an action such as iam:GetAccountSummary, not {self.action!r}",
        )
        known = self.account is None or bool(_ACCOUNT.fullmatch(self.account))
        _require(known, f"account must be an account id of 12 digits, not {self.account!r}")
        _require(self.skip >= 0, f"skip must not be negative, as {self.skip} is")
        _require(self.times is None or self.times > 0, f"times must be at least 1, not {self.times}")

    @property
    def follows_the_service(self) -> bool:
        """Return whether the service does its work although the call is hit."""
        return self.after_effect or isinstance(self.effect, NEED_AN_ANSWER)

    def matches(self, service: str, action: str | None, account: str) -> bool:
        """Return whether a call is one to hit. A call with an unknown action is matched by its service only."""
        return fnmatchcase(action or f"{service}:", self.action) and self.account in {None, account}


def _require(fulfilled: bool, sentence: str) -> None:  # noqa: FBT001  # the condition itself
    if not fulfilled:
        raise InvalidFault(f"{sentence}.")
