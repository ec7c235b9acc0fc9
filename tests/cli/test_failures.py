"""What stops a run before it starts: one clear sentence and exit code 2, from botocore's own errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from regionproof.aws.failures import as_setup_error
from regionproof.aws.identity import read_identity
from regionproof.aws.organization import OrganizationLister
from regionproof.cli.audit_command import audit_aws
from regionproof.domain.accounts import Organization
from regionproof.errors import SetupError
from tests.support.builders import an_organization
from tests.support.fakes import FakeOrganizationSource
from tests.support.stubs import prepared

from .runs import regionproof, settings_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regionproof.audit.run import Progress
    from regionproof.audit.settings_check import SettingsCheck
    from regionproof.cli.audit_command import AuditRun
    from regionproof.domain.run import Outcome, RunRequest
    from regionproof.settings.shape import AuditSettings
    from regionproof.wiring import CallerProfile


def sentence(folder: Path, run: AuditRun, *arguments: str) -> str:
    """Return the one line of a refusal, after checking that there is nothing else."""
    ended = regionproof("audit", "--settings", settings_file(folder), *arguments, run=run)
    assert (ended.status, ended.stdout) == (2, "")
    assert ended.stderr.startswith("regionproof: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr.removeprefix("regionproof: ").rstrip()


def only(step: Callable[[], object]) -> AuditRun:
    """Return a run that does no more than one step, which fails."""

    def run(_s: AuditSettings, _c: CallerProfile, _r: RunRequest, _p: Progress, _check: SettingsCheck) -> Outcome:
        step()
        raise AssertionError("the step did not fail")

    return run


def stubbed(service: str) -> tuple[Any, Stubber]:
    """Return a client of a service that answers only what its stubber was told, and the stubber."""
    session: Any = boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="example")
    client = session.client(service, region_name="us-east-1")
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def test_no_credentials(tmp_path: Path) -> None:
    """By the real wiring: nothing is configured, and no call is made."""
    said = sentence(tmp_path, audit_aws)
    assert said.startswith("no AWS credentials found; sign in (aws sso login, aws login, aws configure)")


def test_a_profile_that_is_not_configured(tmp_path: Path) -> None:
    """By the real wiring."""
    said = sentence(tmp_path, audit_aws, "--profile", "nope")
    assert said == "The config profile (nope) could not be found; see `aws configure list-profiles`"


def test_a_configuration_file_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the real wiring."""
    broken = tmp_path / "config"
    broken.write_text("no section")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    assert "Unable to parse config file" in sentence(tmp_path, audit_aws)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ExpiredToken", "The security token included in the request is expired", "the AWS credentials have expired"),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "are not valid there; look for stale",
        ),
    ],
)
def test_credentials_that_sts_refuses(tmp_path: Path, code: str, message: str, expected: str) -> None:
    """Expired ones and invalid ones are distinguished; the message of AWS is in the sentence."""
    sts, stubber = stubbed("sts")
    stubber.add_client_error("get_caller_identity", code, message)

    def who_am_i() -> None:
        with as_setup_error():
            read_identity(sts, "us-east-1")

    said = sentence(tmp_path, only(who_am_i))
    assert expected in said
    assert message in said


def test_an_account_in_no_organization(tmp_path: Path) -> None:
    """Organizations names it by its own error."""
    organizations, stubber = stubbed("organizations")
    stubber.add_client_error(
        "describe_organization", "AWSOrganizationsNotInUseException", "Your account is not a member."
    )
    said = sentence(tmp_path, only(OrganizationLister(organizations).describe))
    assert said == "this account is in no AWS Organization; use credentials of the management account of one"


def test_an_account_that_is_neither_management_nor_delegated(tmp_path: Path) -> None:
    """It may describe the organization, but not list its accounts."""
    message = "You don't have permissions to access this resource."
    with prepared("organizations") as (organizations, answers):
        answers.add_client_error("list_roots", "AccessDeniedException", message)
        answers.add_client_error("list_accounts", "AccessDeniedException", message)

        def list_accounts() -> None:
            list(OrganizationLister(organizations).accounts(Organization("o-exampleorg", "111111111111")))

        said = sentence(tmp_path, only(list_accounts))
    assert "it is neither the management account nor a delegated administrator" in said


def test_a_message_of_aws_can_not_break_the_line(tmp_path: Path) -> None:
    """Control characters are replaced; a sentence of several lines is shown as such."""
    source = FakeOrganizationSource(an_organization(), SetupError("ListAccounts: \x1b[31m\u202eboom"))
    assert sentence(tmp_path, only(source.describe)) == "ListAccounts: \ufffd[31m\ufffdboom"
