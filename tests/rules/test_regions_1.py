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
    "the rule does not apply without any list": Example(
        compliance=Compliance.NOT_APPLICABLE,
        mentions="No list of approved opt-in Regions is configured",
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
    ),
    "an approved Region in use is compliant": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        mentions="Approved: ap-east-1.",
    ),
    "an approved Region that is not in use is compliant": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="DISABLED")),
        compliance=Compliance.COMPLIANT,
        mentions="No unapproved opt-in Region is in use or about to be.",
    ),
    "no opt-in Region at all is compliant with an empty list": Example(
        rules=approving(), compliance=Compliance.COMPLIANT, mentions="Approved: none."
    ),
    "an unapproved Region in use is medium": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED", me_south_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="Unapproved opt-in Regions are in use or about to be: me-south-1 (ENABLED). Approved: ap-east-1.",
    ),
    "an empty list approves none": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="Approved: none.",
    ),
    "a Region about to be enabled counts": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="ap-east-1 (ENABLING)",
    ),
    "a Region being disabled counts, as it still takes calls": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="DISABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="ap-east-1 (DISABLING)",
    ),
    "Regions enabled by default need no approval": Example(
        rules=approving(),
        facts=some_facts(opt_in=regions(eu_west_1="ENABLED_BY_DEFAULT")),
        compliance=Compliance.COMPLIANT,
        mentions="No unapproved opt-in Region is in use or about to be.",
    ),
    "Regions that could not be read give no verdict": Example(
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=DENIED),
        compliance=Compliance.INSUFFICIENT_DATA,
        mentions="could not be read",
    ),
    "the list of the nearest organizational unit replaces the wider ones": Example(
        rules=approving("ap-east-1", units={WORKLOADS.id: ("me-south-1",), PRODUCTION.id: ("eu-south-1",)}),
        facts=some_facts(opt_in=regions(eu_south_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        mentions="Approved: eu-south-1.",
    ),
    "the wider lists do not add to the nearest one": Example(
        rules=approving("ap-east-1", units={WORKLOADS.id: ("me-south-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="Approved: me-south-1.",
    ),
    "an empty list of an organizational unit approves none below it": Example(
        rules=approving("ap-east-1", units={PRODUCTION.id: ()}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="Approved: none.",
    ),
    "the account's own list replaces every other": Example(
        rules=approving("ap-east-1", units={PRODUCTION.id: ("me-south-1",)}, accounts={HERE: ("il-central-1",)}),
        facts=some_facts(opt_in=regions(il_central_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        mentions="Approved: il-central-1.",
    ),
    "an account that no list covers is not judged": Example(
        rules=approving_only_below(units={"ou-ab12-99999999": ("ap-east-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NOT_APPLICABLE,
        mentions="covers this account",
    ),
    "a list of another account does not cover this one": Example(
        rules=approving_only_below(accounts={"999999999999": ("ap-east-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NOT_APPLICABLE,
        mentions="covers this account",
    ),
    "lists of organizational units do not decide for an account of an unknown unit": Example(
        account=an_account(parents=()),
        rules=approving("ap-east-1", units={PRODUCTION.id: ()}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.INSUFFICIENT_DATA,
        mentions="the organizational unit of the account is unknown",
    ),
    "an account of an unknown unit is judged by its own list": Example(
        account=an_account(parents=()),
        rules=approving(units={PRODUCTION.id: ()}, accounts={HERE: ("ap-east-1",)}),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        mentions="Approved: ap-east-1.",
    ),
    "an account of an unknown unit is judged by the only list": Example(
        account=an_account(parents=()),
        rules=approving("ap-east-1"),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.COMPLIANT,
        mentions="Approved: ap-east-1.",
    ),
    "China has Account Management, so the rule applies": Example(
        partition="aws-cn",
        rules=approving(),
        facts=some_facts(opt_in=regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="ap-east-1",
    ),
    "GovCloud has no Account Management, so the rule does not apply, even if nothing was read": Example(
        partition="aws-us-gov",
        rules=approving(),
        facts=some_facts(DENIED, DENIED),
        compliance=Compliance.NOT_APPLICABLE,
        mentions="Partition aws-us-gov has no AWS Account Management endpoint",
    ),
}


@pytest.mark.parametrize("example", CASES.values(), ids=CASES)
def test_each_case_gets_its_verdict(example: Example) -> None:
    """The table above is the specification of the rule."""
    example.check(RULE)


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
def test_only_values_that_were_read_are_observed(
    opt_in: RegionOptStatuses | ReadFailure, observed: dict[str, str]
) -> None:
    """They are each unapproved Region with its status, and the list that applied."""
    example = Example(
        rules=approving("ap-east-1", "eu-south-1"),
        facts=some_facts(opt_in=opt_in),
        compliance=Compliance.NON_COMPLIANT,
        mentions="",
    )
    assert RULE.judge(example.rule_input).observed == observed


@pytest.mark.parametrize("status", ["ENABLED", "DISABLED"])
def test_regions_that_were_read_centrally_are_judged_alike_and_say_so(status: str) -> None:
    """The verdict is that of Regions read in the account."""
    rules, found = approving(), regions(ap_east_1=status)
    inside = RULE.judge(
        Example(rules=rules, facts=some_facts(opt_in=found), compliance=Compliance.COMPLIANT, mentions="").rule_input
    )
    facts = asked_centrally(DENIED_REGIONS, found)
    centrally = RULE.judge(Example(rules=rules, facts=facts, compliance=Compliance.COMPLIANT, mentions="").rule_input)
    assert (centrally.compliance, centrally.severity) == (inside.compliance, inside.severity)
    assert centrally.sentence == (
        f"{inside.sentence} Read centrally, because the account denied account:ListRegions to the audit."
    )
    assert centrally.observed == {**inside.observed, "ReadCentrally": "account:ListRegions"}


def test_regions_that_failed_centrally_too_are_not_judged() -> None:
    """Neither answer is there."""
    facts = asked_centrally(DENIED_REGIONS, DENIED_REGIONS)
    verdict = RULE.judge(
        Example(rules=approving(), facts=facts, compliance=Compliance.COMPLIANT, mentions="").rule_input
    )
    assert verdict.compliance is Compliance.INSUFFICIENT_DATA
    assert "could not be read, neither in the account nor centrally" in verdict.sentence


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (RegionsRule(), None),
        (RegionsRule(approved=()), ()),
        (RegionsRule(approved=("a",)), ("a",)),
        (RegionsRule(approved=("a",), organizational_units={WORKLOADS.id: ("b",)}), ("b",)),
        (RegionsRule(organizational_units={WORKLOADS.id: ("b",), PRODUCTION.id: ("c",)}), ("c",)),
        (RegionsRule(organizational_units={PRODUCTION.id: ("c",)}, accounts={HERE: ()}), ()),
    ],
)
def test_the_nearest_list_wins(settings: RegionsRule, expected: tuple[str, ...] | None) -> None:
    """First the account, then the organizational unit, then the organization; None if no list covers the account."""
    assert approved_regions(an_account(parents=(ROOT, WORKLOADS, PRODUCTION)), settings) == expected


@pytest.mark.parametrize(
    ("rules", "applies"),
    [
        (Rules(), False),
        (approving(), True),
        (approving_only_below(units={PRODUCTION.id: ()}), True),
        (approving_only_below(accounts={HERE: ()}), True),
    ],
)
def test_the_rule_applies_only_if_a_list_is_configured(
    rules: Rules,
    applies: bool,  # noqa: FBT001
) -> None:
    """An empty list is a list."""
    assert RULE.applies(rules, "aws") is applies


def test_the_rule_can_be_disabled() -> None:
    """``enabled: false`` disables it."""
    assert RULE.enabled(Rules())
    assert not RULE.enabled(Rules(regions_1=RegionsRule(enabled=False)))


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"])
def test_a_list_requires_no_read_in_a_partition_without_opt_in_regions(partition: str) -> None:
    """Otherwise no account could be audited: botocore has no ``account`` endpoint there."""
    assert facts_needed(approving("ap-east-1"), partition) == frozenset()
    nothing_needed = Example(
        partition=partition,
        rules=approving("ap-east-1"),
        facts=AccountFacts(),
        needed=frozenset(),
        compliance=Compliance.NOT_APPLICABLE,
        mentions="No rule that applies here needs to read the account",
    )
    nothing_needed.check(coverage_1.RULE)
