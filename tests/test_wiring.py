"""The composition root: what is missing is said before any call is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regionproof.errors import SetupError
from regionproof.settings.shape import AuditSettings
from regionproof.wiring import Caller, Surroundings, build_audit

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}


@pytest.mark.parametrize(
    ("environment", "caller", "said"),
    [
        ({}, Caller(), "no AWS credentials found; sign in"),
        ({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}, Caller(), "AWS credentials"),
        (KEYS, Caller(profile="nobody"), "nobody.*aws configure list-profiles"),
        ({**KEYS, "AWS_PROFILE": "nobody"}, Caller(), "nobody.*aws configure list-profiles"),
        (KEYS, Caller(region="xx-nowhere"), "xx-nowhere"),
        ({**KEYS, "AWS_DEFAULT_REGION": "xx-nowhere"}, Caller(), "xx-nowhere"),
        ({**KEYS, "AWS_ENDPOINT_URL": "localhost:4566"}, Caller(), "localhost:4566; AWS_ENDPOINT_URL needs a scheme"),
    ],
)
def test_a_wrong_set_up_is_one_sentence(
    environment: Mapping[str, str], caller: Caller, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials, profile, Region and endpoint are looked at before the organization is."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SetupError, match=said) as caught:
        build_audit(AuditSettings(), caller, Surroundings())
    assert len(str(caught.value).splitlines()) == 1
