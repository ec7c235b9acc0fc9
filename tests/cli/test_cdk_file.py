"""The qualifier of the CDK bootstrap, as ``cdk.json`` names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regionproof.cli.cdk_file import bootstrap_qualifier
from regionproof.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path

KEY = "@aws-cdk/core:bootstrapQualifier"


def read(folder: Path, content: str) -> str:
    """Return the qualifier of a file with this content."""
    file = folder / "cdk.json"
    file.write_text(content, encoding="utf-8")
    return bootstrap_qualifier(file)


def test_a_qualifier_in_the_context_is_taken(tmp_path: Path) -> None:
    """https://github.com/aws/aws-cdk-cli/issues/817."""
    assert read(tmp_path, f'{{"context": {{"{KEY}": "accel"}}}}') == "accel"


@pytest.mark.parametrize("content", ["{}", '{"context": {}}', '{"context": null}', "[]"])
def test_without_one_it_is_the_default_of_the_cdk(tmp_path: Path, content: str) -> None:
    """So it is without the file, as in another folder."""
    assert read(tmp_path, content) == "hnb659fds"
    assert bootstrap_qualifier(tmp_path / "none.json") == "hnb659fds"


@pytest.mark.parametrize("content", ["{", "\x00", "[" * 100_000])
def test_a_file_that_is_no_json_is_one_sentence(tmp_path: Path, content: str) -> None:
    """The CDK CLI could not read it either."""
    with pytest.raises(SetupError, match=r"cdk\.json cannot be read as JSON"):
        read(tmp_path, content)


@pytest.mark.parametrize("qualifier", ["1", '""', '"a b"', '"elevenchars"', "null", '["accel"]'])
def test_an_impossible_qualifier_is_refused_by_name(tmp_path: Path, qualifier: str) -> None:
    """It would look up another parameter, or none."""
    with pytest.raises(SetupError, match="bootstrapQualifier"):
        read(tmp_path, f'{{"context": {{"{KEY}": {qualifier}}}}}')
