"""Who runs the audit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from regionproof.aws.identity import load_credentials, read_identity
from regionproof.domain.report import Identity
from regionproof.errors import SetupError
from tests.support.stubs import stubbed


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_the_account_and_the_partition_are_those_of_the_caller(partition: str) -> None:
    """The Region is the session's, not that of the STS endpoint."""
    arn = f"arn:{partition}:sts::111111111111:assumed-role/RegionProofAuditFunction/session"
    with stubbed("sts") as (sts, stub):
        stub.add_response("get_caller_identity", {"Account": "111111111111", "Arn": arn, "UserId": "A"}, {})
        found = read_identity(sts, "eu-central-1")
    assert found == Identity("111111111111", partition, "eu-central-1")


NOT_LOADED: dict[str, tuple[Exception, str]] = {
    "no token file": (
        FileNotFoundError(2, "No such file or directory", "/nowhere/token"),
        "the token file /nowhere/token cannot be read; correct the variable or setting that names it",
    ),
    "expired at once": (
        RuntimeError("the refreshed credentials are still expired"),
        "the AWS credentials have expired: .* sign in there again, or set the clock",
    ),
    "no JSON": (
        json.JSONDecodeError("Expecting value", "", 0),
        "the credential_process of this profile printed no JSON; run it by hand",
    ),
    "no terminal": (
        EOFError("EOF when reading a line"),
        "needs an MFA code, but there is not a terminal to ask for it; .* use a profile without mfa_serial",
    ),
    "anything else": (
        ValueError("a defect below"),
        "credentials could not be loaded; check the credential_process, .*ValueError: a defect below",
    ),
}


@pytest.mark.parametrize(("cause", "sentence"), NOT_LOADED.values(), ids=NOT_LOADED)
@pytest.mark.parametrize("refreshes", [False, True])
def test_credentials_that_cannot_be_loaded_are_one_sentence(
    cause: Exception, sentence: str, *, refreshes: bool
) -> None:
    """Whatever a command, a file or a missing terminal raises below botocore, at first or when it refreshes."""

    class Session:
        def get_credentials(self) -> Any:
            if not refreshes:
                raise cause
            return self

        def get_frozen_credentials(self) -> Any:
            raise cause

    session: Any = Session()
    with pytest.raises(SetupError, match=sentence) as caught:
        load_credentials(session)
    assert len(str(caught.value).splitlines()) == 1


def test_an_error_of_botocore_keeps_its_own_sentence() -> None:
    """Such as a network that is down while a role is assumed."""

    class Session:
        def get_credentials(self) -> Any:
            raise EndpointConnectionError(endpoint_url="https://sts")

    session: Any = Session()
    with pytest.raises(EndpointConnectionError):
        load_credentials(session)
