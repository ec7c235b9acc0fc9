"""What holds for every rule, the ones to come included."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionproof.rules
from regionproof.domain.facts import AccountFacts, NotTried, OptStatus, ReadFailure, RegionOptStatuses, TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.rules import all_rules, enabled_rules, facts_needed, sts_1
from regionproof.rules.declaration import OptInUse, RuleInput
from regionproof.settings.shape import RegionsRule, RuleId, Rules, StsRule
from tests.support.builders import an_account

from .example import BOTH_KINDS, Example, approving

if TYPE_CHECKING:
    from pathlib import Path

    from regionproof.domain.facts import Fact
    from regionproof.domain.findings import Verdict
    from regionproof.rules.declaration import Rule

ALL = all_rules()
IDS = [rule.id for rule in ALL]
LONGEST_REMEDIATION = 512  # what Security Hub takes: API_Recommendation
MANY = settings(max_examples=50, deadline=None, derandomize=True)

unread = st.builds(ReadFailure, st.just("account:ListRegions"), st.sampled_from(["AccessDenied", "X"]), st.text())
not_tried = st.builds(NotTried, st.text())
tokens = st.builds(TokenVersion, st.sampled_from([1, 2]))
opt_statuses = st.builds(
    RegionOptStatuses,
    st.dictionaries(st.sampled_from(["af-south-1", "ap-east-1", "us-east-1"]), st.sampled_from(OptStatus)),
)
any_rules = st.builds(
    Rules,
    sts_1=st.builds(StsRule, require=st.sampled_from(["always", "when-opt-in"])),
    regions_1=st.builds(
        RegionsRule, approved=st.none() | st.lists(st.sampled_from(["af-south-1", "ap-east-1"])).map(tuple)
    ),
)


def _module_of(rule: Rule) -> str:
    return rule.judge.__module__


@st.composite
def cases(
    draw: st.DrawFn, token: st.SearchStrategy[Fact | ReadFailure | NotTried] = tokens | unread | not_tried
) -> RuleInput:
    """Draw any case that a run could put before a rule."""
    facts = AccountFacts({TokenVersion: draw(token), RegionOptStatuses: draw(opt_statuses | unread | not_tried)})
    partition = draw(st.sampled_from(["aws", "aws-cn"]))
    opt_in_use_elsewhere = draw(st.sampled_from(OptInUse))
    return RuleInput(an_account(), facts, draw(any_rules), partition, opt_in_use_elsewhere, BOTH_KINDS)


def _without(case: RuleInput, kind: type[Fact], reading: Fact | ReadFailure) -> RuleInput:
    facts = AccountFacts({**case.facts.results, kind: reading})
    return RuleInput(case.account, facts, case.rules, case.partition, case.opt_in_use_elsewhere, case.needed)


def test_the_rules_are_those_that_an_exemption_can_name() -> None:
    """Every rule can be exempt from, and no exemption names a rule that is not there."""
    assert set(IDS) == set(get_args(RuleId))


def test_the_rules_come_in_the_order_of_their_ids() -> None:
    """Findings and summaries are in one order in every run."""
    assert sorted(IDS) == IDS


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_every_rule_has_a_table_of_cases_with_the_four_compliances(rule: Rule) -> None:
    """A rule without a compliant, a noncompliant, a not applicable and an unread case is not tested."""
    table: dict[str, Example] = import_module(f"tests.rules.test_{_module_of(rule).rpartition('.')[2]}").CASES
    assert {example.compliance for example in table.values()} == set(Compliance)


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_title_names_the_good_state(rule: Rule) -> None:
    """A title that reads as true where the account is compliant, in one line."""
    assert not rule.title.startswith(("Ensure", "Check", "Avoid"))
    assert not rule.title.endswith(".")
    assert rule.title.isprintable()


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_remediation_fits_what_security_hub_shows(rule: Rule) -> None:
    """A remedy that is cut off in the middle of a command is none."""
    assert 0 < len(rule.remediation) <= LONGEST_REMEDIATION


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_playbook_stands_in_the_docstring_of_the_module(rule: Rule) -> None:
    """It opens with the id and the title, numbers its steps and names AWS's page."""
    playbook = sys.modules[_module_of(rule)].__doc__ or ""
    assert playbook.lower().startswith(f"{rule.id}: {rule.title}".lower())
    for part in ("Playbook.", "\n1. ", "\n2. ", rule.reference):
        assert part in playbook


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_file_is_named_after_the_rule(rule: Rule) -> None:
    """``STS.1`` stands in ``sts_1.py``."""
    assert _module_of(rule).rpartition(".")[2] == rule.id.lower().replace(".", "_")


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_reference_is_a_page_of_aws(rule: Rule) -> None:
    """A person lands on AWS's own words."""
    assert rule.reference.startswith("https://docs.aws.amazon.com/")


def test_a_doubled_id_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules of one id would hide each other's findings."""
    (tmp_path / "sts_1_again.py").write_text("from regionproof.rules.sts_1 import RULE\n")
    all_rules.cache_clear()
    monkeypatch.setattr(regionproof.rules, "__path__", [*regionproof.rules.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match=r"two rules have the id STS\.1; the second stands in sts_1_again"):
        all_rules()
    sys.modules.pop("regionproof.rules.sts_1_again", None)


def test_a_folder_that_can_not_be_looked_into_is_no_folder_without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no file descriptor is left: a run without rules would find nothing to say."""
    with monkeypatch.context() as moved:
        moved.setattr(regionproof.rules, "__path__", ["/nowhere"])
        all_rules.cache_clear()
        with pytest.raises(LookupError, match="no rule was found"):
            all_rules()
    assert all_rules() == ALL


def test_rules_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has used up its file descriptors still has its rules."""
    all_rules()
    monkeypatch.setattr(regionproof.rules, "__path__", ["/nowhere"])
    assert all_rules() == ALL


def test_a_rule_that_is_switched_off_is_not_among_the_enabled_ones() -> None:
    """Coverage.1 stays."""
    off = Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False))
    assert [rule.id for rule in enabled_rules(off)] == ["Coverage.1"]


@pytest.mark.parametrize(
    ("rules", "partition", "needed"),
    [
        (Rules(), "aws", BOTH_KINDS),
        (Rules(), "aws-cn", frozenset()),
        (approving(), "aws-cn", frozenset({RegionOptStatuses})),
        (Rules(sts_1=StsRule(enabled=False)), "aws", frozenset()),
        (
            Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(approved=())),
            "aws",
            frozenset({RegionOptStatuses}),
        ),
    ],
)
def test_only_what_a_rule_that_applies_needs_is_read(
    rules: Rules, partition: str, needed: frozenset[type[Fact]]
) -> None:
    """No call is made whose answer nobody judges."""
    assert facts_needed(rules, partition) == needed


@MANY
@given(case=cases())
def test_every_rule_says_one_printable_thing_of_every_case(case: RuleInput) -> None:
    """No combination of facts and settings makes a rule fail, and only a noncompliant verdict weighs."""
    for rule in ALL:
        verdict = rule.judge(case)
        assert verdict.sentence
        assert (verdict.severity is Severity.INFORMATIONAL) is (verdict.compliance is not Compliance.NON_COMPLIANT)
        assert all(verdict.observed.values())


@MANY
@given(case=cases())
def test_no_rule_turns_an_unread_fact_into_a_verdict(case: RuleInput) -> None:
    """Where everything that a rule needs is unread, its verdict is neither compliant nor noncompliant."""
    failed = ReadFailure("sts:AssumeRole", "AccessDenied", "no")
    blind = _without(_without(case, TokenVersion, failed), RegionOptStatuses, failed)
    verdicts = {rule.id: rule.judge(blind).compliance for rule in ALL if rule.needs}
    assert set(verdicts.values()) <= {Compliance.INSUFFICIENT_DATA, Compliance.NOT_APPLICABLE}, verdicts


def _judged_by_sts_1(case: RuleInput) -> Verdict:
    return sts_1.judge(RuleInput(case.account, case.facts, Rules(), "aws", case.opt_in_use_elsewhere, case.needed))


@MANY
@given(case=cases())
def test_sts_1_is_decided_by_the_token_version_alone(case: RuleInput) -> None:
    """Whatever is known of the Regions: 2 complies, 1 does not, unread is no verdict."""
    token = case.facts.get(TokenVersion)
    expected = {1: Compliance.NON_COMPLIANT, 2: Compliance.COMPLIANT, None: Compliance.INSUFFICIENT_DATA}
    assert _judged_by_sts_1(case).compliance is expected[token.version if token else None]


@MANY
@given(case=cases(token=tokens), status=st.sampled_from([OptStatus.ENABLED, OptStatus.ENABLING, OptStatus.DISABLING]))
def test_one_more_region_never_makes_a_verdict_of_sts_1_milder(case: RuleInput, status: OptStatus) -> None:
    """The Regions only grade it, and only upwards."""
    known = case.facts.get(RegionOptStatuses) or RegionOptStatuses({})
    before = _without(case, RegionOptStatuses, known)
    after = _without(case, RegionOptStatuses, RegionOptStatuses({**known.by_region, "me-south-1": status}))
    assert _judged_by_sts_1(after).severity.rank >= _judged_by_sts_1(before).severity.rank


@MANY
@given(case=cases())
def test_the_regions_rule_never_looks_at_the_token_version(case: RuleInput) -> None:
    """A failed read of the token version closes no other rule's eyes."""
    regions_1 = next(rule for rule in ALL if rule.id == "Regions.1")
    blind = _without(case, TokenVersion, ReadFailure("iam:GetAccountSummary", "AccessDenied", "no"))
    assert regions_1.judge(case) == regions_1.judge(blind)
