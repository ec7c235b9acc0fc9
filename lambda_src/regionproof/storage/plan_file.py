"""The plan of a run and its batches, as files. Pure.

Accounts of one organizational unit share the path from the root. The file contains each path once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dacite

from regionproof.domain.accounts import Account, Organization, OrganizationalUnit
from regionproof.domain.run import Plan, RunRequest

from .packed_json import RUN_FILE, parse_utc


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A plan with the accounts of each batch, and the number of calls that AWS throttled while it was made.

    ``ledger_version`` and ``ledger_unusable`` describe the ledger at that time. The ledger is in its own file.
    """

    plan: Plan
    batches: tuple[tuple[Account, ...], ...]
    ledger_version: str | None = None
    ledger_unusable: str = ""
    throttled_calls: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """The accounts of a batch, and the time of the plan that they belong to, which identifies the plan."""

    planned_at: datetime
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class _Accounts:
    """Accounts: id, name, state, index of the path from the root, and whether it is the management account."""

    ways: list[list[list[str]]]
    accounts: list[list[Any]]


@dataclass(frozen=True, slots=True)
class _BatchFile:
    """The outer shape of a batch."""

    planned_at: datetime
    listed: _Accounts


@dataclass(frozen=True, slots=True)
class _File:
    """The outer shape of a plan. ``batches`` holds account ids."""

    run_id: str
    requested: list[str]
    dry_run: bool
    started_at: datetime
    organization_id: str
    management_account_id: str
    listed: _Accounts
    unit_ids: list[str] | None
    batches: list[list[str]]
    ledger_version: str | None
    ledger_unusable: str
    throttled_calls: int


_CONFIG = dacite.Config(strict=True, type_hooks={datetime: parse_utc})


def pack_plan(planned: PlannedRun) -> bytes:
    """Return a plan as a file."""
    plan = planned.plan
    return RUN_FILE.pack(
        {
            "run_id": plan.run_id,
            "requested": sorted(plan.request.accounts),
            "dry_run": plan.request.dry_run,
            "started_at": plan.started_at.isoformat(),
            "organization_id": plan.organization.id,
            "management_account_id": plan.organization.management_account_id,
            "listed": _plain(plan.organization.accounts),
            "unit_ids": None if plan.organization.unit_ids is None else sorted(plan.organization.unit_ids),
            "batches": [[account.id for account in batch] for batch in planned.batches],
            "ledger_version": planned.ledger_version,
            "ledger_unusable": planned.ledger_unusable,
            "throttled_calls": planned.throttled_calls,
        }
    )


def unpack_plan(packed: bytes) -> PlannedRun:
    """Return the plan in a file. Raises ``InvalidRunFile``."""
    document = RUN_FILE.unpack(packed)
    with RUN_FILE.refusing_damage():
        return _planned(dacite.from_dict(_File, document, _CONFIG))


def pack_batch(batch: Batch) -> bytes:
    """Return a batch as a file."""
    return RUN_FILE.pack({"planned_at": batch.planned_at.isoformat(), "listed": _plain(batch.accounts)})


def unpack_batch(packed: bytes) -> Batch:
    """Return the batch in a file. Raises ``InvalidRunFile``."""
    document = RUN_FILE.unpack(packed)
    with RUN_FILE.refusing_damage():
        file = dacite.from_dict(_BatchFile, document, _CONFIG)
        return Batch(file.planned_at, _accounts(file.listed))


def _planned(file: _File) -> PlannedRun:
    listed = _accounts(file.listed)
    by_id = {account.id: account for account in listed}
    batches = tuple(tuple(by_id[account_id] for account_id in batch) for batch in file.batches)
    unit_ids = None if file.unit_ids is None else frozenset(file.unit_ids)
    plan = Plan(
        run_id=file.run_id,
        request=RunRequest(frozenset(file.requested), file.dry_run),
        started_at=file.started_at,
        organization=Organization(file.organization_id, file.management_account_id, listed, unit_ids),
        accounts=tuple(account for batch in batches for account in batch),
    )
    return PlannedRun(plan, batches, file.ledger_version, file.ledger_unusable, file.throttled_calls)


def _plain(accounts: tuple[Account, ...]) -> dict[str, Any]:
    indexes: dict[tuple[OrganizationalUnit, ...], int] = {}
    rows = [
        [one.id, one.name, one.state, indexes.setdefault(one.parents, len(indexes)), one.is_management]
        for one in accounts
    ]
    return {"ways": [[[unit.id, unit.name] for unit in path] for path in indexes], "accounts": rows}


def _accounts(file: _Accounts) -> tuple[Account, ...]:
    paths = [tuple(_unit(*unit) for unit in path) for path in file.ways]
    return tuple(_account(row, paths) for row in file.accounts)


def _unit(unit_id: str, name: str) -> OrganizationalUnit:
    return OrganizationalUnit(unit_id, name)


def _account(row: list[Any], paths: list[tuple[OrganizationalUnit, ...]]) -> Account:
    match row:
        case [str(account_id), str(name), str(state), int(index), bool(is_management)] if index >= 0:
            return Account(account_id, name, state, paths[index], is_management)
        case _:
            raise ValueError(f"{row!r} is not an account")
