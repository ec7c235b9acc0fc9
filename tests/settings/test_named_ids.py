"""The ids that settings name: none is missed, and each is known by its place in the file."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from regionproof.settings.formats import AccountId, Format, OrganizationalUnitId, TargetId
from regionproof.settings.named_ids import named_ids
from regionproof.settings.reading import parse_with_origin, read_settings
from regionproof.settings.shape import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERYTHING = """\
scope:
  organizational_units: [ou-ab12-11111111]
  exclude_organizational_units:
    - ou-ab12-22222222
    - ou-ab12-33333333
  exclude_accounts: ["111111111111"]
rules:
  Regions.1:
    organizational_units:
      ou-ab12-44444444: []
    accounts:
      # Hong Kong, for a while
      "222222222222": [ap-east-1]
exemptions:
  - rule: STS.1
    account: "333333333333"
    owner: payments
    reason: a device
    until: 2027-03-31
deployment:
  roll_out_to: [r-ab12]
"""
PLACES = {
    "scope.organizational_units[0]": 2,
    "scope.exclude_organizational_units[0]": 4,
    "scope.exclude_organizational_units[1]": 5,
    "scope.exclude_accounts[0]": 6,
    "rules.Regions.1.organizational_units.ou-ab12-44444444": 10,
    "rules.Regions.1.accounts.222222222222": 13,
    "exemptions[0].account": 16,
    "deployment.roll_out_to[0]": 21,
}


def test_every_id_is_found_with_its_line() -> None:
    """In lists, as keys, and in exemptions; comments and the order of keys do not matter."""
    settings, origin = parse_with_origin(EVERYTHING, "my.yaml")
    assert [named.path for named in named_ids(settings, settings.deployment.roll_out_to)] == list(PLACES)
    assert origin.lines == PLACES
    assert (origin.file, origin.roll_out_to) == ("my.yaml", ("r-ab12",))


def test_no_setting_that_takes_such_an_id_is_forgotten() -> None:
    """A new one must be looked for as well: it gets a line in the file above."""
    named = {tuple(re.sub(r"\[.*", "", path).replace("Regions.1", "regions_1").split(".")) for path in PLACES}
    for taken in _settings_of_ids(Settings, ()):
        assert [path for path in named if path[: len(taken)] == taken or taken[:1] == path[:1] == ("exemptions",)]


def test_the_settings_that_take_such_an_id_are_found() -> None:
    """A test of the test before."""
    assert len(set(_settings_of_ids(Settings, ()))) == 7


def _settings_of_ids(shape: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the place of each field of the shape that takes ids of accounts, units or roots."""
    formats = {get_args(kind)[1] for kind in (AccountId, OrganizationalUnitId, TargetId)}
    hints = get_type_hints(shape, include_extras=True)
    for field in fields(shape):
        for part in _parts(hints[field.name]):
            if isinstance(part, type) and is_dataclass(part):
                yield from _settings_of_ids(part, (*path, field.name))
            elif isinstance(part, Format) and part in formats:
                yield (*path, field.name)


def _parts(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        yield from _parts(part)


def test_an_entry_is_the_same_wherever_it_stands_in_its_list() -> None:
    """People hear of it once, also if someone adds an entry before it."""
    first, _ = parse_with_origin('scope: {exclude_accounts: ["111111111111"]}\n')
    second, _ = parse_with_origin('scope: {exclude_accounts: ["222222222222", "111111111111"]}\n')
    assert [one.key for one in named_ids(first)] == [[*named_ids(second)][1].key]


def test_two_exemptions_of_one_account_are_two_entries() -> None:
    """Each rule has its own."""
    exemption = '{{account: "111122223333", rule: {}, owner: a, reason: b, until: 2027-03-31}}'
    text = f"exemptions: [{exemption.format('STS.1')}, {exemption.format('Regions.1')}]\n"
    assert len({one.key for one in named_ids(parse_with_origin(text)[0])}) == 2


def test_a_file_is_its_own_origin(tmp_path: Path) -> None:
    """An error names it as the person did."""
    file = tmp_path / "my.yaml"
    file.write_text(EVERYTHING, encoding="utf-8")
    assert read_settings(file)[1].file == str(file)
