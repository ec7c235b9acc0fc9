"""The declaration of the settings: it travels with the function, and so do none of the checks."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from regionproof.settings.shape import StsRule

REPOSITORY = Path(__file__).parents[2]
CHECKS = ("pydantic", "pydantic_core", "ruamel", "email_validator", "aws_cron_expression_validator")


@pytest.mark.parametrize("module", ["settings.shape", "settings.asset", "settings.formats", "handler", "permissions"])
def test_what_runs_in_the_function_loads_none_of_the_checks(module: str) -> None:
    """Neither pydantic nor a YAML reader is in its zip."""
    program = f"import sys, regionproof.{module}; print(*sys.modules)"
    lambda_src = str(REPOSITORY / "lambda_src")
    result = subprocess.run(  # noqa: S603  # this Python, our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": lambda_src}
    )
    loaded = {name.partition(".")[0] for name in result.stdout.split()}
    assert loaded & set(CHECKS) == set()
    assert "regionproof" in loaded


def test_settings_can_not_be_changed_after_they_were_read() -> None:
    """A run sees one and the same from beginning to end."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(StsRule(), "enabled", False)  # noqa: B010  # the plain assignment does not pass the type check
