"""Account Management: ListRegions, GetRegionOptStatus, EnableRegion, DisableRegion.

Rules and messages follow the recording of 2026-09-11 (tests/recordings). So does the default page size of 20 Regions:
a caller that reads only the first page misses every Region from eu-south-1 on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator import regions
from emulator.http import caller, page_tokens
from emulator.http.answers import Answer, Refusal, refused, success
from emulator.patching import PrivateName

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.services.account.account_regions import AccountRegions
    from emulator.services.organizations.organization import Organization

    Payload = dict[str, Any]

SERVICE_PRINCIPAL = "account.amazonaws.com"
_DEFAULT_PAGE = 20
_LARGEST_PAGE = 50
_INVALID = "fieldValidationFailed"


class AccountManagement:
    """The operations on Regions, for the calling account or for a member that AccountId names."""

    def __init__(self, account_regions: AccountRegions, organization: Organization) -> None:
        self._regions = account_regions
        self._organization = organization

    def install(self) -> None:
        """Replace ministack's operations."""
        operations = {
            "ListRegions": self.list_regions,
            "GetRegionOptStatus": self.get_region_opt_status,
            "EnableRegion": self.enable_region,
            "DisableRegion": self.disable_region,
        }
        dispatch = PrivateName.ACCOUNT_DISPATCH.get()
        for name, operation in operations.items():
            dispatch[f"/{name[0].lower()}{name[1:]}"] = self._operation(name, operation)

    def list_regions(self, account_id: str, payload: Payload) -> Payload:
        """Return one page of the Regions, in alphabetical order."""
        size = _page_size(payload.get("MaxResults"))
        start = _position(payload.get("NextToken"))
        status_filter = payload.get("RegionOptStatusContains") or []
        statuses = [(name, self._regions.status(account_id, name)) for name in regions.ALL]
        listed = [
            {"RegionName": name, "RegionOptStatus": status}
            for name, status in statuses
            if not status_filter or status in status_filter
        ]
        answer: Payload = {"Regions": listed[start : start + size]}
        if start + size < len(listed):
            answer["NextToken"] = page_tokens.issue("ListRegions", start + size)
        return answer

    def get_region_opt_status(self, account_id: str, payload: Payload) -> Payload:
        """Return the status of one Region."""
        region = _region_name(payload)
        return {"RegionName": region, "RegionOptStatus": self._regions.status(account_id, region)}

    def enable_region(self, account_id: str, payload: Payload) -> Payload:
        """Start enabling a Region."""
        self._regions.enable(account_id, _region_name(payload))
        return {}

    def disable_region(self, account_id: str, payload: Payload) -> Payload:
        """Start disabling a Region."""
        self._regions.disable(account_id, _region_name(payload))
        return {}

    def _operation(self, name: str, operation: Callable[[str, Payload], Payload]) -> Callable[[Payload], Answer]:
        def answer(payload: Payload) -> Answer:
            try:
                return success(operation(self._account(name, payload.get("AccountId")), payload))
            except Refusal as refusal:
                return refused(refusal)

        return answer

    def _account(self, operation: str, named: str | None) -> str:
        """Return the account that a call is about. Raise Refusal if the caller may not name it."""
        mine = caller.account_id()
        if named is None:
            return mine
        organization = self._organization
        management = organization.management_account_id
        if mine != management and not organization.is_delegate(mine, SERVICE_PRINCIPAL):
            raise _denied(operation)
        if named == management:
            raise _denied(
                operation,
                "The management account can only be managed using the standalone context from the management account.",
            )
        if SERVICE_PRINCIPAL not in organization.trusted_access:
            raise _denied(
                operation,
                "Your organization must first enable trusted access with AWS Account Management.",
            )
        if named not in organization.accounts:
            raise _denied(operation)
        return named


def _denied(operation: str, reason: str = "") -> Refusal:
    suffix = f" ({reason})" if reason else ""
    message = f"User: {caller.arn()} is not authorized to perform: account:{operation}{suffix}"
    return Refusal("AccessDeniedException", message, 403)


def _region_name(payload: Payload) -> str:
    name = payload.get("RegionName")
    if not isinstance(name, str) or not name:
        raise Refusal("ValidationException", "RegionName is required", reason=_INVALID)
    return name


def _page_size(requested: object) -> int:
    if requested is None:
        return _DEFAULT_PAGE
    if not isinstance(requested, int) or not 1 <= requested <= _LARGEST_PAGE:
        message = f"MaxResults must be between 1 and {_LARGEST_PAGE}"
        raise Refusal("ValidationException", message, reason=_INVALID)
    return requested


def _position(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return page_tokens.read("ListRegions", token)[0]
    except page_tokens.MalformedToken as error:
        raise Refusal("ValidationException", "NextToken is malformed", reason=_INVALID) from error
