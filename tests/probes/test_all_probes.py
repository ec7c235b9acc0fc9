"""What holds for every probe, the ones to come included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore.session
import pytest

import regionproof.probes
from regionproof.domain.facts import Fact, RegionOptStatuses, TokenVersion
from regionproof.probes import all_probes, probes_for
from regionproof.rules import all_rules

if TYPE_CHECKING:
    from regionproof.probes.declaration import Probe

ALL = all_probes()
IDS = [probe.call for probe in ALL]


class FactOfNobody(Fact):
    """A kind of fact that no probe reads."""


@pytest.mark.parametrize("probe", ALL, ids=IDS)
def test_the_call_and_the_actions_exist(probe: Probe) -> None:
    """Each is an operation of a service that botocore knows, with its IAM prefix."""
    session = botocore.session.get_session()
    for action in {probe.call, *probe.actions}:
        prefix, operation = action.split(":")
        model = session.get_service_model(probe.service)
        assert prefix == model.signing_name
        assert operation in model.operation_names


@pytest.mark.parametrize("probe", ALL, ids=IDS)
def test_a_probe_only_reads(probe: Probe) -> None:
    """The audit changes nothing in any account."""
    assert all(action.split(":")[1].startswith(("Get", "List", "Describe")) for action in probe.actions)


@pytest.mark.parametrize("probe", ALL, ids=IDS)
def test_the_call_is_among_the_actions(probe: Probe) -> None:
    """What the finding names is what the role must allow."""
    assert probe.call in probe.actions


def test_every_fact_that_a_rule_needs_is_read_by_one_probe() -> None:
    """No rule waits for a fact that nobody reads, and no two probes read the same."""
    kinds = [probe.fact for probe in ALL]
    assert len(kinds) == len(set(kinds))
    assert {kind for rule in all_rules() for kind in rule.needs} <= set(kinds)


def test_probes_are_chosen_by_the_facts_that_are_needed() -> None:
    """Nothing else is read."""
    assert [probe.call for probe in probes_for({TokenVersion})] == ["iam:GetAccountSummary"]
    assert [probe.call for probe in probes_for({RegionOptStatuses, TokenVersion})] == IDS
    assert probes_for(frozenset()) == ()


def test_a_fact_that_no_probe_reads_is_an_error() -> None:
    """It names the fact."""
    with pytest.raises(LookupError, match="no probe reads FactOfNobody"):
        probes_for({FactOfNobody, TokenVersion})


def test_a_folder_that_can_not_be_looked_into_is_no_folder_without_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no file descriptor is left."""
    with monkeypatch.context() as moved:
        moved.setattr(regionproof.probes, "__path__", ["/nowhere"])
        all_probes.cache_clear()
        with pytest.raises(LookupError, match="no probe was found"):
            all_probes()
    assert all_probes() == ALL
