"""What is around an audit, as AWS tells it: and what it refuses to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from regionproof.aws.member_access import Way
from regionproof.aws.organization import ListedOrganization
from regionproof.aws.setup_reading import SetupReading
from regionproof.domain.facts import Unread
from regionproof.domain.report import Identity
from regionproof.domain.setup import Entrance, Observed
from regionproof.preflight import Needs
from regionproof.settings.shape import AuditSettings, Deployment, Scope
from tests.stubs import recorded, stubbed

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account

MANAGEMENT, MEMBER, DELEGATE = "111111111111", "222222222222", "333333333333"
DESCRIBED = {"Organization": {"Id": "o-exampleorg", "MasterAccountId": MANAGEMENT}}
BY_ROOT = AuditSettings(access="root")


@dataclass
class FakeAccess:
    """Opens every account but those that it was told to keep closed."""

    closed: frozenset[str] = frozenset()
    tried: list[str] = field(default_factory=list)

    def way_into(self, account: Account) -> Way:
        """Return the way into an account."""
        return Way("sts:AssumeRole", lambda: self._enter(account.id))

    def _enter(self, account_id: str) -> ReadOnlyCredentials:
        self.tried.append(account_id)
        if account_id in self.closed:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        return ReadOnlyCredentials("AKIDEXAMPLE", "example", "token")


@dataclass
class World:
    """Stubs of the three services, and the way in."""

    caller: str = MANAGEMENT
    accounts: tuple[str, ...] = (MANAGEMENT, MEMBER, DELEGATE)
    access: FakeAccess = field(default_factory=FakeAccess)

    def observe(self, needs: Needs, answers: dict[str, list[Any]], *, hub: Any = None) -> Observed:
        """Observe with the answers given, by service: an operation with its answer, or with an error's code."""
        with (
            stubbed("organizations") as (organizations, of_organizations),
            stubbed("iam") as (iam, of_iam),
            stubbed("securityhub") as (security_hub, of_hub),
        ):
            of_organizations.add_response("describe_organization", DESCRIBED)
            listed = [{"Id": one, "Name": one, "State": "ACTIVE"} for one in self.accounts]
            of_organizations.add_response("list_accounts", {"Accounts": listed})
            stubs = {"organizations": of_organizations, "iam": of_iam, "securityhub": of_hub}
            for service, prepared in answers.items():
                for operation, answer in prepared:
                    _prepare(stubs[service], operation, answer)
            if hub is not None:
                _prepare(of_hub, "describe_hub", hub)
            return SetupReading(
                identity=Identity(self.caller, "aws", "eu-central-1"),
                organization=ListedOrganization(organizations),
                organizations=organizations,
                iam=iam,
                security_hub=security_hub if hub is not None else None,
                access=self.access,
            ).observe(needs)


def _prepare(stub: Any, operation: str, answer: Any) -> None:
    if isinstance(answer, str):
        stub.add_client_error(operation, answer, "no")
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


def test_a_run_by_role_looks_at_the_organization_and_one_account() -> None:
    """It needs neither trusted access nor a delegation."""
    seen = World().observe(Needs(AuditSettings()), {})
    assert (seen.trusted, seen.delegated, seen.root_features, seen.security_hub) == (None, None, None, None)
    assert [entrance.account.id for entrance in seen.entrances] == [MEMBER]


def test_root_mode_looks_at_trusted_access_features_and_delegations() -> None:
    """From a delegate; the management account is tried as well."""
    world = World(caller=DELEGATE)
    features = recorded("root_features_none_enabled")["output"]
    answers: dict[str, list[Any]] = {
        "organizations": [trusted("iam.amazonaws.com"), delegated("account.amazonaws.com")],
        "iam": [("list_organizations_features", {**features, "EnabledFeatures": ["RootCredentialsManagement"]})],
    }
    seen = world.observe(Needs(BY_ROOT), answers)
    assert seen.trusted == frozenset({"iam.amazonaws.com"})
    assert seen.delegated == frozenset({"account.amazonaws.com"})
    assert seen.root_features == frozenset({"RootCredentialsManagement"})
    assert world.access.tried == [MANAGEMENT, MEMBER]


def test_features_without_trusted_access_are_none_and_not_unknown() -> None:
    """AWS refuses to list them by an error of its own (recorded)."""
    code = recorded("root_features_without_trusted_access")["code"]
    answers = {"organizations": [trusted()], "iam": [("list_organizations_features", code)]}
    assert World().observe(Needs(BY_ROOT), answers).root_features == frozenset()


def test_what_is_refused_is_unread() -> None:
    """Never an empty list."""
    answers = {
        "organizations": [
            ("list_aws_service_access_for_organization", "AccessDeniedException"),
            ("list_delegated_services_for_account", "AccessDeniedException"),
        ],
        "iam": [("list_organizations_features", "AccessDenied")],
    }
    seen = World(caller=DELEGATE).observe(Needs(BY_ROOT), answers, hub="AccessDeniedException")
    for found in (seen.trusted, seen.delegated, seen.root_features, seen.security_hub):
        assert isinstance(found, Unread)


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        ({"HubArn": "arn:aws:securityhub:eu-central-1:111111111111:hub/default"}, True),
        ("InvalidAccessException", False),
    ],
)
def test_security_hub_says_whether_it_is_enabled(answer: Any, enabled: bool) -> None:  # noqa: FBT001
    """By an error of its own where it is not."""
    assert World().observe(Needs(AuditSettings()), {}, hub=answer).security_hub is enabled


def test_a_closed_account_is_seen_as_such() -> None:
    """With the call and the code."""
    seen = World(access=FakeAccess(frozenset({MEMBER}))).observe(Needs(AuditSettings()), {})
    (entrance,) = seen.entrances
    assert entrance.failure == Unread("sts:AssumeRole", "AccessDenied", "no")


def test_the_sample_lies_in_the_scope() -> None:
    """An account that is not audited may well be closed."""
    scope = Scope(exclude_accounts=(MEMBER,))
    seen = World().observe(Needs(AuditSettings(scope=scope)), {})
    assert [entrance.account.id for entrance in seen.entrances] == [DELEGATE]


def test_alone_there_is_no_sample() -> None:
    """The caller's own account needs no way in."""
    seen = World(accounts=(MANAGEMENT,)).observe(Needs(AuditSettings()), {})
    assert (seen.entrances, seen.no_sample) == ((), True)


def test_a_person_with_a_roll_out_has_trusted_access_looked_at() -> None:
    """The StackSet needs it."""
    needs = Needs(AuditSettings(), Deployment(roll_out_to=("r-ab12",)))
    seen = World().observe(needs, {"organizations": [trusted("member.org.stacksets.cloudformation.amazonaws.com")]})
    assert seen.trusted == frozenset({"member.org.stacksets.cloudformation.amazonaws.com"})
    assert isinstance(seen.entrances[0], Entrance)


def test_a_partial_run_enters_no_account_that_it_was_not_asked_for() -> None:
    """Not even to try."""
    world = World()
    with stubbed("organizations") as (organizations, stub):
        stub.add_response("describe_organization", DESCRIBED)
        seen = SetupReading(
            identity=Identity(MANAGEMENT, "aws", "eu-central-1"),
            organization=ListedOrganization(organizations),
            organizations=organizations,
            iam=None,
            security_hub=None,
            access=world.access,
        ).observe(Needs(AuditSettings(), sample=False))
    assert (seen.entrances, seen.no_sample, world.access.tried) == ((), False, [])
