"""One local AWS with RegionProof installed for all tests of faults, crashes and rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.process import LocalAws
from tests.faults.fault_free import FaultFree
from tests.faults.installation import ORGANIZATION
from tests.faults.stage import Stage
from tests.support.service_models import read_service_models_once

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def _read_the_models_of_services_once() -> Iterator[None]:
    with read_service_models_once():
        yield


@pytest.fixture(scope="session")
def installed() -> Iterator[Stage]:
    """Start the local AWS and install RegionProof once."""
    with LocalAws(ORGANIZATION) as aws:
        yield Stage(aws)


@pytest.fixture(scope="session")
def fault_free(installed: Stage) -> FaultFree:
    """Record a first run and a second one, without faults."""
    installed.aws.clear_faults()
    installed.forget()
    return FaultFree.record(installed)


@pytest.fixture
def stage(installed: Stage, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Return RegionProof before its first run, with clients of its own. A test that fails leaves it installed again."""
    installed.aws.clear_faults()
    installed.forget()
    installed.let_clients_go()
    failed_before = request.session.testsfailed
    yield installed
    if request.session.testsfailed > failed_before:
        installed.begin_anew()
