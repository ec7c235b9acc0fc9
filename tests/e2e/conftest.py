"""One deployment for all tests that only look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .stage import Stage, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

SELDOM = "rate(1 day)"
"""A schedule that does not fire while the tests run."""


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Return a deployment whose schedule does not interfere."""
    with deployed(SELDOM) as stage:
        yield stage
