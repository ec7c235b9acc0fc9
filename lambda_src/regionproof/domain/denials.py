"""What AWS says in the message of a denial: who was denied what, and by which kind of policy.

Messages are untrusted text: one that cannot be read, or that names two policies, leaves its parts unknown.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .untrusted_text import ELLIPSIS, MESSAGE_LENGTH

if TYPE_CHECKING:
    from .access import Access
    from .facts import ReadFailure


class PolicyKind(StrEnum):
    """The kinds of policies that AWS names, in AWS's words."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    VPC_ENDPOINT = "VPC endpoint policy"
    UNKNOWN = "unknown policy"


class Denied(StrEnum):
    """Who was denied."""

    CALLER = "caller"
    MEMBER_ROLE = "member role session"
    ROOT_SESSION = "root session"
    ROOT_USER = "root user"
    UNKNOWN = "unknown"


MEMBER_SESSION = "RegionProofAudit"
"""The session name of the audit's sessions of the member role."""

THIS_ACCOUNT = "THIS_ACCOUNT"
"""Stands for the id of the audited account where a sentence reads alike for many accounts."""

_ARN = r"arn:[a-z-]{1,30}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:\d{0,12}:[!-~]{1,600}"
_PRINCIPAL = re.compile(r"arn:[a-z-]{1,30}:(?:iam|sts)::(?P<account>\d{12}):(?P<name>[!-~]{1,600})")
_ACTION = re.compile(r"[a-z0-9-]{1,63}:[A-Za-z0-9*]{1,128}(?![A-Za-z0-9*])")
_KIND = "|".join(kind.value for kind in PolicyKind if kind is not PolicyKind.UNKNOWN)
_CLAUSE = re.compile(
    rf"with an explicit deny in (?:an?|the) (?P<explicit>{_KIND})(?::\s(?P<arn>{_ARN}))?"
    rf"|because no (?P<implicit>{_KIND}) allows\b(?: the \S{{1,200}} action: (?P<implicit_arn>{_ARN}))?"
    rf"|Context: an? (?P<context_explicit>{_KIND}) explicitly denies the action"
    rf"|Context: no (?P<context_implicit>{_KIND}) allows\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\sGo to https://|\.?\sEncoded authorization failure message: ")
_ID = re.compile(r"authorization id: ([0-9A-Za-z]{1,256})|/authorization-details/([0-9A-Za-z]{1,256})")
_OF_THE_REQUEST = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT[\d:.]{5,15}Z"
    r"|0x[0-9a-f]{6,16})(?![0-9A-Za-z])"
)
"""Ids of requests, times, and addresses of objects in Python's own messages."""

_SAYS_WHAT = re.compile(r" is not authorized to perform: | Action: ")
_ON = re.compile(r" on resource: ", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A denial as its message has it. What the message does not say is empty, ``UNKNOWN`` or None.

    ``explicit``: a policy denies the call (True), or none allows it (False). ``policy_arn`` is the ARN of the
    denying policy. ``authorization_id`` lets IAM explain the denial for 24 hours. ``message`` is without the link
    to the console and the id.
    """

    who: Denied
    principal: str = ""
    action: str = ""
    resource: str = ""
    policy: PolicyKind = PolicyKind.UNKNOWN
    explicit: bool | None = None
    policy_arn: str = ""
    authorization_id: str = ""
    message: str = ""

    @property
    def role_name(self) -> str:
        """Return the name of the role whose session was denied, or an empty string."""
        _, assumed, session = self.principal.partition(":assumed-role/")
        return session.partition("/")[0] if assumed else ""

    @property
    def account_id(self) -> str:
        """Return the account of the principal, or an empty string."""
        return self.principal.split(":")[4] if self.principal else ""

    @property
    def partition(self) -> str:
        """Return the partition of the principal, or an empty string."""
        return self.principal.split(":")[1] if self.principal else ""


def parse_denial(failure: ReadFailure, access: Access, account_id: str = "") -> Denial:
    """Return what the message of a denied call says. ``account_id`` is the audited account; empty: unknown."""
    whole = failure.message[:MESSAGE_LENGTH]
    message, tail = _without_tail(whole)
    principal, said = _principal_and_rest(message)
    kind, explicit, arn = _policy(said)
    action = _ACTION.match(said)
    return Denial(
        who=_who(failure.call, principal, access, account_id),
        principal=principal,
        action=action.group() if action else "",
        resource=_resource(said),
        policy=kind,
        explicit=explicit,
        policy_arn=arn,
        authorization_id=_authorization_id(tail),
        message=message,
    )


def message_for_all(message: str, account_id: str) -> str:
    """Return a message without what differs by account and request, so one cause reads alike in every account.

    The account's own id becomes ``THIS_ACCOUNT``; the link to the console, ids of requests and times are left out.
    """
    readable, _ = _without_tail(message[:MESSAGE_LENGTH])
    own = re.compile(rf"(?<!\d){re.escape(account_id)}(?!\d)") if account_id else None
    return _OF_THE_REQUEST.sub(ELLIPSIS, own.sub(THIS_ACCOUNT, readable) if own else readable)


def message_for_one(message: str) -> str:
    """Return a message without the link to the console; the id by which IAM explains the denial stays."""
    readable, tail = _without_tail(message)
    found = _authorization_id(tail)
    return f"{readable}; authorization id {found}" if found else readable


def _without_tail(message: str) -> tuple[str, str]:
    found = _TAIL.search(message)
    return (message[: found.start()].rstrip(" ."), message[found.start() :]) if found else (message, "")


def _authorization_id(tail: str) -> str:
    found = _ID.search(tail)
    return (found.group(1) or found.group(2)) if found else ""


def _principal_and_rest(message: str) -> tuple[str, str]:
    """Return the ARN of who was denied, or nothing, and what follows it. No ARN has a space in it."""
    found = _SAYS_WHAT.search(message)
    if not found:
        return "", message
    name = message[: found.start()].rpartition("User: ")[2]
    return (name if _PRINCIPAL.fullmatch(name) else ""), message[found.end() :]


def _policy(said: str) -> tuple[PolicyKind, bool | None, str]:
    """Return the kind of the policy, whether it denies explicitly, and its ARN. Two clauses contradict each other."""
    clauses = list(_CLAUSE.finditer(said))
    explicit = True if "explicit deny" in said.lower() else None
    if len(clauses) != 1 or " transitively " in said:
        return PolicyKind.UNKNOWN, explicit, ""
    parts = clauses[0].groupdict()
    denies = parts["explicit"] or parts["context_explicit"]
    named = denies or parts["implicit"] or parts["context_implicit"]
    arn = parts["arn"] or parts["implicit_arn"] or ""
    return _kind(named), bool(denies), arn.rstrip(".,;")


def _kind(named: str) -> PolicyKind:
    return next(kind for kind in PolicyKind if kind.value.lower() == named.lower())


def _resource(said: str) -> str:
    """Return the resource, which some services name in words: ``role Audit``."""
    start = _ON.search(said)
    if not start:
        return ""
    clause = _CLAUSE.search(said)
    end = clause.start() if clause else len(said)
    return said[start.end() : end].removesuffix("with an explicit deny").strip()


def _who(call: str, principal: str, access: Access, account_id: str) -> Denied:
    found = _PRINCIPAL.fullmatch(principal)
    if found is None:
        return Denied.CALLER if call.startswith("sts:") else Denied.UNKNOWN
    if found["name"] == "root":
        in_session = access.by_root and not call.startswith("sts:") and account_id in {"", found["account"]}
        return Denied.ROOT_SESSION if in_session else Denied.ROOT_USER
    is_members = found["name"].startswith("assumed-role/") and found["name"].endswith(f"/{MEMBER_SESSION}")
    return Denied.MEMBER_ROLE if is_members and not call.startswith("sts:") else Denied.CALLER
