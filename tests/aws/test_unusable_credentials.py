"""Credentials that cannot be loaded or sent: one sentence that names the place and the fix, and quotes none of them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from botocore.credentials import Credentials

from regionproof.aws.unusable_credentials import refuse_unsendable, why_not_loaded
from regionproof.errors import SetupError

TOKEN = "RCCCPP3m8cJrMPkOx90B5Ih1NKIPCw0Ew27YDnHg/XewdnDrlAvVM1"


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("env", "in AWS_SESSION_TOKEN"),
        ("shared-credentials-file", "(aws_session_token in the credentials file)"),
        ("config-file", "(aws_session_token in the configuration file)"),
        ("custom-process", "that comes from custom-process"),
    ],
)
def test_a_token_with_a_line_break_is_refused_with_its_place(method: str, place: str) -> None:
    """https://github.com/external-secrets/external-secrets/issues/1933: no part of the token is quoted."""
    with pytest.raises(SetupError) as caught:
        refuse_unsendable(Credentials("AKIAEXAMPLE", "secret", f"{TOKEN[:30]}\n{TOKEN[30:]}", method))
    assert str(caught.value) == f"the session token {place} has a line break; set it again, in one line"


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        ("a b", "a space"),
        ("a\tb", "a space"),
        ("a\rb", "a line break"),
        ("a\x00b", "a character that AWS never uses"),
    ],
)
def test_a_key_with_another_character_is_refused(secret: str, what: str) -> None:
    """AWS's own keys have none of these."""
    with pytest.raises(SetupError, match=f"the secret access key in AWS_SECRET_ACCESS_KEY has {what}; set it again"):
        refuse_unsendable(Credentials("AKIAEXAMPLE", secret, None, "env"))


def test_credentials_as_aws_makes_them_are_sent() -> None:
    """With and without a token."""
    refuse_unsendable(Credentials("AKIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None))
    refuse_unsendable(Credentials("ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", f"{TOKEN}=="))


def test_a_program_that_is_not_there_is_named() -> None:
    """Not as a token file."""
    with pytest.raises(FileNotFoundError) as caught:
        subprocess.run(["/nowhere/helper"], check=False)  # it does not exist
    assert why_not_loaded(caught.value).startswith(
        "the credential_process of this profile cannot be run: /nowhere/helper; correct its path"
    )


def test_output_that_is_not_json_is_named() -> None:
    """Helpers print notices."""
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("notice: a new version is available")
    assert "printed no JSON; run it by hand" in why_not_loaded(caught.value)


def test_every_sentence_is_one_line() -> None:
    """However the cause is worded."""
    assert sys.platform in why_not_loaded(ValueError(sys.platform))
    assert len(why_not_loaded(EOFError("EOF when reading a line")).splitlines()) == 1
