"""One local AWS for all emulator tests. Each test starts from the sample organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.process import LocalAws
from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def running_aws() -> Iterator[LocalAws]:
    """Start the local AWS once, with scheduler minutes of one second."""
    with LocalAws(options=("--scheduler-minute", "1")) as aws:
        yield aws


@pytest.fixture
def aws(running_aws: LocalAws) -> LocalAws:
    """Return the local AWS, reset to the sample organization."""
    running_aws.reset()
    return running_aws


@pytest.fixture
def management(aws: LocalAws) -> Identity:
    """Return the root user of the management account."""
    return Identity(aws.endpoint_url, MANAGEMENT)


@pytest.fixture
def audit(aws: LocalAws) -> Identity:
    """Return the root user of the audit account, Security Tooling."""
    return Identity(aws.endpoint_url, AUDIT)


@pytest.fixture
def member(aws: LocalAws) -> Identity:
    """Return the root user of an ordinary member."""
    return Identity(aws.endpoint_url, MEMBER)
