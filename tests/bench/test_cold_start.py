"""The zip that is measured is one that works."""

from __future__ import annotations

import pytest

from bench.cold_start import cold_start
from bench.deployed import zipped
from regionproof.settings.shape import AuditSettings
from stacks import function_asset


@pytest.mark.network
def test_a_cold_and_a_warm_call_audit_one_account_each() -> None:
    """In the local AWS; a call that fails gives no figure."""
    seconds = cold_start(zipped(function_asset.contents(AuditSettings())), starts=1)
    assert set(seconds) == {"cold_call_seconds_in_the_emulator", "warm_call_seconds_in_the_emulator"}
    assert all(figure > 0 for figure in seconds.values())


@pytest.mark.network
def test_a_function_that_fails_gets_no_figure() -> None:
    """The zip lacks all but the settings."""
    with pytest.raises(RuntimeError, match="the function failed"):
        cold_start(zipped({"settings.json": b"{}"}), starts=1)
