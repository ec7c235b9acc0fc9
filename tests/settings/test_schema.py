"""The editor's schema: made of the declaration, and of one mind with the reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from regionproof.settings.problems import SettingsError
from regionproof.settings.reading import parse_settings
from regionproof.settings.schema import editor_schema

REPOSITORY = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(editor_schema())

ACCEPTED = {
    "nothing": "{}",
    "the file of the repository": (REPOSITORY / "regionproof.yaml").read_text(encoding="utf-8"),
    "rules by their ids": "rules: {STS.1: {require: when-opt-in}, Regions.1: {approved: [eu-south-1]}}",
    "a list of an account": 'rules: {Regions.1: {accounts: {"111122223333": []}}}',
    "a list of a unit": "rules: {Regions.1: {organizational_units: {ou-ab12-11112222: [ap-east-1]}}}",
    "a scope": 'scope: {exclude_accounts: ["111122223333"], organizational_units: [ou-ab12-11112222]}',
    "an exemption": (
        'exemptions: [{account: "111122223333", rule: STS.1, owner: payments, reason: a device, until: "2027-03-31"}]'
    ),
    "a deployment": "deployment: {account: delegated-administrator, roll_out_to: [r-ab12]}",
    "a processor": "deployment: {architecture: x86_64}",
    "a ledger of before": "deployment: {ledger_bucket: regionproof-ledgerbucket-1a2b3c}",
    "a log": "logs: {level: DEBUG, retention_days: 365}",
}
REFUSED = {
    "an unknown section": "sheduel: {}",
    "an unknown key": "scope: {exclude_account: []}",
    "a rule by its Python name": "rules: {sts_1: {}}",
    "an unknown choice": "rules: {STS.1: {require: never}}",
    "a word in place of a list": "scope: {exclude_accounts: all}",
    "an account id without quotes": "scope: {exclude_accounts: [111122223333]}",
    "a short account id": 'scope: {exclude_accounts: ["123"]}',
    "an account id of a list that is none": "rules: {Regions.1: {accounts: {orders: []}}}",
    "a unit that is none": "scope: {organizational_units: [Production]}",
    "a role name with a path": "member_role: {name: a/b}",
    "an exemption without an end": 'exemptions: [{account: "111122223333", rule: STS.1, owner: a, reason: b}]',
    "an exemption from an unknown rule": (
        'exemptions: [{account: "111122223333", rule: STS.9, owner: a, reason: b, until: "2027-03-31"}]'
    ),
    "an unknown processor": "deployment: {architecture: arm}",
    "an ARN in place of a bucket": "deployment: {ledger_bucket: 'arn:aws:s3:::ledger'}",
    "a retention that does not exist": "logs: {retention_days: 91}",
    "yes in place of true": "schedule: {enabled: 'yes'}",
}


def _document(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_read_is_right_in_the_editor(text: str) -> None:
    """No line that works is underlined."""
    parse_settings(text)
    assert [error.message for error in VALIDATOR.iter_errors(_document(text))] == []


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_the_editor_underlines_is_refused(text: str) -> None:
    """And the other way round."""
    assert not VALIDATOR.is_valid(_document(text))
    with pytest.raises(SettingsError):
        parse_settings(text)


def test_every_key_is_explained() -> None:
    """The editor shows the sentence that is under the field, or that of the section it opens."""
    schema = editor_schema()
    sections = schema["$defs"]
    keys = [item for shape in (schema, *sections.values()) for item in shape.get("properties", {}).items()]
    assert [name for name, key in keys if not key.get("description") and "$ref" not in str(key)] == []
    assert [name for name, section in sections.items() if not section.get("description")] == []
