"""Every call goes to the host and is signed for the Region where AWS has it, in each partition, without an override.

The Lambda function is the deployed asset in a bare Python; the commands are those of the terminal. Both reach AWS's
host names over TLS, through a proxy whose certificate authority is in ``AWS_CA_BUNDLE``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regionproof.cli.exit_status import ExitStatus
from regionproof.settings.shape import RegionsRule, Rules, Settings
from stacks.function_asset import contents, write

from .certificates import Authority
from .places import CN_NORTH_1, OTHER_HOSTS, PLACES, US_EAST_1
from .processes import Starter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .places import Place
    from .processes import Done

pytestmark = pytest.mark.network

SETTINGS = Settings(rules=Rules(regions_1=RegionsRule(approved=("ap-east-1",))))
STEPS = (
    {"step": "plan", "run": "run-1", "request": {}},
    *({"step": "collect", "run": "run-1", "batch": batch} for batch in range(4)),
    {"step": "conclude", "run": "run-1"},
)

BY_EVERY_RUN = {"organizations", "s3", "securityhub", "sts"}
READ_IN_ACCOUNTS = {"aws": {"account", "iam"}, "aws-cn": {"account"}, "aws-us-gov": set[str]()}
"""The services that the rules read: only ``aws`` has token versions, and GovCloud has no Account Management."""


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Starter:
    """Return what starts processes that trust one new authority."""
    return Starter(Authority.create(tmp_path_factory.mktemp("authority")), tmp_path_factory.mktemp("bytecode"))


@pytest.fixture(scope="module")
def asset_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the unpacked asset for a way into the accounts, as the CDK app puts it together."""
    made = {access: tmp_path_factory.mktemp(access) for access in ("role", "root")}
    write(contents(replace(SETTINGS, access="role")), made["role"])
    write(contents(replace(SETTINGS, access="root")), made["root"])
    return made.__getitem__


def _named(place: Place) -> str:
    return "-".join((place.region, *place.variables))


def assert_ran(done: Done, place: Place) -> None:
    """Assert that all accounts but the one that refuses were read and reported, each service where it is."""
    assert done.exit_code == 0, done.errors
    done.assert_every_call_went_where_it_belongs()
    read = READ_IN_ACCOUNTS[place.partition]
    assert done.services == BY_EVERY_RUN | read | ({"sns"} if read else set())
    run = done.results[-1]
    assert (run["run"]["region"], run["run"]["partition"]) == (place.region, place.partition)
    assert run["summary"]["accounts_not_audited"] == (1 if read else 0)
    assert [delivered["undelivered"] for delivered in run["delivery"].values()] == [0, 0]


@pytest.mark.parametrize("place", [*PLACES, *OTHER_HOSTS], ids=_named)
def test_the_deployed_function_calls_each_service_where_it_is(
    starter: Starter, asset_with: Callable[[str], Path], place: Place
) -> None:
    """Also if its environment asks for FIPS or dual-stack endpoints."""
    assert_ran(starter.handler(place, asset_with("role"), [{}]), place)


@pytest.mark.parametrize("place", [US_EAST_1, CN_NORTH_1], ids=_named)
def test_the_steps_of_a_run_call_each_service_where_it_is(
    starter: Starter, asset_with: Callable[[str], Path], place: Place
) -> None:
    """The bucket through which they hand on their work, too."""
    assert_ran(starter.handler(place, asset_with("role"), STEPS), place)


@pytest.mark.parametrize("place", PLACES, ids=_named)
def test_root_sessions_are_opened_where_sts_is(
    starter: Starter, asset_with: Callable[[str], Path], place: Place
) -> None:
    """And what is asked centrally goes to the same hosts, signed by the audit's own account."""
    done = starter.handler(place, asset_with("root"), [{}])

    assert done.exit_code == 0, done.errors
    done.assert_every_call_went_where_it_belongs()
    # The features of central root access are IAM's.
    assert done.services - {"sns"} == BY_EVERY_RUN | {"iam"} | READ_IN_ACCOUNTS[place.partition]
    # Before all else a run tries whether a sample account can be entered.
    assert "AssumeRoot" in done.aws.organization.asked
    assert done.results[0]["summary"]["accounts_not_audited"] == 0


AUDITED = {
    "aws": ExitStatus.NONCOMPLIANT,
    "aws-cn": ExitStatus.INCOMPLETE,
    "aws-us-gov": ExitStatus.COMPLIANT,
}


@pytest.mark.parametrize("place", PLACES, ids=_named)
def test_the_commands_call_each_service_where_it_is(starter: Starter, tmp_path: Path, place: Place) -> None:
    """In the Region of ``AWS_REGION``, and at Regional endpoints of STS whatever the environment says."""
    settings = tmp_path / "regionproof.yaml"
    settings.write_text("rules: {Regions.1: {approved: [ap-east-1]}}\n", encoding="utf-8")

    audit = starter.command(place, "audit", "--settings", str(settings), "--member-role", "Reader")
    preflight = starter.command(place, "preflight", "--settings", str(settings))

    for done in (audit, preflight):
        assert place.region in done.output
        assert "Traceback" not in done.errors
        done.assert_every_call_went_where_it_belongs()
    assert audit.exit_code == AUDITED[place.partition].value
    assert audit.services == {"organizations", "sts"} | READ_IN_ACCOUNTS[place.partition]
    assert preflight.services >= {"organizations", "securityhub", "sts"}
