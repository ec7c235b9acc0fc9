"""Faults: which call goes wrong, and how. Tests make them, and they travel as JSON to /_regionproof/faults.

    Fault("iam:GetAccountSummary", ConnectionReset(), account="400000000001")
    Fault("sns:Publish", Hang(), skip=1, times=1, after_effect=True)

Errors in AWS's words for a given action are in aws_errors, values that AWS would never send in absurd_answers;
`effects.effects_on(action)` has all that can hit a call.
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
    """A fault can not be as it was described; the message says what is wrong with which field."""


@dataclass(frozen=True)
class ErrorAnswer:
    """An AWS error, in the format in which the service was asked.

    In the message `{caller}` is the caller's ARN, and `{account}` the account that the call is about.
    """

    code: str
    message: str
    status: int

    def __post_init__(self) -> None:
        """Raise InvalidFault for a status of no error."""
        _require(self.status in _ERROR_STATUS, f"status of an error is 400 to 599, not {self.status}")


@dataclass(frozen=True)
class Delay:
    """The answer comes, so many seconds later."""

    seconds: float

    def __post_init__(self) -> None:
        """Raise InvalidFault for a time that is none."""
        _require(0 < self.seconds <= _LONGEST_DELAY, f"seconds are above 0 and at most {_LONGEST_DELAY:.0f}")


@dataclass(frozen=True)
class Hang:
    """No answer comes, until the client gives up."""


@dataclass(frozen=True)
class ConnectionReset:
    """The connection ends with a TCP reset, without an answer."""


@dataclass(frozen=True)
class ConnectionCut:
    """The connection ends in the middle of the answer's body."""


@dataclass(frozen=True)
class TruncatedBody:
    """The answer has only the first half of its body, and says that this is all."""


@dataclass(frozen=True)
class RawAnswer:
    """An answer that does not come from the service, such as a proxy's page; an empty body is one too."""

    status: int
    body: str = ""
    content_type: str = "text/html"

    def __post_init__(self) -> None:
        """Raise InvalidFault for a status that ends no request."""
        _require(self.status in _OWN_STATUS, f"status is 200 to 599, not {self.status}")


@dataclass(frozen=True)
class ChangedAnswer:
    r"""The service's own answer, in which a regular expression is replaced wherever it matches.

    The replacement may refer to groups (`\1`). An answer in which nothing matches stays as it is, and does not count.
    """

    pattern: str
    replacement: str

    def __post_init__(self) -> None:
        """Raise InvalidFault for a pattern or replacement that `re` does not take."""
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise InvalidFault(f"pattern is no regular expression: {error}.") from error


Effect: TypeAlias = (
    ErrorAnswer | Delay | Hang | ConnectionReset | ConnectionCut | TruncatedBody | RawAnswer | ChangedAnswer
)
NEED_AN_ANSWER = (ConnectionCut, TruncatedBody, ChangedAnswer)


@dataclass(frozen=True)
class Fault:
    """Which calls are hit, and by what.

    Attributes:
        action: as the call log has it, such as iam:GetAccountSummary; `sts:*` and `*` work too
        effect: what happens to the call
        account: the account that the call is about: the role's or root's for sts:AssumeRole and sts:AssumeRoot, the one
            that AccountId names for Account Management, otherwise the caller's; None for all
        skip: so many matching calls pass first; each attempt of a client's retries is a call
        times: so many calls are hit then; None for all
        after_effect: the service does its work first, then the fault takes its answer; always so for ConnectionCut,
            TruncatedBody and ChangedAnswer
    """

    action: str
    effect: Effect
    account: str | None = None
    skip: int = 0
    times: int | None = None
    after_effect: bool = False

    def __post_init__(self) -> None:
        """Raise InvalidFault for values that no call can have."""
        _require(bool(_ACTION.fullmatch(self.action)), f"action is such as iam:GetAccountSummary, not {self.action!r}")
        known = self.account is None or bool(_ACCOUNT.fullmatch(self.account))
        _require(known, f"account is an account id of 12 digits, not {self.account!r}")
        _require(self.skip >= 0, f"skip is not negative, as {self.skip} is")
        _require(self.times is None or self.times > 0, f"times is at least 1, not {self.times}")

    @property
    def follows_the_service(self) -> bool:
        """Tell whether the service does its work although the call is hit."""
        return self.after_effect or isinstance(self.effect, NEED_AN_ANSWER)

    def matches(self, service: str, action: str | None, account: str) -> bool:
        """Tell whether a call is one of those; a call whose action is not known has only its service."""
        return fnmatchcase(action or f"{service}:", self.action) and self.account in {None, account}


def _require(fulfilled: bool, sentence: str) -> None:  # noqa: FBT001  # the condition itself
    if not fulfilled:
        raise InvalidFault(f"{sentence}.")
