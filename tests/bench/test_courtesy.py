"""What the benchmark says of quotas: those that are shared, and every call above one."""

from __future__ import annotations

import pytest

from bench.courtesy import Courtesy, above_a_quota, courtesy
from bench.measurement import Contest, Cores

SIZE = 8


@pytest.mark.network
@pytest.mark.parametrize(
    ("contender", "way_in", "regions_are_shared"),
    [("whole-run", "AssumeRole", False), ("whole-run-by-root", "AssumeRoot", True)],
)
def test_the_calls_that_share_a_quota_are_named(contender: str, way_in: str, regions_are_shared: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """By role each member asks for its Regions on its own quota; by root sessions all ask on the caller's."""
    found = courtesy(Contest("polite", contender, SIZE), Cores.of_this_machine()).most_calls_in_a_second
    assert {way_in, "BatchImportFindings", "ListAccounts"} <= found.keys()
    assert ("ListRegions" in found) == regions_are_shared


def test_a_throttled_call_is_told_with_its_quota() -> None:
    """And a run without one is not."""
    polite = Courtesy("polite", 1_000, {}, {"BatchImportFindings": 19})
    rude = Courtesy("rude", 100, {"ListRegions": 2}, {"ListRegions": 8})
    assert above_a_quota([polite]) == []
    (told,) = above_a_quota([polite, rude])
    assert "rude, 100 accounts: ListRegions 2 times throttled" in told
    assert "ListRegions 8 (quota 5/s, 5 at once)" in told
