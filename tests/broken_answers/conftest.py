"""What the tests of broken answers share: quick clients, and a configuration of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.service_models import read_service_models_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def _read_the_models_of_services_once() -> Iterator[None]:
    with read_service_models_once():
        yield


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the configuration file of AWS is to be written."""
    file = tmp_path / "aws-config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    return file
