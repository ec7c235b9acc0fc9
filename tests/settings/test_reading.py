"""``regionproof.yaml``: what is right is read, and everything that is wrong is reported at once, with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.settings import yaml_reading
from regionproof.settings.problems import SettingsError
from regionproof.settings.reading import parse_settings, parse_with_origin, read_settings
from regionproof.settings.shape import Settings
from regionproof.settings.yaml_reading import LARGEST_FILE

from .wrong_settings import EXEMPTION, REGIONS, WRONG, Wrong


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_each_kind_of_error_is_one_sentence_with_its_place(wrong: Wrong) -> None:
    """And it is the only one that is told."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(wrong.text, "my.yaml")
    first, *problems = str(caught.value).splitlines()
    assert first == "my.yaml: 1 error"
    assert len(problems) == 1
    assert wrong.said in problems[0]


def test_all_errors_are_told_at_once_each_with_its_line_and_path() -> None:
    """In the order of the file, so one pass fixes all."""
    text = f"""\
schedule:
  expression: daily
scope:
  exclude_accounts: ["123"]
rules:
  STS.1: {{require: never}}
  STS.3: {{}}
exemptions:
  - {EXEMPTION.replace("2027-03-31", "soon")}
"""
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    places = [(problem.line, problem.path) for problem in caught.value.problems]
    assert places == [
        (2, "schedule.expression"),
        (4, "scope.exclude_accounts[0]"),
        (6, "rules.STS.1.require"),
        (7, "rules.STS.3"),
        (9, "exemptions[0].until"),
    ]
    assert str(caught.value).startswith("regionproof.yaml: 5 errors\n  line 2: schedule.expression: expected")


def test_an_exemption_given_twice_is_told_at_both_places() -> None:
    """Which of the two holds would be anyone's guess."""
    text = f"exemptions:\n  - {EXEMPTION}\n  - {EXEMPTION.replace('STS.1', 'Regions.1')}\n  - {EXEMPTION}\n"
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [
        (2, "exemptions[0]"),
        (4, "exemptions[2]"),
    ]
    assert "111122223333 is exempt from STS.1 more than once" in str(caught.value)


def test_a_long_value_is_shown_in_part() -> None:
    """The sentence stays readable."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(f"logs: {{level: {'x' * 5000}}}\n")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing but a comment\n", "---\n", "{}", "scope:\nrules:\n  STS.1:\nexemptions:\nlogs:\n"]
)
def test_what_is_left_out_means_the_default(text: str) -> None:
    """An empty file, and sections whose lines are all commented out."""
    assert parse_settings(text) == Settings()


def test_everything_that_can_be_said_is_read() -> None:
    """Each value where it belongs."""
    read = parse_settings(
        f"""\
scope: {{organizational_units: [ou-ab12-11112222], exclude_accounts: ["000122223333"]}}
member_role: {{name: Reader}}
rules:
  STS.1: {{enabled: false, require: when-opt-in}}
  Regions.1:
    approved: [eu-south-1]
    organizational_units: {{ou-ab12-11112222: []}}
    accounts: {{"111122223333": [me-south-1, me-central-1]}}
exemptions: [{EXEMPTION}]
publish: {{security_hub: {{enabled: false}}}}
alerts: {{emails: [cloud@example.com]}}
schedule: {{enabled: false, expression: rate(12 hours), time_zone: Europe/Berlin}}
logs: {{level: DEBUG, retention_days: 3653}}
deployment: {{account: delegated-administrator, roll_out_to: [r-ab12]}}
"""
    )
    assert read.scope.exclude_accounts == ("000122223333",)
    assert read.rules.sts_1.require == "when-opt-in"
    assert read.rules.regions_1.organizational_units == {"ou-ab12-11112222": ()}
    assert read.rules.regions_1.accounts == {"111122223333": ("me-south-1", "me-central-1")}
    assert read.exemptions[0].until == date(2027, 3, 31)
    assert (read.schedule.expression, read.schedule.enabled) == ("rate(12 hours)", False)
    assert read.alerts.emails == ("cloud@example.com",)


def test_an_empty_list_of_approved_regions_is_not_none() -> None:
    """It approves none; leaving it out means that the rule does not apply."""
    assert parse_settings(f"{REGIONS}approved: []\n").rules.regions_1.approved == ()
    assert parse_settings(f"{REGIONS}approved:\n").rules.regions_1.approved is None


@pytest.mark.parametrize(
    "expression",
    ["cron(0 6 * * ? *)", "cron(0/15 6-18 ? * MON-FRI *)", "cron(0 6 L * ? *)", "rate(1 day)", "rate(90 minutes)"],
)
def test_schedules_of_eventbridge_scheduler_are_read(expression: str) -> None:
    """As they stand."""
    assert parse_settings(f"schedule: {{expression: '{expression}'}}\n").schedule.expression == expression


def test_a_date_may_stand_in_quotes() -> None:
    """Both spellings mean the same day."""
    quoted = EXEMPTION.replace("2027-03-31", '"2027-03-31"')
    assert parse_settings(f"exemptions: [{quoted}]\n") == parse_settings(f"exemptions: [{EXEMPTION}]\n")


@pytest.mark.parametrize("region", ["eu-south-9", "nz-central-1", "us-gov-south-1", "eusc-fr-west-1"])
def test_a_region_that_is_newer_than_this_version_is_accepted_with_a_warning(region: str) -> None:
    """As it stands: it is never taken for another one."""
    text = f"{REGIONS}approved: [eu-south-1]\n    accounts:\n      '111122223333': [{region}]\n"
    read, origin = parse_with_origin(text)
    assert read.rules.regions_1.accounts == {"111122223333": (region,)}
    (warning,) = origin.warnings
    assert warning.startswith(
        "line 5: rules.Regions.1.accounts.111122223333[0]: this version does not know the Region "
    )
    assert f" {region}; it is used as written" in warning


def test_the_longest_words_of_an_exemption_are_read() -> None:
    """200 characters of an owner, 500 of a reason."""
    text = EXEMPTION.replace("payments", "p" * 200).replace("a device", "d" * 500)
    assert len(parse_settings(f"exemptions: [{text}]\n").exemptions[0].reason) == 500


def test_a_file_that_is_too_large_is_an_error_before_it_is_read(tmp_path: Path) -> None:
    """1 MiB is more than settings take."""
    file = tmp_path / "regionproof.yaml"
    file.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(SettingsError, match="1 error\n  is larger than 1024 KiB"):
        read_settings(file)
    with pytest.raises(SettingsError, match="1 error\n  is larger than 1024 KiB"):
        read_settings(Path("/dev/zero"))
    file.write_bytes(b"#" * LARGEST_FILE)
    assert read_settings(file)[0] == Settings()


def test_a_file_with_too_many_values_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time and memory are bounded, however short its values are."""
    monkeypatch.setattr(yaml_reading, "MOST_NODES", 500)
    with pytest.raises(SettingsError, match="there are more than 500 keys and values up to here"):
        parse_settings(f"scope: {{exclude_accounts: [{'x,' * 500}]}}\n")


def test_a_file_with_very_many_errors_names_the_first_ones() -> None:
    """The message stays readable."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(f"scope: {{exclude_accounts: [{'x,' * 500}]}}\n")
    assert len(caught.value.problems) == 100
    assert str(caught.value).startswith("regionproof.yaml: 100 errors or more; these are the first\n")


@pytest.mark.parametrize(
    "text",
    ["logs: !!python/object/apply:os.getcwd []\n", "logs: !!python/name:os.system\n", "alerts: {emails: &a [*a]}\n"],
)
def test_nothing_in_a_file_is_ever_run(text: str) -> None:
    """Tags that make objects in other readers are plain values here, and so are loops."""
    with pytest.raises(SettingsError):
        parse_settings(text)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("{}[]:,&*!|>'\"%@`#- \n\tab1", max_size=60))
def test_no_text_crashes_the_reader(text: str) -> None:
    """It is settings, or an error in words."""
    try:
        outcome: Settings | SettingsError = parse_settings(text)
    except SettingsError as error:
        outcome = error
    assert isinstance(outcome, Settings) or outcome.problems


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    """It names the file."""
    with pytest.raises(SettingsError, match=r"none\.yaml: 1 error\n  the file does not exist; copy regionproof\.yaml"):
        read_settings(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"logs: \xe9\n"])
def test_a_file_that_is_not_utf_8_is_an_error(tmp_path: Path, content: bytes) -> None:
    """In words."""
    file = tmp_path / "regionproof.yaml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="cannot be read: 'utf-8' codec"):
        read_settings(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """In words."""
    with pytest.raises(SettingsError, match=r"cannot be read: .*Is a directory"):
        read_settings(tmp_path)


@pytest.mark.parametrize("content", ["logs: {level: ERROR}\r\n", "\N{ZERO WIDTH NO-BREAK SPACE}logs: {level: ERROR}\n"])
def test_files_of_other_editors_are_read(tmp_path: Path, content: str) -> None:
    """Line ends of Windows and a byte order mark."""
    file = tmp_path / "regionproof.yaml"
    file.write_bytes(content.encode())
    assert read_settings(file)[0].logs.level == "ERROR"
