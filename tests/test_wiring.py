"""The composition root: what is missing is said before any call is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

import regionproof.wiring
from regionproof.aws.pacing import CENTRAL_LIST_REGIONS
from regionproof.errors import SetupError
from regionproof.settings.shape import AuditSettings, MemberRole
from regionproof.wiring import CallerProfile, Destinations, RunContext, build_audit
from tests.support.builders import IDENTITY
from tests.support.fakes import RecordingLog, RecordingPublisher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regionproof.aws.pacing import Rate, RateLimiter

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}


@pytest.mark.parametrize(
    ("environment", "caller", "said"),
    [
        ({}, CallerProfile(), "no AWS credentials found; sign in"),
        ({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}, CallerProfile(), "AWS credentials"),
        (KEYS, CallerProfile(profile="nobody"), "nobody.*aws configure list-profiles"),
        ({**KEYS, "AWS_PROFILE": "nobody"}, CallerProfile(), "nobody.*aws configure list-profiles"),
        (KEYS, CallerProfile(region="xx-nowhere"), "xx-nowhere"),
        ({**KEYS, "AWS_DEFAULT_REGION": "xx-nowhere"}, CallerProfile(), "xx-nowhere"),
        (
            {**KEYS, "AWS_ENDPOINT_URL": "localhost:4566"},
            CallerProfile(),
            "localhost:4566; AWS_ENDPOINT_URL needs a scheme",
        ),
    ],
)
def test_a_wrong_set_up_is_one_sentence(
    environment: Mapping[str, str], caller: CallerProfile, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials, profile, Region and endpoint are looked at before the organization is."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SetupError, match=said) as caught:
        build_audit(AuditSettings(), caller, RunContext())
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("remaining", "stops"), [(900.0, False), (92.1, False), (92.0, True), (0.0, True)])
def test_security_hub_stops_in_time_for_the_alert_and_the_ledger(
    remaining: float,
    stops: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last 92 seconds of a run belong to them: without them its news would be neither sent nor remembered."""
    asked: list[Callable[[], bool]] = []

    def publisher(_client: object, _logger: object, time_is_up: Callable[[], bool]) -> RecordingPublisher:
        asked.append(time_is_up)
        return RecordingPublisher()

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(regionproof.wiring, "read_identity", lambda *_: IDENTITY)
    monkeypatch.setattr(regionproof.wiring, "SecurityHubPublisher", publisher)
    left = iter([900.0])
    around = RunContext(remaining_time=lambda: next(left, remaining))
    build_audit(
        AuditSettings(), CallerProfile(), around, Destinations("arn:aws:sns:topic", "bucket", RecordingLog().logger)
    )
    assert [time_is_up() for time_is_up in asked] == [stops]


@pytest.mark.parametrize(
    ("access", "fallback", "paced"), [("role", True, True), ("role", False, False), ("root", False, True)]
)
def test_central_reads_keep_to_the_share_of_one_quota(
    access: Literal["role", "root"],
    fallback: bool,  # noqa: FBT001
    paced: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever way into accounts is used, by the same rate."""
    rates: list[Rate] = []

    def pace(_client: object, operation: str, limiter: RateLimiter) -> None:
        if operation == "ListRegions":
            rates.append(limiter.rate)

    for name, value in {**KEYS, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(regionproof.wiring, "read_identity", lambda *_: IDENTITY)
    monkeypatch.setattr(regionproof.wiring, "pace", pace)
    settings = AuditSettings(access=access, member_role=MemberRole(central_fallback=fallback))
    build_audit(settings, CallerProfile(), RunContext(share=0.25))
    assert rates == ([CENTRAL_LIST_REGIONS.shared(0.25)] if paced else [])
