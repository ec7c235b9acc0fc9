"""Regions.1: only approved opt-in Regions are enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regionproof.domain.facts import AccountFacts, ReadFailure
from regionproof.domain.findings import Compliance, Severity
from regionproof.rules import coverage_1, facts_needed
from regionproof.rules.regions_1 import RULE, approved_regions
from regionproof.settings.shape import RegionsRule, Rules
from tests.support.builders import DENIED, PRODUCTION, ROOT, WORKLOADS, an_account, asked_centrally, regions, some_facts

from .example import Example, approving, approving_only_below

if TYPE_CHECKING:
    from regionproof.domain.facts import RegionOptStatuses

HERE = an_account().id
DENIED_REGIONS = ReadFailure("account:ListRegions", "AccessDeniedException", "not authorized")

CASES = {
    "without any list the rule does not apply": Example(
        compliance=Compliance.NOT_APPLICABLE,
        says="No list of approved opt-in Regions is configured",
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
    ),
    "an approved Region in use is compliant": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        says="(ap-east-1)",
    ),
    "an approved Region that is not in use is compliant": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="DISABLED")),
        compliance=Compliance.COMPLIANT,
        says="approved",
    ),
    "no opt-in Region at all is compliant with an empty list": Example(
        rules=approving(), compliance=Compliance.COMPLIANT, says="(none)"
    ),
    "a Region in use without approval is medium": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED", me_south_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="without approval: me-south-1 (ENABLED). Approved: ap-east-1.",
    ),
    "an empty list approves none": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="Approved: none.",
    ),
    "a Region about to be enabled counts": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="ap-east-1 (ENABLING)",
    ),
    "a Region being disabled counts, as it still takes calls": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="DISABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="ap-east-1 (DISABLING)",
    ),
    "Regions enabled by default need no approval": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(eu_west_1="ENABLED_BY_DEFAULT")),
        compliance=Compliance.COMPLIANT,
        says="approved",
    ),
    "unread Regions are no verdict": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=DENIED),
        compliance=Compliance.INSUFFICIENT_DATA,
        says="could not be read",
    ),
    "the list of the nearest organizational unit replaces the wider ones": Example(
        rules=approving("ap-east-1", units={WORKLOADS.id: ("me-south-1",), PRODUCTION.id: ("eu-south-1",)}),
        facts=some_facts(opt_in=regions(eu_south_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        says="(eu-south-1)",
    ),
    "the wider lists do not add to the nearest one": Example(
        rules=approving("ap-east-1", units={WORKLOADS.id: ("me-south-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="Approved: me-south-1.",
    ),
    "an empty list of an organizational unit approves none below it": Example(
        rules=approving("ap-east-1", units={PRODUCTION.id: ()}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="Approved: none.",
    ),
    "the account's own list replaces every other": Example(
        rules=approving("ap-east-1", units={PRODUCTION.id: ("me-south-1",)}, accounts={HERE: ("il-central-1",)}),
        facts=some_facts(opt_in=regions(il_central_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        says="(il-central-1)",
    ),
    "an account that no list covers is not judged": Example(
        rules=approving_only_below(units={"ou-ab12-99999999": ("ap-east-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NOT_APPLICABLE,
        says="covers this account",
    ),
    "a list of another account does not cover this one": Example(
        rules=approving_only_below(accounts={"999999999999": ("ap-east-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NOT_APPLICABLE,
        says="covers this account",
    ),
    "an account of unknown place can not be judged by lists of organizational units": Example(
        account=an_account(parents=()),
        rules=approving("ap-east-1", units={PRODUCTION.id: ()}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.INSUFFICIENT_DATA,
        says="does not show the account",
    ),
    "an account of unknown place is judged by its own list": Example(
        account=an_account(parents=()),
        rules=approving(units={PRODUCTION.id: ()}, accounts={HERE: ("ap-east-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        says="(ap-east-1)",
    ),
    "an account of unknown place is judged by the only list there is": Example(
        account=an_account(parents=()),
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        says="(ap-east-1)",
    ),
    "China has Account Management, so the rule holds there": Example(
        partition="aws-cn",
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="ap-east-1",
    ),
    "GovCloud has no Account Management, so the rule does not apply, even if nothing was read": Example(
        partition="aws-us-gov",
        rules=approving(),
        facts=some_facts(DENIED, DENIED),
        compliance=Compliance.NOT_APPLICABLE,
        says="Partition aws-us-gov has no AWS Account Management endpoint",
    ),
}


@pytest.mark.parametrize("example", CASES.values(), ids=CASES)
def test_each_case_gets_its_verdict(example: Example) -> None:
    """The table above is the promise of the rule."""
    example.hold_against(RULE)


@pytest.mark.parametrize(
    ("opt_in", "observed"),
    [
        (regions(ap_east_1="ENABLED"), {"Approved": "ap-east-1, eu-south-1"}),
        (
            regions(me_south_1="ENABLED", af_south_1="DISABLING", ap_east_1="ENABLED"),
            {"Unapproved": "af-south-1 (DISABLING), me-south-1 (ENABLED)", "Approved": "ap-east-1, eu-south-1"},
        ),
        (DENIED, {}),
    ],
)
def test_only_what_was_read_stands_among_the_observed_values(
    opt_in: RegionOptStatuses | ReadFailure, observed: dict[str, str]
) -> None:
    """Each unapproved Region with its status, and the list that applied."""
    example = Example(
        rules=approving("ap-east-1", "eu-south-1"),
        facts=some_facts(opt_in=opt_in),
        compliance=Compliance.NON_COMPLIANT,
        says="",
    )
    assert RULE.judge(example.case).observed == observed


@pytest.mark.parametrize("status", ["ENABLED", "DISABLED"])
def test_regions_that_were_read_centrally_are_judged_alike_and_say_so(status: str) -> None:
    """The verdict is that of Regions read in the account."""
    rules, found = approving(), regions(ap_east_1=status)
    inside = RULE.judge(
        Example(rules=rules, facts=some_facts(opt_in=found), compliance=Compliance.COMPLIANT, says="").case
    )
    facts = asked_centrally(DENIED_REGIONS, found)
    centrally = RULE.judge(Example(rules=rules, facts=facts, compliance=Compliance.COMPLIANT, says="").case)
    assert (centrally.compliance, centrally.severity) == (inside.compliance, inside.severity)
    assert centrally.sentence == (
        f"{inside.sentence} Read centrally, as the account denied account:ListRegions to the audit."
    )
    assert centrally.observed == {**inside.observed, "ReadCentrally": "account:ListRegions"}


def test_regions_that_failed_centrally_too_are_not_judged() -> None:
    """Neither answer is there."""
    facts = asked_centrally(DENIED_REGIONS, DENIED_REGIONS)
    verdict = RULE.judge(Example(rules=approving(), facts=facts, compliance=Compliance.COMPLIANT, says="").case)
    assert verdict.compliance is Compliance.INSUFFICIENT_DATA
    assert "could not be read, neither in the account nor centrally" in verdict.sentence


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (RegionsRule(), None),
        (RegionsRule(approved=()), ()),
        (RegionsRule(approved=("a",)), ("a",)),
        (RegionsRule(approved=("a",), organizational_units={WORKLOADS.id: ("b",)}), ("b",)),
        (RegionsRule(organizational_units={WORKLOADS.id: ("b",), PRODUCTION.id: ("c",)}), ("c",)),
        (RegionsRule(organizational_units={PRODUCTION.id: ("c",)}, accounts={HERE: ()}), ()),
    ],
)
def test_the_nearest_list_wins(wanted: RegionsRule, expected: tuple[str, ...] | None) -> None:
    """Account before organizational unit before organization; None where no list covers the account."""
    assert approved_regions(an_account(parents=(ROOT, WORKLOADS, PRODUCTION)), wanted) == expected


@pytest.mark.parametrize(
    ("rules", "applies"),
    [
        (Rules(), False),
        (approving(), True),
        (approving_only_below(units={PRODUCTION.id: ()}), True),
        (approving_only_below(accounts={HERE: ()}), True),
    ],
)
def test_the_rule_reads_the_regions_only_where_a_list_is_configured(
    rules: Rules,
    applies: bool,  # noqa: FBT001
) -> None:
    """An empty list is a list."""
    assert RULE.applies(rules, "aws") is applies


def test_the_rule_can_be_switched_off() -> None:
    """``enabled: false`` takes the rule out."""
    assert RULE.enabled(Rules())
    assert not RULE.enabled(Rules(regions_1=RegionsRule(enabled=False)))


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"])
def test_a_list_makes_nothing_be_read_where_there_are_no_opt_in_regions(partition: str) -> None:
    """So no account fails to be audited for it (botocore's endpoint data have no ``account`` there)."""
    assert facts_needed(approving("ap-east-1"), partition) == frozenset()
    nothing_needed = Example(
        partition=partition,
        rules=approving("ap-east-1"),
        facts=AccountFacts(),
        needed=frozenset(),
        compliance=Compliance.NOT_APPLICABLE,
        says="No rule that applies here needs to read the account",
    )
    nothing_needed.hold_against(coverage_1.RULE)
