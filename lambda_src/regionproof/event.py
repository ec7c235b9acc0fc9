"""The event of an invocation: what it may ask for, checked before anything else happens."""

from __future__ import annotations

import re
from typing import Any

from .audit import RunRequest
from .errors import RegionProofError

_KEYS = frozenset({"accounts", "dry_run"})
_ALL: tuple[str, ...] = ()
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


class RefusedEvent(RegionProofError):  # noqa: N818  # named for what it tells
    """The event asks for what the function does not know. ``str()`` names every part of it."""


def read_event(event: Any) -> RunRequest:
    """Return what an event asks for: ``{}`` all, ``{"accounts": [ids]}`` a part, ``{"dry_run": true}`` no effect.

    Raises ``RefusedEvent`` with everything that is wrong with it.
    """
    if not isinstance(event, dict):
        raise RefusedEvent(f"the event must be a JSON object, not {type(event).__name__}")
    problems = [f"unknown key {key!r}" for key in sorted(map(str, set(event) - _KEYS))]
    problems += _problems_of_accounts(event.get("accounts", _ALL))
    if not isinstance(event.get("dry_run", False), bool):
        problems.append(f"dry_run must be true or false, not {event['dry_run']!r}")
    if problems:
        raise RefusedEvent(f"the event was refused: {'; '.join(problems)}")
    return RunRequest(frozenset(event.get("accounts", _ALL)), event.get("dry_run", False))


def _problems_of_accounts(accounts: Any) -> list[str]:
    if accounts is _ALL:
        return []
    if accounts == []:
        return ["accounts is empty; leave it out to audit all"]
    if not isinstance(accounts, list):
        return [f"accounts must be a list of account ids, not {accounts!r}"]
    return [f"{entry!r} is no account id" for entry in accounts if not _is_account_id(entry)]


def _is_account_id(entry: Any) -> bool:
    return isinstance(entry, str) and bool(_ACCOUNT_ID.fullmatch(entry))
