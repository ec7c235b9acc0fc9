"""The likely cause of a failed read, and what to do about it.

The codes and messages are those of the recordings and of the AWS pages named beside them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .access import OWN_ROLE
from .cause_tables import BY_CODE, BY_MESSAGE, REFUSED_TOKEN
from .denial_causes import cause_of_denial
from .partition import is_opt_in_region

if TYPE_CHECKING:
    from .access import Access
    from .accounts import Account
    from .facts import ReadFailure
    from .report import Identity

_ACCESS_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_GLOBAL_SERVICES = ("iam:", "account:", "organizations:")
"""Services that are asked in the partition's global Region, where tokens of both versions are valid."""

_CLOCK = re.compile(r"Signature (?P<expired>expired|not yet current): .{1,200}?(?: [-+] (?P<minutes>\d{1,3}) min\.|$)")
_WINDOW = re.compile(r"must be within (?P<seconds>\d{2,4}) secs", re.IGNORECASE)
"""What AWS says of a request whose time it does not accept; the window differs by service, and the message names it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
"""

_STALE = (
    "look for stale AWS_* variables, an old aws_session_token in ~/.aws/credentials, credentials of another partition, "
    "and an account made minutes ago"
)
_VERSION_1 = (
    "version 1 tokens from the global STS endpoint (use a Regional one: AWS_STS_REGIONAL_ENDPOINTS=regional, then sign "
    "in again), and any credentials of an account that has not enabled the Region (aws account get-region-opt-status)"
)
UNKNOWN_CAUSE = "this version does not know the error; see the message"
_TLS = (
    "the TLS certificate was not accepted: a proxy that inspects TLS may be in between; set AWS_CA_BUNDLE to the "
    "file with its CA certificate"
)


def likely_cause(
    unread: ReadFailure, access: Access = OWN_ROLE, account: Account | None = None, caller: Identity | None = None
) -> str:
    """Return a clause that names the likely cause and the fix, for a person.

    ``account`` is the one that was asked about. ``caller`` is given if it asked its own service Region.
    """
    if is_denial(unread):
        return cause_of_denial(unread, access, account)
    return _of_the_clock(unread) or _of_the_message(unread) or _of_the_code(unread, caller)


def is_denial(unread: ReadFailure) -> bool:
    """Return whether AWS refused the call to anyone who made it."""
    return unread.code in _ACCESS_DENIED


def is_of_a_certificate(message: str) -> bool:
    """Tell whether a connection failed for a certificate. Behind a proxy botocore has several errors for that."""
    return "certificate verify failed" in message.lower() or "CERTIFICATE_VERIFY_FAILED" in message


def is_refused_as_member(unread: ReadFailure) -> bool:
    """Return whether Organizations refused an account that is neither at the top nor a delegated administrator.

    A policy that does not allow the call is another matter: the message then names caller and action. S3 and IAM
    spell their denials without 'Exception'.
    """
    return unread.code == "AccessDeniedException" and "not authorized to perform" not in unread.message


def _of_the_clock(unread: ReadFailure) -> str | None:
    if window := _WINDOW.search(unread.message):
        minutes = int(window["seconds"]) // 60
        return f"the clock of the caller is off by more than the {minutes} minutes that the service allows; set it"
    found = _CLOCK.search(unread.message)
    if found is None:
        return None
    side = "behind" if found["expired"] == "expired" else "ahead"
    allowed = f"the {found['minutes']} minutes" if found["minutes"] else "the time"
    return f"the clock of the caller is {side} by more than {allowed} that the service allows; set it"


def _of_the_message(unread: ReadFailure) -> str | None:
    lowered = unread.message.lower()
    if is_of_a_certificate(lowered) or unread.code == "SSLError":
        return _TLS
    return next((cause for words, cause in BY_MESSAGE if words in lowered), None)


def _of_the_code(unread: ReadFailure, caller: Identity | None) -> str:
    code = unread.code
    if code in REFUSED_TOKEN:
        return _of_a_refused_token(unread, caller)
    if code in BY_CODE:
        return BY_CODE[code]
    if "Timeout" in code or "Connection" in code:
        return "the network or the service did not answer; the next run tries again"
    return UNKNOWN_CAUSE


def _of_a_refused_token(unread: ReadFailure, caller: Identity | None) -> str:
    """Return why a service does not know a token. AWS answers alike, whatever is wrong with it."""
    if caller and is_opt_in_region(caller.region, caller.partition):
        return f"{caller.region} is an opt-in Region, which refuses {_VERSION_1}"
    if caller or unread.call.startswith(_GLOBAL_SERVICES):
        return f"the credentials are not valid there; {_STALE}"
    return f"the credentials are not valid there; {_STALE}; an opt-in Region also refuses {_VERSION_1}"
