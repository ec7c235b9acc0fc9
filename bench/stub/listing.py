"""Organizations: the organization and its tree, page by page.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from bench.organization import LARGEST_PAGE, MANAGEMENT, ORGANIZATION_ID, UNITS, children_of

from .exchange import Answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.organization import Organization, Unit

JOINED = 1_754_000_000.0
TRUSTED = ("account.amazonaws.com", "iam.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com")
"""What both ways in need."""


class Listing:
    """Answers for one organization."""

    def __init__(self, organization: Organization, *, paths: bool = True) -> None:
        self._organization = organization
        self._paths = paths

    def answer(self, operation: str, asked: dict[str, Any]) -> Answer:
        """Answer an operation of Organizations. Raises ``LookupError`` for one that is not known."""
        match operation:
            case "DescribeOrganization":
                return json_answer({"Organization": _described()})
            case "ListAWSServiceAccessForOrganization":
                return json_answer({"EnabledServicePrincipals": [{"ServicePrincipal": name} for name in TRUSTED]})
            case "ListRoots":
                return json_answer({"Roots": [_unit(UNITS[0]) | {"PolicyTypes": []}]})
            case "ListOrganizationalUnitsForParent":
                return json_answer({"OrganizationalUnits": [_unit(unit) for unit in children_of(asked["ParentId"])]})
            case "ListAccounts":
                return self._page(self._organization.accounts, asked)
            case "ListAccountsForParent":
                return self._page(self._below(asked["ParentId"]), asked)
        raise LookupError(operation)

    def _below(self, unit_id: str) -> list[int]:
        unit_of = self._organization.unit_of
        return [account for account in self._organization.accounts if unit_of(account).id == unit_id]

    def _page(self, accounts: Sequence[int], asked: dict[str, Any]) -> Answer:
        start = int(b64decode(asked["NextToken"])) if asked.get("NextToken") else 0
        end = start + int(asked.get("MaxResults", LARGEST_PAGE))
        more = {"NextToken": b64encode(str(end).encode()).decode()} if end < len(accounts) else {}
        return json_answer({"Accounts": [self._account(account) for account in accounts[start:end]], **more})

    def _account(self, account: int) -> dict[str, Any]:
        return {
            "Id": str(account),
            "Arn": f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION_ID}/{account}",
            "Email": f"aws+{account}@example.com",
            "Name": f"workload-{account}",
            "Status": "ACTIVE",
            "State": "ACTIVE",
            **({"Paths": [f"{self._organization.unit_of(account).path}{account}/"]} if self._paths else {}),
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": JOINED,
        }


def _described() -> dict[str, Any]:
    return {
        "Id": ORGANIZATION_ID,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:organization/{ORGANIZATION_ID}",
        "FeatureSet": "ALL",
        "MasterAccountArn": f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION_ID}/{MANAGEMENT}",
        "MasterAccountId": str(MANAGEMENT),
        "MasterAccountEmail": "aws@example.com",
        "AvailablePolicyTypes": [],
    }


def _unit(unit: Unit) -> dict[str, Any]:
    kind = "root" if unit == UNITS[0] else "ou"
    arn = f"arn:aws:organizations::{MANAGEMENT}:{kind}/{ORGANIZATION_ID}/{unit.id}"
    return {"Id": unit.id, "Arn": arn, "Name": unit.name}
