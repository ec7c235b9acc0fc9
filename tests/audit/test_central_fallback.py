"""Members that deny their Regions to the role: the function asks centrally, in one call and in steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.steps.test_handler import CONCLUDE, PLAN, collect, verdicts
from tests.support.aws_stub import AT_RISK, FINE, MANAGEMENT, LocalAws, local_aws
from tests.support.invocations import Invocations, invoke
from tests.test_handler import ENVIRONMENT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

ENGINES: dict[str, list[Any]] = {
    "one call": [{}],
    "steps": [PLAN, collect(0), collect(1), collect(2), collect(3), CONCLUDE],
}
SETTINGS: dict[str, Any] = {"rules": {"regions_1": {"approved": []}}}
MEMBERS = frozenset({AT_RISK, FINE})


def run(folder: Path, aws: LocalAws, events: list[Any], settings: dict[str, Any] | None = None) -> Invocations:
    """Call the function with each event."""
    environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}
    return invoke(folder, events, environment, json.dumps(settings or SETTINGS))


def sentence(aws: LocalAws, account_id: str, rule: str) -> str:
    """Return the description of a finding that was imported."""
    batches = aws.asked["BatchImportFindings"]
    return next(str(f["Description"]) for batch in batches for f in batch if f["Id"].endswith(f"{account_id}/{rule}"))


@pytest.fixture(scope="module")
def undenied(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """Return the verdicts on members that deny nothing."""
    with local_aws() as aws:
        run(tmp_path_factory.mktemp("task"), aws, [{}])
        return verdicts(aws)


@pytest.mark.parametrize("engine", ENGINES)
def test_denied_regions_lead_to_the_same_verdicts(
    engine: str, tmp_path: Path, undenied: list[tuple[str, str, str]]
) -> None:
    """Each denied member is asked about once, by its id, and its findings say so."""
    with local_aws(denying_regions=MEMBERS) as aws:
        found = run(tmp_path, aws, ENGINES[engine])
    assert verdicts(aws) == undenied
    central = sorted(one for one in aws.asked["ListRegions"] if " by " in one)
    assert central == [f"{AT_RISK} by {MANAGEMENT}", f"{FINE} by {MANAGEMENT}"]
    for account_id in MEMBERS:
        assert "Read centrally, because the account denied account:ListRegions" in sentence(
            aws, account_id, "Regions.1"
        )
        assert "in part centrally" in sentence(aws, account_id, "Coverage.1")
    assert "central_reads.refused" not in found.output


@pytest.mark.parametrize("engine", ENGINES)
def test_without_trusted_access_every_denied_member_has_both_causes(engine: str, tmp_path: Path) -> None:
    """None is compliant, and a run in one call asks once and logs once."""
    with local_aws(denying_regions=MEMBERS, trusts_account_management=False) as aws:
        found = run(tmp_path, aws, ENGINES[engine])
    by_id = {finding_id.partition("o-exampleorg/")[2]: status for finding_id, status, _ in verdicts(aws)}
    for account_id in MEMBERS:
        assert by_id[f"{account_id}/Coverage.1"] == "FAILED"
        assert f"{account_id}/Regions.1" not in by_id
    said = {sentence(aws, account_id, "Coverage.1").partition("): ")[2] for account_id in MEMBERS}
    assert len(said) == 1, "one line of the alert for one cause"
    inside, _, centrally = said.pop().partition("Asked centrally, ")
    assert "service control policy" in inside
    assert "enable-aws-service-access --service-principal account.amazonaws.com" in centrally
    runs = 1 if engine == "one call" else len(MEMBERS)  # each batch of an account is a run of its own
    refused = [line for line in found.logged if line["message"] == "central_reads.refused"]
    assert len(refused) == runs
    assert "enable-aws-service-access" in refused[0]["cause"]
    assert sum(" by " in one for one in aws.asked["ListRegions"]) == runs


def test_the_setting_switches_it_off(tmp_path: Path) -> None:
    """The denial is then all that is known."""
    with local_aws(denying_regions=MEMBERS) as aws:
        run(tmp_path, aws, [{}], {**SETTINGS, "member_role": {"central_fallback": False}})
    assert not [one for one in aws.asked["ListRegions"] if " by " in one]
    assert "Asked centrally" not in sentence(aws, FINE, "Coverage.1")
    assert "service control policy" in sentence(aws, FINE, "Coverage.1")
