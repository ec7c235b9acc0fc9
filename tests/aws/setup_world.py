"""The surroundings of an audit, as stubs of AWS answer for them, and a way in that opens what it was told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from regionproof.aws.calls import CallFailed, failure_of
from regionproof.aws.member_access import AccountAccess
from regionproof.aws.organization import OrganizationLister
from regionproof.aws.setup_inspector import SetupInspector
from regionproof.aws.stack_set_inspector import StackSetInspector
from regionproof.domain.report import Identity
from tests.support.stubs import stubbed

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.preflight.observed import PreflightScope, SetupSnapshot

MANAGEMENT, MEMBER, DELEGATE = "111111111111", "222222222222", "333333333333"
DESCRIBED = {"Organization": {"Id": "o-exampleorg", "MasterAccountId": MANAGEMENT}}


@dataclass
class FakeAccess:
    """Opens every account but those that it was told to keep closed."""

    closed: frozenset[str] = frozenset()
    tried: list[str] = field(default_factory=list)

    def access_to(self, account: Account) -> AccountAccess:
        """Return the way into an account."""
        return AccountAccess("sts:AssumeRole", lambda: self._enter(account.id))

    def _enter(self, account_id: str) -> ReadOnlyCredentials:
        self.tried.append(account_id)
        if account_id in self.closed:
            cause = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
            raise CallFailed(failure_of("sts:AssumeRole", cause), cause)
        return ReadOnlyCredentials("AKIDEXAMPLE", "example", "token")


@dataclass
class World:
    """Stubs of the three services, and the way in."""

    caller: str = MANAGEMENT
    accounts: tuple[str, ...] = (MANAGEMENT, MEMBER, DELEGATE)
    units: dict[str, str] = field(default_factory=dict)
    access: FakeAccess = field(default_factory=FakeAccess)
    listing: Any = None

    def observe(self, needs: PreflightScope, answers: dict[str, list[Any]], *, hub: Any = None) -> SetupSnapshot:
        """Observe with the answers given, by service: an operation with its answer, or with an error's code."""
        with (
            stubbed("organizations") as (organizations, of_organizations),
            stubbed("iam") as (iam, of_iam),
            stubbed("securityhub") as (security_hub, of_hub),
            stubbed("cloudformation") as (cloudformation, of_cloudformation),
        ):
            of_organizations.add_response("describe_organization", DESCRIBED)
            _prepare(
                of_organizations, "list_accounts", self.listing or {"Accounts": list(map(self._listed, self.accounts))}
            )
            stubs = {
                "organizations": of_organizations,
                "iam": of_iam,
                "securityhub": of_hub,
                "cloudformation": of_cloudformation,
            }
            for service, prepared in answers.items():
                for operation, answer in prepared:
                    _prepare(stubs[service], operation, answer)
            if hub is not None:
                _prepare(of_hub, "describe_hub", hub)
            return SetupInspector(
                identity=Identity(self.caller, "aws", "eu-central-1"),
                organization=OrganizationLister(organizations),
                organizations=organizations,
                iam=iam,
                security_hub=security_hub if hub is not None else None,
                access=self.access,
                roll_out=StackSetInspector(organizations, cloudformation) if needs.deployment else None,
            ).observe(needs)

    def _listed(self, account_id: str) -> dict[str, Any]:
        described = {"Id": account_id, "Name": account_id, "State": "ACTIVE"}
        unit = self.units.get(account_id)
        return {**described, "Paths": [f"o-exampleorg/r-ab12/{unit}/{account_id}/"]} if unit else described


def _prepare(stub: Any, operation: str, answer: Any) -> None:
    if isinstance(answer, tuple):
        stub.add_client_error(operation, *answer)
    elif isinstance(answer, str):
        stub.add_client_error(operation, answer, "x is not authorized to perform: y")
    else:
        stub.add_response(operation, answer)


def trusted(*services: str) -> tuple[str, dict[str, Any]]:
    """Return the answer that these services have trusted access."""
    return (
        "list_aws_service_access_for_organization",
        {"EnabledServicePrincipals": [{"ServicePrincipal": service} for service in services]},
    )


def delegated(*services: str) -> tuple[str, dict[str, Any]]:
    """Return the answer that the caller's account administers these services."""
    return (
        "list_delegated_services_for_account",
        {"DelegatedServices": [{"ServicePrincipal": service} for service in services]},
    )
