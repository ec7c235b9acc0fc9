"""The shipped ``regionproof.yaml`` and the schema that an editor checks it with."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import jsonschema
import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Annotations, Match
from ruamel.yaml import YAML

from regionproof.settings.problems import SettingsError
from regionproof.settings.reading import parse_settings, parse_with_origin
from regionproof.settings.schema import editor_schema
from regionproof.settings.shape import Deployment, Settings
from stacks import synth_warnings

from .synthesis import ROOT

SCHEMA = ROOT / "docs" / "regionproof.schema.json"
SHIPPED = (ROOT / "regionproof.yaml").read_text(encoding="utf-8")


def uncommented(text: str) -> str:
    """Turn the examples on: comment lines that are indented like the keys around them."""
    without_empty = re.sub(r": (\[\]|\{\})\n(?= *#  )", ":\n", text)
    return re.sub(r"^( *)#(  +)", r"\1 \2", without_empty, flags=re.MULTILINE).replace("# approved:", "approved:")


def plain(text: str) -> Any:
    """Return a YAML text as JSON spells it, as an editor's schema check sees it."""
    return json.loads(json.dumps(YAML(typ="safe").load(text), default=str))


def test_schema_in_the_docs_is_the_one_of_the_code() -> None:
    """The file is generated, never edited."""
    cure = "python -m regionproof.settings.schema > docs/regionproof.schema.json"
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == editor_schema(), f"stale: run `{cure}`"


def test_schema_is_a_valid_json_schema() -> None:
    """An editor silently ignores a schema that is none."""
    jsonschema.Draft202012Validator.check_schema(editor_schema())


def test_shipped_settings_name_their_schema_on_the_first_line() -> None:
    """The editor finds the schema by this line."""
    assert SHIPPED.splitlines()[0] == "# yaml-language-server: $schema=docs/regionproof.schema.json"
    assert SCHEMA.is_file()


def test_shipped_settings_show_the_defaults() -> None:
    """Deleting a line changes nothing; only the placeholder of the root is not a default."""
    assert parse_settings(SHIPPED) == Settings(
        deployment=Deployment(organization_id="o-exampleorgid", roll_out_to=("r-abcd",))
    )


def test_shipped_settings_name_every_section_and_every_setting() -> None:
    """A newcomer finds every setting in the file."""
    document = plain(uncommented(SHIPPED))
    assert document.keys() == {field.name for field in dataclasses.fields(Settings)}
    definitions = editor_schema()["$defs"]
    missing = {
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key in definition["properties"]
        if not re.search(rf"^[ #-]*{re.escape(key)}:", SHIPPED, re.MULTILINE)
    }
    assert missing == set()


@pytest.mark.parametrize("text", [SHIPPED, uncommented(SHIPPED)], ids=["shipped", "examples on"])
def test_shipped_settings_and_their_examples_are_valid(text: str) -> None:
    """For the reading that synth does, and for the editor."""
    parse_settings(text)
    jsonschema.validate(plain(text), editor_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("setting", "least"), [("open_findings_every_days", 1), ("exemptions_ending_within_days", 0)])
@pytest.mark.parametrize("wrong", ["-1", "366", "7.5", "'7'", "true", "weekly"])
def test_days_of_reminders_are_whole_numbers_within_a_year(setting: str, least: int, wrong: str) -> None:
    """Every wrong number gets the same sentence, with what was there."""
    with pytest.raises(
        SettingsError, match=rf"reminders\.{setting}: expected a whole number from {least} to 365 \(got "
    ):
        parse_settings(f"reminders: {{{setting}: {wrong}}}\n")
    for right in (least, 365):
        assert getattr(parse_settings(f"reminders: {{{setting}: {right}}}\n").reminders, setting) == right


def test_editor_knows_the_bounds_of_the_days() -> None:
    """It marks the number before anything is deployed."""
    days = editor_schema()["$defs"]["Reminders"]["properties"]
    assert {name: (day["type"], day["minimum"], day["maximum"]) for name, day in days.items()} == {
        "open_findings_every_days": ("integer", 1, 365),
        "exemptions_ending_within_days": ("integer", 0, 365),
    }


def test_examples_are_really_turned_on() -> None:
    """The test above would prove nothing if the examples stayed comments."""
    settings = parse_settings(uncommented(SHIPPED))
    assert settings.exemptions
    assert settings.rules.regions_1.approved
    assert settings.rules.regions_1.accounts
    assert settings.rules.regions_1.organizational_units


def test_what_may_be_a_mistake_in_the_file_is_a_warning_at_synth() -> None:
    """With its line, as the CDK CLI shows it."""
    stack = Stack(App(), "Any")
    _, origin = parse_with_origin("rules: {Regions.1: {approved: [eu-south-9]}}\n")
    synth_warnings.warn_about_file(stack, origin.warnings)
    (found,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert "line 1: rules.Regions.1.approved[0]: this version does not know the Region eu-south-9" in str(
        found.entry.data
    )
