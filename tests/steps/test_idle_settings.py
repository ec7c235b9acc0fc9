"""Settings entries without effect, in a run in steps: they are found as in a run in one call."""

from __future__ import annotations

import pytest

from regionproof.domain.run import RunRequest
from regionproof.errors import UnknownScope
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, Scope

from .world import BATCHES, World

NO_UNIT = "ou-ab12-99999999"


def test_they_are_found_by_the_plan_and_reported_by_the_conclusion() -> None:
    """The plan contains the ids of the units."""
    regions = RegionsRule(organizational_units={NO_UNIT: (), "ou-ab12-22222222": ()})
    world = World(settings=AuditSettings(rules=Rules(regions_1=regions)))
    steps = world.steps()
    steps.plan(RunRequest())
    for number in range(BATCHES):
        steps.collect(number)
    report = steps.conclude().outcome.report
    assert [(notice.named, notice.is_certain) for notice in report.settings_notices] == [(NO_UNIT, True)]
    (published,) = world.sns.published
    assert [change.setting.named for change in published.changes if change.setting] == [NO_UNIT]


def test_an_unknown_unit_in_the_scope_fails_the_plan() -> None:
    """It does not write any batch."""
    world = World(settings=AuditSettings(scope=Scope(organizational_units=("ou-ab12-22222222", NO_UNIT))))
    steps = world.steps()
    with pytest.raises(UnknownScope, match=NO_UNIT):
        steps.plan(RunRequest())
    assert steps.objects.written == []
