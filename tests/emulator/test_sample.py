"""The sample organization covers all cases, and a mistake in the file is reported in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import regions
from emulator.process import ORGANIZATION
from emulator.sample import InvalidSample, RefusalReason, SampleAccount, read_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SAMPLE = read_sample(ORGANIZATION)

CASES: dict[str, Callable[[SampleAccount], bool]] = {
    "version 1 with an opt-in Region": lambda one: one.token_version == 1 and "ENABLED" in one.opt_in_regions.values(),
    "version 1 without": lambda one: one.token_version == 1 and not one.opt_in_regions,
    "version 2 with an opt-in Region": lambda one: one.token_version == 2 and bool(one.opt_in_regions),
    "version 2 without": lambda one: one.token_version == 2 and not one.opt_in_regions,
    "version 1 with a Region ENABLING": lambda one: set(one.opt_in_regions.values()) == {"ENABLING"},
    "a Region DISABLING": lambda one: "DISABLING" in one.opt_in_regions.values(),
    "suspended": lambda one: one.state == "SUSPENDED",
    "without the role": lambda one: one.refusal is RefusalReason.NO_ROLE,
    "blocked by a policy": lambda one: one.refusal is RefusalReason.SERVICE_CONTROL_POLICY,
    "denied its Regions": lambda one: (
        one.refusal is RefusalReason.REGIONS_DENIED and "ENABLED" in one.opt_in_regions.values()
    ),
    "a hostile name": lambda one: one.name.startswith("=") and all(part in one.name for part in "\"'<>ë"),
    "in a nested unit": lambda one: one.ou.count("/") > 2,
}


@pytest.mark.parametrize("case", CASES)
def test_the_sample_has_the_case(case: str) -> None:
    """At least one account is an example of it."""
    assert any(CASES[case](account) for account in SAMPLE.accounts)


def test_the_sample_has_24_accounts_and_only_known_regions() -> None:
    """All Regions in it are opt-in Regions."""
    assert len(SAMPLE.accounts) == 24
    assert {region for account in SAMPLE.accounts for region in account.opt_in_regions} <= regions.OPT_IN


MISTAKES = {
    "'o-SHORT' is not a valid organization id": ("id: o-a1b2c3d4e5", "id: o-SHORT"),
    "'r-1' is not a valid root id": ("root_id: r-exm1", "root_id: r-1"),
    "the management account 123456789012 is not among the accounts": (
        'management_account_id: "111111111111"',
        'management_account_id: "123456789012"',
    ),
    "is in Root/Elsewhere, which is not an organizational unit": ("ou: Root/Security", "ou: Root/Elsewhere"),
    "'3' is not a valid token version": ("token_version: 2", "token_version: 3"),
    "'ON' is not a valid Region opt status": ("me-central-1: ENABLING", 'me-central-1: "ON"'),
    "refusal must be one of no-role, service-control-policy": ("refusal: no-role", "refusal: whim"),
    "'RootEverything' is not a valid root feature": ("- RootCredentialsManagement", "- RootEverything"),
    "iam.amazonaws.com is delegated to 111111111111, which is not a member account": (
        "delegated_administrators: {}",
        'delegated_administrators: {iam.amazonaws.com: "111111111111"}',
    ),
    "sso.amazonaws.com is delegated but missing from trusted_access": (
        "delegated_administrators: {}",
        'delegated_administrators: {sso.amazonaws.com: "222222222222"}',
    ),
    "an account id appears twice": ('id: "200000000001"', 'id: "222222222222"'),
    "lacks 'accounts'": ("accounts:\n", "people:\n"),
    "is not valid YAML": ("organization:\n", "organization: [\n"),
}


@pytest.mark.parametrize("sentence", MISTAKES)
def test_a_mistake_is_reported_with_the_file(sentence: str, tmp_path: Path) -> None:
    """One sentence names the problem."""
    right, wrong = MISTAKES[sentence]
    content = ORGANIZATION.read_text(encoding="utf-8")
    assert right in content
    changed = tmp_path / "organization.yaml"
    changed.write_text(content.replace(right, wrong), encoding="utf-8")

    with pytest.raises(InvalidSample) as invalid:
        read_sample(changed)

    assert str(invalid.value).startswith(str(changed))
    assert sentence in str(invalid.value)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    """The message has the reason of the operating system."""
    with pytest.raises(InvalidSample, match=r"nowhere.yaml cannot be read: No such file"):
        read_sample(tmp_path / "nowhere.yaml")
