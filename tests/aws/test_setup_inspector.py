"""What is around an audit, as AWS tells it: and what it refuses to report."""

from __future__ import annotations

from typing import Any

import pytest

from regionproof.aws.organization import OrganizationLister
from regionproof.aws.setup_inspector import SetupInspector
from regionproof.domain.facts import ReadFailure
from regionproof.domain.report import Identity
from regionproof.errors import SetupError
from regionproof.preflight.observed import AccessAttempt, OnlyFunctionCanTry, PreflightScope, StackSetStatus
from regionproof.settings.shape import AuditSettings, Deployment, Scope
from tests.support.stubs import recorded, stubbed

from .setup_world import DELEGATE, DESCRIBED, MANAGEMENT, MEMBER, FakeAccess, World, delegated, trusted

BY_ROOT = AuditSettings(access="root")
AS_A_MEMBER = ("AccessDeniedException", "You don't have permissions to access this resource.")


def test_a_run_by_role_looks_at_the_organization_and_one_account() -> None:
    """It needs neither trusted access nor a delegation."""
    seen = World().observe(PreflightScope(AuditSettings()), {})
    assert (seen.trusted, seen.delegated, seen.root_features, seen.security_hub) == (None, None, None, None)
    assert [way.account.id for way in seen.ways_in] == [MEMBER]


def test_an_unusable_account_stops_the_run_with_a_sentence() -> None:
    """As it would in the listing itself."""
    world = World(listing={"Accounts": [{"Id": "222", "Name": "a", "State": "ACTIVE"}]})
    with pytest.raises(SetupError, match="not 12 digits"):
        world.observe(PreflightScope(AuditSettings()), {})


def test_root_mode_looks_at_trusted_access_features_and_delegations() -> None:
    """From a delegate; the management account is tried as well."""
    world = World(caller=DELEGATE)
    features = recorded("root_features_none_enabled")["output"]
    answers: dict[str, list[Any]] = {
        "organizations": [trusted("iam.amazonaws.com"), delegated("account.amazonaws.com")],
        "iam": [("list_organizations_features", {**features, "EnabledFeatures": ["RootCredentialsManagement"]})],
    }
    seen = world.observe(PreflightScope(BY_ROOT), answers)
    assert seen.trusted == frozenset({"iam.amazonaws.com"})
    assert seen.delegated == frozenset({"account.amazonaws.com"})
    assert seen.root_features == frozenset({"RootCredentialsManagement"})
    assert world.access.tried == [MANAGEMENT, MEMBER]


def test_features_without_trusted_access_are_none_and_not_unknown() -> None:
    """AWS refuses to list them by its own error (recorded)."""
    code = recorded("root_features_without_trusted_access")["code"]
    answers = {"organizations": [trusted()], "iam": [("list_organizations_features", code)]}
    assert World().observe(PreflightScope(BY_ROOT), answers).root_features == frozenset()


def test_what_is_refused_is_unread() -> None:
    """Never an empty list."""
    answers = {
        "organizations": [
            ("list_aws_service_access_for_organization", "AccessDeniedException"),
            ("list_delegated_services_for_account", "AccessDeniedException"),
        ],
        "iam": [("list_organizations_features", "AccessDenied")],
    }
    seen = World(caller=DELEGATE).observe(PreflightScope(BY_ROOT), answers, hub="AccessDeniedException")
    for found in (seen.trusted, seen.delegated, seen.root_features, seen.security_hub):
        assert isinstance(found, ReadFailure)


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        ({"HubArn": "arn:aws:securityhub:eu-central-1:111111111111:hub/default"}, True),
        ("InvalidAccessException", False),
    ],
)
def test_security_hub_says_whether_it_is_enabled(answer: Any, enabled: bool) -> None:  # noqa: FBT001
    """By its own error where it is not."""
    assert World().observe(PreflightScope(AuditSettings()), {}, hub=answer).security_hub is enabled


def test_a_closed_account_is_seen_as_such() -> None:
    """With the call and the code."""
    seen = World(access=FakeAccess(frozenset({MEMBER}))).observe(PreflightScope(AuditSettings()), {})
    assert seen.ways_in[0] == AccessAttempt(
        seen.ways_in[0].account, ReadFailure("sts:AssumeRole", "AccessDenied", "no")
    )


def test_the_sample_lies_in_the_scope() -> None:
    """An account that is not audited may well be closed."""
    scope = Scope(exclude_accounts=(MEMBER,))
    seen = World().observe(PreflightScope(AuditSettings(scope=scope)), {})
    assert [way.account.id for way in seen.ways_in] == [DELEGATE]


def test_alone_there_is_no_sample() -> None:
    """The caller's own account needs no way in."""
    seen = World(accounts=(MANAGEMENT,)).observe(PreflightScope(AuditSettings()), {})
    assert (seen.ways_in, seen.no_sample) == ((), True)


OU_IN, OU_OUT = "ou-ab12-11111111", "ou-ab12-22222222"


@pytest.mark.parametrize(
    ("scope", "units", "sample"),
    [
        (Scope(organizational_units=(OU_IN,)), {MEMBER: OU_OUT, DELEGATE: OU_IN}, DELEGATE),
        (Scope(exclude_organizational_units=(OU_OUT,)), {MEMBER: OU_OUT, DELEGATE: OU_IN}, DELEGATE),
        (Scope(organizational_units=("r-ab12",)), {MEMBER: OU_OUT, DELEGATE: OU_IN}, MEMBER),
        (Scope(organizational_units=(OU_IN,)), {DELEGATE: OU_IN}, DELEGATE),
        (Scope(), {DELEGATE: OU_IN}, MEMBER),
    ],
    ids=["below a unit", "not below a unit", "below the root", "without a path", "without units"],
)
def test_the_sample_lies_in_the_scope_by_units_too(scope: Scope, units: dict[str, str], sample: str) -> None:
    """If AWS gives no path and the scope names units, another account is tried rather than guessed."""
    seen = World(units=units).observe(PreflightScope(AuditSettings(scope=scope)), {})
    assert [way.account.id for way in seen.ways_in] == [sample]


def test_without_any_path_a_scope_by_units_has_no_sample() -> None:
    """It says so."""
    scope = Scope(organizational_units=(OU_IN,))
    assert World().observe(PreflightScope(AuditSettings(scope=scope)), {}).no_sample


@pytest.mark.parametrize("answer", [AS_A_MEMBER, "AccessDeniedException"])
def test_a_refused_listing_is_observed_and_the_rest_is_looked_at(answer: Any) -> None:
    """As root mode lists all that is missing at once; without a listing there is no sample, and none is missed."""
    answers: dict[str, list[Any]] = {
        "organizations": [
            ("list_aws_service_access_for_organization", AS_A_MEMBER),
            ("list_delegated_services_for_account", AS_A_MEMBER),
        ],
        "iam": [("list_organizations_features", recorded("root_features_from_an_ordinary_member")["code"])],
    }
    seen = World(caller=MEMBER, listing=answer).observe(PreflightScope(BY_ROOT), answers)
    assert seen.not_listed is not None
    assert (seen.not_listed.call, seen.not_listed.code) == ("organizations:ListAccounts", "AccessDeniedException")
    assert (seen.ways_in, seen.no_sample) == ((), False)
    assert isinstance(seen.trusted, ReadFailure)
    assert isinstance(seen.root_features, ReadFailure)
    assert seen.delegated == frozenset()


def test_a_run_by_role_stops_where_it_may_not_list() -> None:
    """With the clear sentence; it has nothing to audit."""
    with pytest.raises(SetupError, match="neither the management account nor a delegated administrator"):
        World(caller=MEMBER, listing=AS_A_MEMBER).observe(PreflightScope(AuditSettings()), {})


def test_a_listing_that_was_not_answered_stops_in_root_mode_too() -> None:
    """It says nothing of what is missing."""
    with pytest.raises(SetupError, match="ListAccounts failed with ServiceException"):
        World(listing="ServiceException").observe(PreflightScope(BY_ROOT), {})


def test_a_person_has_the_roll_out_looked_at_and_the_role_not_tried() -> None:
    """Trusted access, the targets, and what the StackSet says of the sample."""
    needs = PreflightScope(AuditSettings(), Deployment(roll_out_to=("r-ab12", OU_IN)))
    world = World()
    instance = {"Account": MEMBER, "Region": "eu-central-1", "Status": "CURRENT"}
    answers: dict[str, list[Any]] = {
        "organizations": [
            trusted("member.org.stacksets.cloudformation.amazonaws.com"),
            ("list_roots", {"Roots": [{"Id": "r-ab12"}]}),
            ("describe_organizational_unit", {"OrganizationalUnit": {"Id": OU_IN}}),
        ],
        "cloudformation": [
            ("list_stack_instances", {"Summaries": [instance]}),
            ("describe_organizations_access", {"Status": "DISABLED"}),
        ],
    }
    seen = world.observe(needs, answers)
    assert seen.stack_sets_access == "DISABLED"
    assert seen.trusted == frozenset({"member.org.stacksets.cloudformation.amazonaws.com"})
    assert (seen.roots, seen.units) == (frozenset({"r-ab12"}), frozenset({OU_IN}))
    assert seen.ways_in == (StackSetStatus(seen.ways_in[0].account, "CURRENT", region="eu-central-1"),)
    assert world.access.tried == []


def test_where_nothing_is_rolled_out_the_role_is_left_to_the_function() -> None:
    """There is no StackSet to ask; the roots are listed all the same, for the fix."""
    needs = PreflightScope(AuditSettings(), Deployment())
    seen = World().observe(needs, {"organizations": [("list_roots", {"Roots": [{"Id": "r-ab12"}]})]})
    assert seen.ways_in == (OnlyFunctionCanTry(seen.ways_in[0].account),)
    assert seen.roots == frozenset({"r-ab12"})


def test_the_role_of_a_management_account_elsewhere_is_left_to_the_function() -> None:
    """A person in root mode may open the root session of a member, and not assume that role."""
    world = World(caller=DELEGATE)
    answers: dict[str, list[Any]] = {
        "organizations": [trusted(), delegated()],
        "iam": [("list_organizations_features", {"OrganizationId": "o-exampleorg", "EnabledFeatures": []})],
    }
    seen = world.observe(PreflightScope(BY_ROOT, Deployment(account="delegated-administrator")), answers)
    assert [type(way) for way in seen.ways_in] == [OnlyFunctionCanTry, AccessAttempt]
    assert world.access.tried == [MEMBER]


def test_a_partial_run_enters_no_account_that_it_was_not_asked_for() -> None:
    """Not even to try."""
    world = World()
    with stubbed("organizations") as (organizations, stub):
        stub.add_response("describe_organization", DESCRIBED)
        seen = SetupInspector(
            identity=Identity(MANAGEMENT, "aws", "eu-central-1"),
            organization=OrganizationLister(organizations),
            organizations=organizations,
            iam=None,
            security_hub=None,
            access=world.access,
        ).observe(PreflightScope(AuditSettings(), sample=False))
    assert (seen.ways_in, seen.no_sample, world.access.tried) == ((), False, [])
