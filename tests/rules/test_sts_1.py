"""STS.1: the STS global endpoint issues tokens valid in all Regions."""

from __future__ import annotations

import pytest

from regionproof.domain.facts import AccountFacts, NotTried, ReadFailure, RegionOptStatuses, TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.rules.declaration import OptInUse
from regionproof.rules.sts_1 import RULE
from regionproof.settings.shape import Rules, StsRule
from tests.support.builders import DENIED, regions, some_facts

from .example import Example, when_opt_in

NO_REGIONS = ReadFailure("account:ListRegions", "TooManyRequestsException", "Rate exceeded")
V1 = TokenVersion(1)
V2 = TokenVersion(2)

CASES = {
    "version 2 is compliant": Example(
        facts=some_facts(V2),
        compliance=Compliance.COMPLIANT,
        mentions="version 2 in this account: they are valid in all Regions",
    ),
    "version 2 promises nothing about other tokens and accounts (https://github.com/aws/aws-sdk-go/issues/4102)": (
        Example(
            facts=some_facts(V2),
            opt_in_use_elsewhere=OptInUse.UNKNOWN,
            compliance=Compliance.COMPLIANT,
            mentions="Tokens issued earlier, or under another account's setting, are not covered.",
        )
    ),
    "version 2 is compliant if the Regions could not be read": Example(
        facts=some_facts(V2, NO_REGIONS), compliance=Compliance.COMPLIANT, mentions="version 2"
    ),
    "version 2 is compliant with opt-in Regions in use": Example(
        facts=some_facts(V2, regions(ap_east_1="ENABLED")), compliance=Compliance.COMPLIANT, mentions="version 2"
    ),
    "version 1 with an enabled opt-in Region is high": Example(
        facts=some_facts(V1, regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        mentions="ap-east-1 (ENABLED)",
    ),
    "version 1 with an opt-in Region about to be enabled is high": Example(
        facts=some_facts(V1, regions(me_south_1="ENABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        mentions="me-south-1 (ENABLING)",
    ),
    "version 1 with an opt-in Region being disabled is high, as it still takes calls": Example(
        facts=some_facts(V1, regions(eu_south_1="DISABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        mentions="eu-south-1 (DISABLING)",
    ),
    "version 1 names every opt-in Region in use, in order": Example(
        facts=some_facts(V1, regions(me_south_1="ENABLED", ap_east_1="ENABLING", il_central_1="DISABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        mentions="ap-east-1 (ENABLING), me-south-1 (ENABLED).",
    ),
    "version 1 with opt-in Regions only in other accounts is medium": Example(
        facts=some_facts(V1, regions(ap_east_1="DISABLED")),
        opt_in_use_elsewhere=OptInUse.IN_USE,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="other accounts of the organization do",
    ),
    "version 1 without any opt-in Region in the organization is low": Example(
        facts=some_facts(V1, regions(ap_east_1="DISABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.LOW,
        mentions="No account that could be read uses an opt-in Region",
    ),
    "version 1 in a partial run is medium, as the other accounts were not read": Example(
        facts=some_facts(V1),
        opt_in_use_elsewhere=OptInUse.UNKNOWN,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="not every other account, in scope or not, was read",
    ),
    "version 1 with an opt-in Region in use is high in a partial run too": Example(
        facts=some_facts(V1, regions(ap_east_1="ENABLED")),
        opt_in_use_elsewhere=OptInUse.UNKNOWN,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        mentions="ap-east-1",
    ),
    "version 1 with unread Regions is medium and mentions them": Example(
        facts=some_facts(V1, NO_REGIONS),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="version 1 in this account; its opt-in Regions could not be read.",
    ),
    "version 1 with Regions that were not tried is medium and mentions them": Example(
        facts=AccountFacts({TokenVersion: V1, RegionOptStatuses: NotTried("the run's time was up")}),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="could not be read",
    ),
    "a token version that could not be read gives no verdict": Example(
        facts=some_facts(DENIED, regions(ap_east_1="ENABLED")),
        compliance=Compliance.INSUFFICIENT_DATA,
        mentions="could not be read",
    ),
    "a token version that was not tried gives no verdict": Example(
        facts=AccountFacts({TokenVersion: NotTried("the run's time was up")}),
        compliance=Compliance.INSUFFICIENT_DATA,
        mentions="could not be read",
    ),
    "when-opt-in: version 1 without any opt-in Region is compliant": Example(
        rules=when_opt_in(),
        compliance=Compliance.COMPLIANT,
        mentions="No account that could be read uses an opt-in Region",
    ),
    "when-opt-in: version 1 with an opt-in Region in use stays high": Example(
        rules=when_opt_in(),
        facts=some_facts(V1, regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        mentions="ap-east-1",
    ),
    "when-opt-in: version 1 with opt-in Regions in other accounts stays medium": Example(
        rules=when_opt_in(),
        opt_in_use_elsewhere=OptInUse.IN_USE,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="other accounts",
    ),
    "when-opt-in: version 1 with unread Regions has no verdict": Example(
        rules=when_opt_in(),
        facts=some_facts(V1, NO_REGIONS),
        compliance=Compliance.INSUFFICIENT_DATA,
        mentions="its opt-in Regions could not be read, so `require: when-opt-in` cannot be decided.",
    ),
    "when-opt-in: version 1 in a partial run has no verdict": Example(
        rules=when_opt_in(),
        opt_in_use_elsewhere=OptInUse.UNKNOWN,
        compliance=Compliance.INSUFFICIENT_DATA,
        mentions="not every other account, in scope or not, was read",
    ),
    "when-opt-in: version 2 is compliant with unread Regions": Example(
        rules=when_opt_in(), facts=some_facts(V2, NO_REGIONS), compliance=Compliance.COMPLIANT, mentions="version 2"
    ),
    "China has no global endpoint": Example(
        partition="aws-cn", compliance=Compliance.NOT_APPLICABLE, mentions="aws-cn has no global STS endpoint"
    ),
    "GovCloud has no global endpoint": Example(
        partition="aws-us-gov", compliance=Compliance.NOT_APPLICABLE, mentions="aws-us-gov"
    ),
    "the European Sovereign Cloud has no global endpoint, even if nothing was read": Example(
        partition="aws-eusc",
        facts=some_facts(DENIED, DENIED),
        compliance=Compliance.NOT_APPLICABLE,
        mentions="aws-eusc",
    ),
}


@pytest.mark.parametrize("example", CASES.values(), ids=CASES)
def test_each_case_gets_its_verdict(example: Example) -> None:
    """The table above is the specification of the rule."""
    example.check(RULE)


@pytest.mark.parametrize(
    ("facts", "observed"),
    [
        (some_facts(V2), {"TokenVersion": "2"}),
        (some_facts(V1), {"TokenVersion": "1", "OptInRegions": "none"}),
        (some_facts(V1, regions(ap_east_1="ENABLED")), {"TokenVersion": "1", "OptInRegions": "ap-east-1 (ENABLED)"}),
        (some_facts(V1, NO_REGIONS), {"TokenVersion": "1"}),
        (some_facts(DENIED), {}),
    ],
)
def test_only_values_that_were_read_are_observed(facts: AccountFacts, observed: dict[str, str]) -> None:
    """A Region that was not read has no value, not even "none"."""
    example = Example(facts=facts, compliance=Compliance.COMPLIANT, mentions="")
    assert RULE.judge(example.rule_input).observed == observed


def test_the_rule_can_be_disabled() -> None:
    """``enabled: false`` disables it."""
    assert RULE.enabled(Rules())
    assert not RULE.enabled(Rules(sts_1=StsRule(enabled=False)))


@pytest.mark.parametrize(("partition", "applies"), [("aws", True), ("aws-cn", False), ("aws-us-gov", False)])
def test_the_rule_applies_only_with_a_global_endpoint(partition: str, applies: bool) -> None:  # noqa: FBT001
    """Other partitions have no token version to read."""
    assert RULE.applies(Rules(), partition) is applies


@pytest.mark.parametrize(
    "error", ["AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken"]
)
def test_the_risk_names_the_errors(error: str) -> None:
    """A search for the error leads to the remedy."""
    assert error in RULE.risk


@pytest.mark.parametrize("part", ["Regional STS endpoint", "v2Token", "longer", "MinimumSessionTokenSize"])
def test_the_remediation_has_both_fixes_and_the_warning(part: str) -> None:
    """The fixes are a Regional endpoint and version 2. Longer tokens can break software that stores them."""
    assert part in RULE.remediation
