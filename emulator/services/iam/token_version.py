"""GlobalEndpointTokenVersion, read by GetAccountSummary and set by SetSecurityTokenServicePreferences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from emulator.http import caller
from emulator.patching import PrivateName

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.http.answers import Answer

    Parameters = dict[str, list[str]]
    Handler = Callable[[Parameters], Answer]

DEFAULT = 1
SECONDS_UNTIL_IN_FORCE = 10.0
"""How long STS took to follow a new preference, as recorded. IAM reports it at once."""

_VERSIONS = {"v1Token": 1, "v2Token": 2}
_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_REQUEST = "<RequestId>00000000-0000-4000-8000-000000000000</RequestId>"

_QUOTAS = {"AttachedPoliciesPerRoleQuota": 20, "InstanceProfilesQuota": 1000, "RolePolicySizeQuota": 10240}
"""Quotas in the recording of 2026-09-12 that ministack lacks or reports differently."""


class TokenVersions:
    """The token version of every account, as IAM reports it and as STS applies it. The default is version 1."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._changes: dict[str, list[tuple[float, int]]] = {}

    def clear(self) -> None:
        """Forget all preferences."""
        self._changes.clear()

    def seed(self, account_id: str, version: int) -> None:
        """Set a version that is in force already."""
        self._changes[account_id] = [(float("-inf"), version)]

    def prefer(self, account_id: str, version: int) -> None:
        """Set a version that STS will follow after SECONDS_UNTIL_IN_FORCE."""
        self._changes.setdefault(account_id, []).append((self._clock(), version))

    def reported(self, account_id: str) -> int:
        """Return the version that IAM reports."""
        changes = self._changes.get(account_id)
        return changes[-1][1] if changes else DEFAULT

    def in_force(self, account_id: str) -> int:
        """Return the version of the tokens that the global STS endpoint issues now."""
        settled = self._clock() - SECONDS_UNTIL_IN_FORCE
        versions = [version for changed, version in self._changes.get(account_id, ()) if changed <= settled]
        return versions[-1] if versions else DEFAULT


def install(token_versions: TokenVersions) -> None:
    """Install both operations."""
    handlers: dict[str, Handler] = PrivateName.IAM_HANDLERS.get()
    summarize = handlers["GetAccountSummary"]

    def get_account_summary(parameters: Parameters) -> Answer:
        status, headers, body = summarize(parameters)
        version = token_versions.reported(caller.account_id())
        return status, headers, _with_entries(body, {**_counts(), **_QUOTAS, "GlobalEndpointTokenVersion": version})

    def set_preferences(parameters: Parameters) -> Answer:
        version = (parameters.get("GlobalEndpointTokenVersion") or [""])[0]
        if version not in _VERSIONS:
            return _validation_error(version)
        token_versions.prefer(caller.account_id(), _VERSIONS[version])
        operation = "SetSecurityTokenServicePreferencesResponse"
        body = f'<{operation} xmlns="{_NAMESPACE}"><ResponseMetadata>{_REQUEST}</ResponseMetadata></{operation}>'
        return 200, {"Content-Type": "text/xml"}, body.encode()

    handlers["GetAccountSummary"] = get_account_summary
    handlers["SetSecurityTokenServicePreferences"] = set_preferences


def _counts() -> dict[str, int]:
    """Return the counts that ministack's summary lacks. Root users never have a password here."""
    providers = len(PrivateName.IAM_OIDC_PROVIDERS.get()) + len(PrivateName.IAM_SAML_PROVIDERS.get())
    profiles = len(PrivateName.IAM_INSTANCE_PROFILES.get())
    return {"AccountPasswordPresent": 0, "InstanceProfiles": profiles, "Providers": providers}


def _with_entries(body: bytes, entries: dict[str, int]) -> bytes:
    text = body.decode()
    for key in entries:
        text = re.sub(rf"<entry><key>{key}</key><value>\d+</value></entry>", "", text)
    added = "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in entries.items())
    return text.replace("</SummaryMap>", f"{added}</SummaryMap>").encode()


def _validation_error(version: str) -> Answer:
    if version:
        problem = "failed to satisfy constraint: Member must satisfy enum value set: [v2Token, v1Token]"
    else:
        problem = "failed to satisfy constraint: Member must not be null"
    message = escape(f"1 validation error detected: Value at 'globalEndpointTokenVersion' {problem}")
    error = f"<Error><Type>Sender</Type><Code>ValidationError</Code><Message>{message}</Message></Error>"
    body = f'<ErrorResponse xmlns="{_NAMESPACE}">{error}{_REQUEST}</ErrorResponse>'
    return 400, {"Content-Type": "text/xml"}, body.encode()
