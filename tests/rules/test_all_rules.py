"""Promises that every rule keeps, including future ones."""

from __future__ import annotations

import dataclasses
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
LONGEST_REMEDIATION = 512  # the limit of Security Hub: API_Recommendation
MANY = settings(max_examples=50, deadline=None, derandomize=True)

read_failures = st.builds(
    ReadFailure, st.just("account:ListRegions"), st.sampled_from(["AccessDenied", "X"]), st.text()
)
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
def rule_inputs(
    draw: st.DrawFn, token: st.SearchStrategy[Fact | ReadFailure | NotTried] = tokens | read_failures | not_tried
) -> RuleInput:
    """Draw any input that a run could give to a rule."""
    facts = AccountFacts({TokenVersion: draw(token), RegionOptStatuses: draw(opt_statuses | read_failures | not_tried)})
    partition = draw(st.sampled_from(["aws", "aws-cn"]))
    opt_in_use_elsewhere = draw(st.sampled_from(OptInUse))
    return RuleInput(an_account(), facts, draw(any_rules), partition, opt_in_use_elsewhere, BOTH_KINDS)


def _with_result(rule_input: RuleInput, kind: type[Fact], result: Fact | ReadFailure) -> RuleInput:
    return dataclasses.replace(rule_input, facts=AccountFacts({**rule_input.facts.results, kind: result}))


def test_exemptions_can_name_every_rule_and_no_other() -> None:
    """Otherwise a rule has no exemptions, or an exemption names a rule that does not exist."""
    assert set(IDS) == set(get_args(RuleId))


def test_rules_are_sorted_by_id() -> None:
    """Findings and summaries keep the same order in every run."""
    assert sorted(IDS) == IDS


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_every_rule_has_test_cases_for_all_four_compliances(rule: Rule) -> None:
    """A rule without a compliant, a noncompliant, a not applicable and an unread case is not tested."""
    table: dict[str, Example] = import_module(f"tests.rules.test_{_module_of(rule).rpartition('.')[2]}").CASES
    assert {example.compliance for example in table.values()} == set(Compliance)


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_title_names_the_good_state(rule: Rule) -> None:
    """The title is one line, and true if the account is compliant."""
    assert not rule.title.startswith(("Ensure", "Check", "Avoid"))
    assert not rule.title.endswith(".")
    assert rule.title.isprintable()


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_remediation_fits_into_security_hub(rule: Rule) -> None:
    """A command that is cut in the middle does not work."""
    assert 0 < len(rule.remediation) <= LONGEST_REMEDIATION


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_docstring_of_the_module_is_the_playbook(rule: Rule) -> None:
    """It starts with the id and the title, has numbered steps, and links to the AWS page."""
    playbook = sys.modules[_module_of(rule)].__doc__ or ""
    assert playbook.lower().startswith(f"{rule.id}: {rule.title}".lower())
    for part in ("Playbook.", "\n1. ", "\n2. ", rule.reference):
        assert part in playbook


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_file_is_named_after_the_rule(rule: Rule) -> None:
    """``STS.1`` is in ``sts_1.py``."""
    assert _module_of(rule).rpartition(".")[2] == rule.id.lower().replace(".", "_")


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_the_reference_is_an_aws_page(rule: Rule) -> None:
    """Readers can check the advice in the AWS documentation."""
    assert rule.reference.startswith("https://docs.aws.amazon.com/")


def test_a_duplicate_id_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules with one id would overwrite each other's findings."""
    (tmp_path / "sts_1_again.py").write_text("from regionproof.rules.sts_1 import RULE\n")
    all_rules.cache_clear()
    monkeypatch.setattr(regionproof.rules, "__path__", [*regionproof.rules.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match=r"two rules have the id STS\.1; the second is in sts_1_again"):
        all_rules()
    sys.modules.pop("regionproof.rules.sts_1_again", None)


def test_a_folder_that_cannot_be_opened_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no file descriptor is left, a run without rules would find every account compliant."""
    with monkeypatch.context() as patched:
        patched.setattr(regionproof.rules, "__path__", ["/nowhere"])
        all_rules.cache_clear()
        with pytest.raises(LookupError, match="no rule was found"):
            all_rules()
    assert all_rules() == ALL


def test_rules_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without free file descriptors still has its rules."""
    all_rules()
    monkeypatch.setattr(regionproof.rules, "__path__", ["/nowhere"])
    assert all_rules() == ALL


def test_a_disabled_rule_is_not_among_the_enabled_rules() -> None:
    """Coverage.1 cannot be disabled."""
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
def test_only_facts_for_applicable_rules_are_needed(
    rules: Rules, partition: str, needed: frozenset[type[Fact]]
) -> None:
    """The audit makes no call whose answer no rule uses."""
    assert facts_needed(rules, partition) == needed


@MANY
@given(rule_input=rule_inputs())
def test_every_rule_has_a_sentence_for_every_input(rule_input: RuleInput) -> None:
    """No combination of facts and settings makes a rule fail, and only noncompliant verdicts have a severity."""
    for rule in ALL:
        verdict = rule.judge(rule_input)
        assert verdict.sentence
        assert (verdict.severity is Severity.INFORMATIONAL) is (verdict.compliance is not Compliance.NON_COMPLIANT)
        assert all(verdict.observed.values())


@MANY
@given(rule_input=rule_inputs())
def test_no_rule_decides_without_facts(rule_input: RuleInput) -> None:
    """If nothing that a rule needs was read, its verdict is neither compliant nor noncompliant."""
    failed = ReadFailure("sts:AssumeRole", "AccessDenied", "no")
    unread = _with_result(_with_result(rule_input, TokenVersion, failed), RegionOptStatuses, failed)
    verdicts = {rule.id: rule.judge(unread).compliance for rule in ALL if rule.needs}
    assert set(verdicts.values()) <= {Compliance.INSUFFICIENT_DATA, Compliance.NOT_APPLICABLE}, verdicts


def _judged_by_sts_1(rule_input: RuleInput) -> Verdict:
    return sts_1.judge(dataclasses.replace(rule_input, rules=Rules(), partition="aws"))


@MANY
@given(rule_input=rule_inputs())
def test_only_the_token_version_decides_sts_1(rule_input: RuleInput) -> None:
    """With any Regions: version 2 is compliant, version 1 is not, and without the version there is no verdict."""
    token = rule_input.facts.get(TokenVersion)
    expected = {1: Compliance.NON_COMPLIANT, 2: Compliance.COMPLIANT, None: Compliance.INSUFFICIENT_DATA}
    assert _judged_by_sts_1(rule_input).compliance is expected[token.version if token else None]


@MANY
@given(
    rule_input=rule_inputs(token=tokens),
    status=st.sampled_from([OptStatus.ENABLED, OptStatus.ENABLING, OptStatus.DISABLING]),
)
def test_another_region_never_lowers_the_severity_of_sts_1(rule_input: RuleInput, status: OptStatus) -> None:
    """More Regions in use are never less of a risk."""
    known = rule_input.facts.get(RegionOptStatuses) or RegionOptStatuses({})
    before = _with_result(rule_input, RegionOptStatuses, known)
    after = _with_result(rule_input, RegionOptStatuses, RegionOptStatuses({**known.by_region, "me-south-1": status}))
    assert _judged_by_sts_1(after).severity.rank >= _judged_by_sts_1(before).severity.rank


@MANY
@given(rule_input=rule_inputs())
def test_regions_1_ignores_the_token_version(rule_input: RuleInput) -> None:
    """A failed read of the token version affects only the rule that needs it."""
    regions_1 = next(rule for rule in ALL if rule.id == "Regions.1")
    unread = _with_result(rule_input, TokenVersion, ReadFailure("iam:GetAccountSummary", "AccessDenied", "no"))
    assert regions_1.judge(rule_input) == regions_1.judge(unread)
