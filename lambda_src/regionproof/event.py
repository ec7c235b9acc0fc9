"""The event of an invocation, checked before anything else happens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .domain.accounts import ACCOUNT_ID
from .domain.run import RunRequest
from .domain.untrusted_text import shorten
from .errors import RegionProofError
from .steps.requests import CollectStep, ConcludeStep, PlanStep

if TYPE_CHECKING:
    from .steps.requests import Step

_KEYS = frozenset({"accounts", "dry_run"})
_ALL: tuple[str, ...] = ()
_QUOTED = 300
_RUN_ID = re.compile(r"(?!\.\.?(?:$|/))[A-Za-z0-9!'()+.=@_-]{1,80}(?:/second-pass)?")
"""The names that Step Functions allows for an execution, if they are ASCII, and its second pass.

It becomes a part of keys in S3.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""


class InvalidEvent(RegionProofError):
    """The event asks for something that the function does not know. ``str()`` names every part of it."""


def read_event(event: Any) -> RunRequest | Step:
    """Return the request in an event: ``{}`` all, ``{"accounts": [ids]}`` a part, ``{"dry_run": true}`` no effect.

    The state machine asks for steps, with the name of its execution as ``run``: ``{"step": "plan", "run": …,
    "request": an event as above}``, ``{"step": "collect", "run": …, "batch": 0}``, ``{"step": "conclude", "run": …}``.
    The second pass of an execution is a run named like it, with ``/second-pass`` appended; the conclusion plans it.
    Raises ``InvalidEvent`` with everything that is wrong.
    """
    if not isinstance(event, dict):
        raise InvalidEvent(f"the event must be a JSON object, not {type(event).__name__}")
    return _step(event) if "step" in event else _request(event)


def _request(event: dict[Any, Any]) -> RunRequest:
    problems = [f"unknown key {key!r}" for key in sorted(map(str, set(event) - _KEYS))]
    problems += _problems_of_accounts(event.get("accounts", _ALL))
    if not isinstance(event.get("dry_run", False), bool):
        problems.append(f"dry_run must be true or false, not {event['dry_run']!r}")
    if problems:
        raise InvalidEvent(f"the event was refused: {'; '.join(problems)}")
    return RunRequest(frozenset(event.get("accounts", _ALL)), event.get("dry_run", False))


def _step(event: dict[Any, Any]) -> Step:
    match event:
        case {"step": "plan", "run": str(run_id), "request": dict(request), **rest} if _is_step(run_id, rest):
            return PlanStep(run_id, _request(request))
        case {"step": "collect", "run": str(run_id), "batch": int(batch), **rest} if (
            _is_step(run_id, rest) and batch >= 0
        ):
            return CollectStep(run_id, batch)
        case {"step": "conclude", "run": str(run_id), **rest} if _is_step(run_id, rest):
            return ConcludeStep(run_id)
    raise InvalidEvent(f"the event was refused: {shorten(repr(event), _QUOTED)} is not a valid step")


def _is_step(run_id: str, rest: dict[Any, Any]) -> bool:
    """Return whether a run may be called so, and nothing is left that no step has."""
    return bool(_RUN_ID.fullmatch(run_id)) and not rest


def _problems_of_accounts(accounts: Any) -> list[str]:
    if accounts is _ALL:
        return []
    if accounts == []:
        return ["accounts is empty; leave it out to audit all"]
    if not isinstance(accounts, list):
        return [f"accounts must be a list of account ids, not {accounts!r}"]
    return [f"{entry!r} is not an account id" for entry in accounts if not _is_account_id(entry)]


def _is_account_id(entry: Any) -> bool:
    return isinstance(entry, str) and bool(ACCOUNT_ID.fullmatch(entry))
