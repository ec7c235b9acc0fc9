"""The caller of the current request, as ministack has established it."""

from __future__ import annotations

from emulator.patching import PrivateName


def account_id() -> str:
    """Return the account of the caller's credentials."""
    return str(PrivateName.ACCOUNT_ID.get()())


def region() -> str:
    """Return the Region that the request was signed for."""
    return str(PrivateName.REGION.get()())


def arn() -> str:
    """Return the ARN of the calling principal."""
    return str(PrivateName.CALLER_ARN.get()())
