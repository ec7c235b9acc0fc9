"""The settings in the zip, as the function logs what may be wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .support.aws_stub import local_aws
from .support.invocations import invoke
from .test_handler import ENVIRONMENT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network


def test_settings_that_may_be_wrong_are_in_the_log_and_the_metrics(tmp_path: Path) -> None:
    """What is accepted with a warning, and what the organization does not have; each with its line."""
    settings: dict[str, Any] = {"rules": {"regions_1": {"organizational_units": {"ou-ab12-99999999": []}}}}
    path = "rules.Regions.1.organizational_units.ou-ab12-99999999"
    origin: dict[str, Any] = {"file": "my.yaml", "lines": {path: 6}, "warnings": ["line 9: a Region that is not known"]}
    with local_aws() as aws:
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url, "POWERTOOLS_LOG_LEVEL": "INFO"}
        ran = invoke(tmp_path, [{}], environment, json.dumps(settings), json.dumps(origin))
    warned = {line["message"]: line for line in ran.logged if line["level"] == "WARNING"}
    assert (warned["settings.warning"]["file"], warned["settings.warning"]["reason"]) == (
        "my.yaml",
        origin["warnings"][0],
    )
    idle = warned["settings.without_effect"]
    assert (idle["kind"], idle["path"], idle["line"], idle["named"]) == ("UNKNOWN", path, 6, "ou-ab12-99999999")
    assert [line["SettingsWithoutEffect"] for line in ran.metrics if "SettingsWithoutEffect" in line] == [[1.0]]


def test_a_scope_that_is_not_there_fails_the_call_with_its_line(tmp_path: Path) -> None:
    """So that the failure reaches the alarm and the dead-letter queue; nothing is published."""
    settings = {"scope": {"organizational_units": ["ou-ab12-99999999"]}}
    origin = {"file": "my.yaml", "lines": {"scope.organizational_units[0]": 6}}
    with local_aws() as aws:
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}
        ran = invoke(tmp_path, [{}], environment, json.dumps(settings), json.dumps(origin))
        assert {"Publish", "BatchImportFindings", "PutObject"}.isdisjoint(aws.asked)
    (failed,) = [line for line in ran.logged if line["message"] == "audit.failed"]
    assert "my.yaml, line 6, scope.organizational_units[0]: organization o-exampleorg has no " in failed["reason"]
    assert ran.outcomes[0]["error"]
