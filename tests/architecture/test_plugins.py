"""A new rule, probe or publisher is one file and its test."""

from __future__ import annotations

import pytest

from .sources import PACKAGE, REPOSITORY

NO_PLUGINS = {"__init__", "declaration"}
FOLDERS = ("rules", "probes", "publishers", "aws")
MODULES = [
    (folder, file.stem)
    for folder in FOLDERS
    for file in sorted((PACKAGE / folder).glob("*.py"))
    if file.stem not in NO_PLUGINS
]


@pytest.mark.parametrize(("folder", "module"), MODULES, ids=lambda part: part)
def test_every_module_has_its_test(folder: str, module: str) -> None:
    """Of the same name, in the folder of the same name."""
    assert (REPOSITORY / "tests" / folder / f"test_{module}.py").is_file()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_test_has_its_module(folder: str) -> None:
    """A test of something that is gone tests nothing."""
    known = {module for found, module in MODULES if found == folder} | {f"all_{folder}"}
    tests = {file.stem.removeprefix("test_") for file in (REPOSITORY / "tests" / folder).glob("test_*.py")}
    assert tests <= known
