"""The settings in the function's zip: what was read at synth arrives unchanged, and whom alerts go to stays behind."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING

import pytest
from dacite import DaciteError
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.settings.asset import FILE_NAME, audit_settings_of, files_of, from_json, load, load_origin, to_json
from regionproof.settings.origin import Origin
from regionproof.settings.shape import (
    Alerts,
    AuditSettings,
    Exemption,
    MemberRole,
    Publish,
    RegionsRule,
    Rules,
    Scope,
    SecurityHub,
    Settings,
    StsRule,
)

if TYPE_CHECKING:
    from pathlib import Path

ids = st.text(st.characters(categories=["Nd"], max_codepoint=127), min_size=12, max_size=12)
names = st.text(max_size=20)
lists = st.lists(names, max_size=3).map(tuple)
audit_settings = st.builds(
    AuditSettings,
    scope=st.builds(Scope, organizational_units=lists, exclude_organizational_units=lists, exclude_accounts=lists),
    member_role=st.builds(MemberRole, name=names),
    rules=st.builds(
        Rules,
        sts_1=st.builds(StsRule, enabled=st.booleans(), require=st.sampled_from(["always", "when-opt-in"])),
        regions_1=st.builds(
            RegionsRule,
            enabled=st.booleans(),
            approved=st.none() | lists,
            organizational_units=st.dictionaries(names, lists, max_size=3),
            accounts=st.dictionaries(ids, lists, max_size=3),
        ),
    ),
    exemptions=st.lists(
        st.builds(
            Exemption,
            account=ids,
            rule=st.sampled_from(["STS.1", "Regions.1", "Coverage.1"]),
            owner=names,
            reason=names,
            until=st.dates(),
        ),
        max_size=3,
    ).map(tuple),
    publish=st.builds(Publish, security_hub=st.builds(SecurityHub, enabled=st.booleans())),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(audit_settings)
def test_settings_arrive_as_they_were_sent(wanted: AuditSettings) -> None:
    """Every value, types included; and the same settings always give the same text."""
    assert from_json(to_json(wanted)) == wanted
    assert to_json(from_json(to_json(wanted))) == to_json(wanted)


def test_no_address_of_alerts_travels_with_the_function() -> None:
    """Only the deployment knows who is told. The owner of an exemption does travel, as findings name it."""
    settings_with_address = Settings(alerts=Alerts(emails=("cloud@example.com",)))
    assert "@" not in to_json(settings_with_address)
    sections = set(dataclasses.asdict(audit_settings_of(settings_with_address)))
    assert sections & {"alerts", "schedule", "logs", "deployment"} == set()
    exempt = Exemption(account="1" * 12, rule="STS.1", owner="who@example.com", reason="b", until=date(2027, 3, 31))
    assert "who@example.com" in to_json(Settings(exemptions=(exempt,)))
    assert sections >= {"scope", "member_role", "rules", "exemptions", "publish"}


def test_what_only_the_deployment_knows_does_not_change_the_asset() -> None:
    """A new address uploads no new code."""
    assert to_json(Settings(alerts=Alerts(emails=("cloud@example.com",)))) == to_json(AuditSettings())


def test_the_file_in_the_root_of_the_zip_is_loaded(tmp_path: Path) -> None:
    """By its name."""
    exemption = Exemption(account="1" * 12, rule="STS.1", owner="a", reason="b", until=date(2027, 3, 31))
    wanted = AuditSettings(exemptions=(exemption,))
    (tmp_path / FILE_NAME).write_text(to_json(wanted), encoding="utf-8")
    assert load(tmp_path) == wanted


def test_where_the_settings_come_from_travels_with_them(tmp_path: Path) -> None:
    """With the name of the file, and not the folder that it was in on someone's machine."""
    lines, warnings = {"scope.exclude_accounts[0]": 7}, ("line 3: a Region that is not known",)
    origin = Origin(file="/home/somebody/my.yaml", lines=lines, warnings=warnings, roll_out_to=("r-ab12",))
    for name, text in files_of(AuditSettings(), origin).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert load(tmp_path) == AuditSettings()
    assert load_origin(tmp_path) == dataclasses.replace(origin, file="my.yaml")


@pytest.mark.parametrize(
    "text",
    [
        '{"alerts": {"emails": []}}',
        '{"rules": {"sts_1": {"require": "never"}}}',
        '{"scope": []}',
        '{"publish": {"security_hub": {"enabled": "yes"}}}',
    ],
)
def test_a_file_that_was_not_checked_at_synth_is_refused(text: str) -> None:
    """Rather than read in part."""
    with pytest.raises(DaciteError):
        from_json(text)
