"""Promises that every probe keeps, including future ones."""

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


class UnreadableFact(Fact):
    """A kind of fact that no probe reads."""


@pytest.mark.parametrize("probe", ALL, ids=IDS)
def test_the_call_and_the_actions_exist(probe: Probe) -> None:
    """Each is an operation of the service in botocore, with its IAM prefix."""
    session = botocore.session.get_session()
    for action in {probe.call, *probe.actions}:
        prefix, operation = action.split(":")
        model = session.get_service_model(probe.service)
        assert prefix == model.signing_name
        assert operation in model.operation_names


@pytest.mark.parametrize("probe", ALL, ids=IDS)
def test_a_probe_only_reads(probe: Probe) -> None:
    """The audit does not change accounts."""
    assert all(action.split(":")[1].startswith(("Get", "List", "Describe")) for action in probe.actions)


@pytest.mark.parametrize("probe", ALL, ids=IDS)
def test_the_call_is_among_the_actions(probe: Probe) -> None:
    """The role must allow the call that a finding names."""
    assert probe.call in probe.actions


def test_every_fact_that_a_rule_needs_has_one_probe() -> None:
    """Without a probe, a rule could never decide. With two, one would overwrite the other."""
    kinds = [probe.fact for probe in ALL]
    assert len(kinds) == len(set(kinds))
    assert {kind for rule in all_rules() for kind in rule.needs} <= set(kinds)


def test_only_probes_for_the_needed_facts_are_used() -> None:
    """The audit reads nothing else."""
    assert [probe.call for probe in probes_for({TokenVersion})] == ["iam:GetAccountSummary"]
    assert [probe.call for probe in probes_for({RegionOptStatuses, TokenVersion})] == IDS
    assert probes_for(frozenset()) == ()


def test_a_fact_without_a_probe_is_an_error() -> None:
    """The error names the fact."""
    with pytest.raises(LookupError, match="no probe reads UnreadableFact"):
        probes_for({UnreadableFact, TokenVersion})


def test_a_folder_that_cannot_be_opened_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """This happens if no file descriptor is left."""
    with monkeypatch.context() as patched:
        patched.setattr(regionproof.probes, "__path__", ["/nowhere"])
        all_probes.cache_clear()
        with pytest.raises(LookupError, match="no probe was found"):
            all_probes()
    assert all_probes() == ALL
