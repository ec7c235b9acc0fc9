"""Read and check the sample organization in emulator/organization.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PATTERNS = {
    "organization id": re.compile(r"o-[a-z0-9]{10,32}"),
    "root id": re.compile(r"r-[0-9a-z]{4,32}"),
    "organizational unit id": re.compile(r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"),
    "account id": re.compile(r"[0-9]{12}"),
    "Region opt status": re.compile(r"ENABLED|ENABLING|DISABLING"),
    "token version": re.compile(r"[12]"),
    "root feature": re.compile(r"RootCredentialsManagement|RootSessions"),
    "state": re.compile(r"PENDING_ACTIVATION|ACTIVE|SUSPENDED|PENDING_CLOSURE|CLOSED"),
}


class InvalidSample(ValueError):
    """The organization file is invalid. The message names the file and the problem."""


class RefusalReason(Enum):
    """Why an account refuses the audit."""

    NO_ROLE = "no-role"
    SERVICE_CONTROL_POLICY = "service-control-policy"
    REGIONS_DENIED = "regions-denied"


@dataclass(frozen=True)
class SampleAccount:
    """One account in the file. `ou` is the path of its organizational unit from the root."""

    id: str
    name: str
    ou: str
    token_version: int
    opt_in_regions: Mapping[str, str] = field(default_factory=dict)
    state: str = "ACTIVE"
    refusal: RefusalReason | None = None


@dataclass(frozen=True)
class SampleOrganization:
    """The whole file.

    Attributes:
        trusted_access: service principals with trusted access
        delegated_administrators: service principal -> account id
        root_features: enabled features of IAM's central root access, such as RootCredentialsManagement
        organizational_units: path such as Root/Security -> id, parents first
    """

    id: str
    root_id: str
    management_account_id: str
    trusted_access: tuple[str, ...]
    delegated_administrators: Mapping[str, str]
    root_features: tuple[str, ...]
    organizational_units: Mapping[str, str]
    accounts: tuple[SampleAccount, ...]


def read_sample(path: Path) -> SampleOrganization:
    """Read and check a file like emulator/organization.yaml. Raise InvalidSample with one sentence if it is invalid."""
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return _organization(content)
    except OSError as error:
        raise InvalidSample(f"{path} cannot be read: {error.strerror}.") from error
    except YAMLError as error:
        raise InvalidSample(f"{path} is not valid YAML: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidSample(
            f"{path} lacks {error} or has it in the wrong place. Compare with emulator/organization.yaml."
        ) from error
    except InvalidSample as error:
        raise InvalidSample(f"{path}: {error}") from error


def _organization(content: Mapping[str, Any]) -> SampleOrganization:
    head = content["organization"]
    units = {
        str(path): _checked("organizational unit id", unit) for path, unit in content["organizational_units"].items()
    }
    accounts = tuple(_account(entry, units) for entry in content["accounts"])
    management = _checked("account id", head["management_account_id"])
    if management not in {account.id for account in accounts}:
        raise InvalidSample(f"the management account {management} is not among the accounts.")
    if len({account.id for account in accounts}) != len(accounts):
        raise InvalidSample("an account id appears twice.")
    return SampleOrganization(
        id=_checked("organization id", head["id"]),
        root_id=_checked("root id", head["root_id"]),
        management_account_id=management,
        trusted_access=tuple(head.get("trusted_access", ())),
        delegated_administrators=_delegated(head, {account.id for account in accounts} - {management}),
        root_features=tuple(_checked("root feature", feature) for feature in head.get("root_features", ())),
        organizational_units=units,
        accounts=accounts,
    )


def _delegated(head: Mapping[str, Any], members: set[str]) -> dict[str, str]:
    delegated = dict(head.get("delegated_administrators", {}))
    for service, account_id in delegated.items():
        if account_id not in members:
            raise InvalidSample(f"{service} is delegated to {account_id}, which is not a member account.")
        if service not in head.get("trusted_access", ()):
            raise InvalidSample(f"{service} is delegated but missing from trusted_access.")
    return delegated


def _account(entry: Mapping[str, Any], units: Mapping[str, str]) -> SampleAccount:
    if entry["ou"] != "Root" and entry["ou"] not in units:
        raise InvalidSample(f"account {entry['id']} is in {entry['ou']}, which is not an organizational unit.")
    return SampleAccount(
        id=_checked("account id", entry["id"]),
        name=str(entry["name"]),
        ou=str(entry["ou"]),
        token_version=int(_checked("token version", str(entry["token_version"]))),
        opt_in_regions={
            region: _checked("Region opt status", status) for region, status in entry.get("opt_in_regions", {}).items()
        },
        state=_checked("state", entry.get("state", "ACTIVE")),
        refusal=_refusal(entry),
    )


def _refusal(entry: Mapping[str, Any]) -> RefusalReason | None:
    if entry.get("regions_denied", False):
        return RefusalReason.REGIONS_DENIED
    if not entry.get("refuses_role", False):
        return None
    try:
        return RefusalReason(entry.get("refusal", RefusalReason.NO_ROLE.value))
    except ValueError as error:
        known = ", ".join(kind.value for kind in RefusalReason)
        raise InvalidSample(f"account {entry['id']}: refusal must be one of {known}.") from error


def _checked(kind: str, value: object) -> str:
    if not isinstance(value, str) or not _PATTERNS[kind].fullmatch(value):
        raise InvalidSample(f"{value!r} is not a valid {kind} ({_PATTERNS[kind].pattern}; quote numbers).")
    return value
