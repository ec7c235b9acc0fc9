"""Nothing that a run writes holds a credential: every one on the wire is looked for in everything that was left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .outputs import Surveillance, surveillance
from .wiretap import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.network

CUT_OFF, DENIED = "200000000001", "200000000002"
RUN = "steps-1"
BATCHES, KILLED = 3, 2
"""Five open accounts make three batches; the last one is killed."""


@pytest.fixture(scope="module")
def by_role(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveillance]:
    """Runs of the function at log level DEBUG and of the commands, with failures in every call that takes or gives."""
    with surveillance(tmp_path_factory) as found:
        found.wire.refuses = b"Action=GetAccountSummary"
        found.call(
            "reads fail", ("sts:AssumeRole", "truncated_body", CUT_OFF), ("sts:AssumeRole", "access_denied", DENIED)
        )
        found.on_the_terminal()
        found.wire.refuses = NOTHING
        found.call(
            "publishing fails",
            ("sns:Publish", "invalid_token", None),
            ("securityhub:BatchImportFindings", "expired_token", None),
        )
        found.call("all is well")
        found.call("the listing fails", ("organizations:ListAccounts", "page_of_a_proxy", None))
        found.look_behind()
        yield found


@pytest.fixture(scope="module")
def by_root_in_steps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveillance]:
    """The steps of a run by root sessions, a batch killed and the rest read, and the commands with that way in."""
    steps: list[dict[str, Any]] = [
        {"step": "plan", "run": RUN, "request": {}},
        *({"step": "collect", "run": RUN, "batch": number} for number in range(BATCHES) if number != KILLED),
        {"step": "conclude", "run": RUN},
        {"step": "collect", "run": f"{RUN}/second-pass", "batch": 0},
        {"step": "conclude", "run": f"{RUN}/second-pass"},
    ]
    with surveillance(tmp_path_factory) as found:
        found.allow_root_sessions_in_steps()
        root = json.dumps({"access": "root"})
        found.wire.refuses = b"Action=GetAccountSummary"
        found.call(
            "reads fail",
            ("sts:AssumeRoot", "truncated_body", CUT_OFF),
            ("sts:AssumeRoot", "access_denied", DENIED),
            ("securityhub:DescribeHub", "invalid_token", None),
            events=steps,
            settings=root,
        )
        found.on_the_terminal("access: root\n")
        found.wire.refuses = NOTHING
        found.call("all is well", events=steps, settings=root)
        found.call(
            "nobody may look", ("iam:ListOrganizationsFeatures", "expired_token", None), events=steps[:1], settings=root
        )
        found.installation.root.client("iam").disable_organizations_root_credentials_management()
        found.call("the preflight fails", events=steps[:1], settings=root)
        found.look_behind()
        yield found


def assert_heard(found: Surveillance) -> None:
    """Compare what was listened to with what was used: silence would keep any promise."""
    assert found.wire.refused
    assert {"AccessKeyId", "SecretAccessKey", "SessionToken"} == found.wire.issued.keys()
    assert len(found.wire.issued["SecretAccessKey"]) >= 3
    assert {found.installation.function.access_key, found.installation.function.token} < found.wire.used
    assert len(found.credentials) >= 10
    assert min(map(len, found.credentials)) >= 16, "shorter ones would be found by chance"


def test_the_runs_by_role_failed_as_they_should_and_were_heard(by_role: Surveillance) -> None:
    """Else the promises below were kept by silence."""
    assert_heard(by_role)
    written = by_role.written
    assert "SignatureDoesNotMatch" in written["alerts"]
    assert "SignatureDoesNotMatch" in written["reads fail: findings"]
    assert "SignatureDoesNotMatch" in written["table: stdout"]
    assert "ResponseParserError" in written["json: stdout"] + written["alerts"]
    assert "sns.digest_not_published" in written["publishing fails: log"]
    assert "security_hub.finding_not_imported" in written["publishing fails: log"]
    assert '"audit.failed"' in written["the listing fails: log"]
    assert "SetupError" in written["the listing fails: result"]
    assert '"level":"DEBUG"' in written["all is well: log"]
    assert any("compliance" in text for place, text in written.items() if place.startswith("ledger/"))


def test_the_steps_by_root_failed_as_they_should_and_were_heard(by_root_in_steps: Surveillance) -> None:
    """Every file of the run is among what was written, and every step returned."""
    assert_heard(by_root_in_steps)
    written = by_root_in_steps.written
    files = {place.split()[0].removeprefix(f"runs/{RUN}/") for place in written if place.startswith("runs/")}
    assert files >= {"plan.json.gz", "ledger.json.gz", "batches/00002.json.gz", "facts/00000.json.gz"}
    assert files >= {"second-pass/plan.json.gz", "second-pass/batches/00000.json.gz", "second-pass/facts/00000.json.gz"}
    facts = "".join(text for place, text in written.items() if "/facts/" in place)
    for place in (facts, written["alerts"], written["reads fail: findings"], written["table: stdout"]):
        assert "SignatureDoesNotMatch" in place
    assert "ResponseParserError" in facts
    assert "sts:AssumeRoot" in facts
    assert [set(one) for one in json.loads(written["all is well: result"])] == [{"result"}] * (BATCHES + 3)
    assert "preflight.not_met" in written["reads fail: log"]
    assert '"audit.failed"' in written["the preflight fails: log"]
    assert "SetupError" in written["the preflight fails: result"]
    assert "you are account 111111111111" in written["preflight: stdout"]


@pytest.mark.parametrize("runs", ["by_role", "by_root_in_steps"])
def test_no_credential_stands_in_anything_that_was_written(runs: str, request: pytest.FixtureRequest) -> None:
    """AWS's echoes are cut out."""
    found: Surveillance = request.getfixturevalue(runs)
    assert found.leaks() == set()
