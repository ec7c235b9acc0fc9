"""How many accounts are read at once: as many as wanted, and no more than the process can bear."""

from __future__ import annotations

import pytest

from regionproof.runtime import accounts_at_once

LAMBDAS_DESCRIPTORS = 1024


@pytest.mark.parametrize(
    ("wanted", "memory_mib", "descriptors", "by_root", "expected"),
    [
        (100, None, LAMBDAS_DESCRIPTORS, False, 100),
        (1000, None, LAMBDAS_DESCRIPTORS, False, 520),
        (1000, None, 65536, False, 1000),
        (512, 512, LAMBDAS_DESCRIPTORS, False, 512),
        (512, 256, LAMBDAS_DESCRIPTORS, False, 384),
        (512, 128, LAMBDAS_DESCRIPTORS, False, 1),
        (512, None, 100, False, 1),
        (512, 512, LAMBDAS_DESCRIPTORS, True, 32),
        (8, 512, LAMBDAS_DESCRIPTORS, True, 8),
    ],
)
def test_the_tightest_bound_wins(
    wanted: int,
    memory_mib: int | None,
    descriptors: int,
    by_root: bool,  # noqa: FBT001
    expected: int,
) -> None:
    """Settings, memory, file descriptors, and the pace of central calls in root mode; one at the least."""
    found = accounts_at_once(wanted, memory_mib=memory_mib, descriptors=descriptors, by_root=by_root)
    assert found == expected
