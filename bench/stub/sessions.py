"""Credentials that name their account, so every request can be compared with the account that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.organization import MANAGEMENT, ROLE

if TYPE_CHECKING:
    from .exchange import Request

CALLERS_KEY = f"AKIABNCH{MANAGEMENT}"
CALLERS_SECRET = "the-secret-of-the-caller"

_MEMBER = "ASIABNCH"
_TOKEN_LENGTH = 752
"""The length of a token from a Regional endpoint, as recorded."""

_SCOPE = re.compile(r"Credential=A[KS]IABNCH(\d{12})/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a request, and for which service and Region."""

    account: int
    service: str
    region: str
    token: str

    @property
    def is_the_caller(self) -> bool:
        """Return whether the audit's own long-lived credentials signed."""
        return self.account == MANAGEMENT and not self.token

    @property
    def is_consistent(self) -> bool:
        """Return whether the session token belongs to the access key."""
        return self.is_the_caller or self.token == token_of(self.account)


def signer_of(request: Request) -> Signer:
    """Return who signed. Raises ``ValueError`` for a request without a signature of this stub's credentials."""
    found = _SCOPE.search(request.headers.get("authorization", ""))
    if found is None:
        raise ValueError(f"{request.method} {request.target} is not signed with credentials of this stub")
    account, region, service = found.groups()
    return Signer(int(account), service, region, request.headers.get("x-amz-security-token", ""))


def token_of(account: int) -> str:
    """Return the session token of an account, as long as a real one."""
    return f"IQoJb3JpZ2lu{account}".ljust(_TOKEN_LENGTH, "x")


def credentials_xml(account: int) -> str:
    """Return the credentials of a session in an account, in STS's words."""
    return (
        f"<Credentials><AccessKeyId>{_MEMBER}{account}</AccessKeyId><SecretAccessKey>secret-of-{account}"
        f"</SecretAccessKey><SessionToken>{token_of(account)}</SessionToken>"
        "<Expiration>2036-11-21T06:15:00Z</Expiration></Credentials>"
    )


def assumed_role_xml(account: int, session_name: str) -> str:
    """Return who the session of the audit's role is."""
    return (
        f"<AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/{ROLE}/{session_name}</Arn>"
        f"<AssumedRoleId>AROABNCH{account}:{session_name}</AssumedRoleId></AssumedRoleUser>"
    )
