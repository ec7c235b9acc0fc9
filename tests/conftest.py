"""What holds for every test: no network unless the test says so, and nothing of this machine's AWS set-up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from pytest_socket import disable_socket, enable_socket

from .support.scheduling import SharedWorkers, longest_first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedWorkers:
    """Share workers as ``scheduling`` says."""
    return SharedWorkers(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=longest_first)


@pytest.fixture(autouse=True)
def _no_network_unless_marked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse sockets to every test that does not carry the marker ``network``."""
    if request.node.get_closest_marker("network"):
        yield
        return
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def _no_aws_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the credentials, profiles and endpoints that this machine may have."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_", "REGIONPROOF_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
