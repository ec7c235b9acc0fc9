"""Broken answers at the function: it logs ``audit.failed`` with one sentence, and raises the product's own error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from regionproof import handler, invocation, wiring
from regionproof.errors import RegionProofError
from regionproof.settings import asset
from regionproof.settings.origin import Origin
from tests.broken_answers.matrix import CELLS, Blast, Setting, sample
from tests.broken_answers.running import BUCKET, LIMITS, SETTINGS, TOPIC_ARN, slots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.broken_answers.running import Slot

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class _Context:
    """What Lambda hands over besides the event."""

    aws_request_id: str = "request-1"
    function_name: str = "RegionProofAuditFunction"
    memory_limit_in_mb: str = "512"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time of a whole run."""
        return 900_000


@pytest.fixture
def function(configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slot]:
    """Return the place of the worlds that the function meets."""
    monkeypatch.setattr(wiring, "Limits", lambda: LIMITS)
    monkeypatch.setattr(invocation, "ASSET_ROOT", tmp_path)
    for name, text in asset.files_of(SETTINGS[Setting.BY_ROLE], Origin()).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    variables = {"TOPIC_ARN": TOPIC_ARN, "LEDGER_BUCKET": BUCKET}
    for name, value in variables.items():
        monkeypatch.setenv(f"REGIONPROOF_{name}", value)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "RegionProof")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "regionproof")
    with slots(1, configuration) as (slot,):
        monkeypatch.setenv("AWS_PROFILE", slot.profile(Setting.BY_ROLE))
        yield slot


def invoke() -> dict[str, Any]:
    """Invoke the function with the event of the schedule."""
    context: Any = _Context()
    return handler.lambda_handler({}, context)


def test_a_run_that_fails_says_so_in_its_log(
    function: Slot, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    """One line ``audit.failed`` with the sentence, for the alarm and for anyone who reads the log."""
    wanted = [cell for cell in CELLS if cell.row.blast is Blast.RUN and cell.row.setting is Setting.BY_ROLE]
    never_right = [c for c in wanted if not c.kind.may_be_read and not c.row.second_run]
    quick = [c for c in never_right if c.kind.family in {"error", "document"} and not c.kind.name.endswith("500")]
    for cell in sample(quick)[::3]:
        function.empty(cell, Setting.BY_ROLE)
        with subtests.test(cell=str(cell)), function.breaking():
            with pytest.raises(RegionProofError) as failure:
                invoke()
            lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
            (failed,) = [line for line in lines if line.get("message") == "audit.failed"]
            assert failed["reason"] == str(failure.value) != ""
    function.empty(None, Setting.BY_ROLE)
    assert invoke()["summary"]["accounts_not_audited"] == 0
