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
        facts=some_facts(V2), compliance=Compliance.COMPLIANT, says="version 2: valid in all Regions"
    ),
    "version 2 claims nothing of older tokens and of other accounts (https://github.com/aws/aws-sdk-go/issues/4102)": (
        Example(
            facts=some_facts(V2),
            opt_in_use_elsewhere=OptInUse.UNKNOWN,
            compliance=Compliance.COMPLIANT,
            says="Tokens issued earlier, or under another account's setting, are not covered.",
        )
    ),
    "version 2 is compliant where the Regions could not be read": Example(
        facts=some_facts(V2, NO_REGIONS), compliance=Compliance.COMPLIANT, says="version 2"
    ),
    "version 2 is compliant with opt-in Regions in use": Example(
        facts=some_facts(V2, regions(ap_east_1="ENABLED")), compliance=Compliance.COMPLIANT, says="version 2"
    ),
    "version 1 with an enabled opt-in Region is high": Example(
        facts=some_facts(V1, regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        says="ap-east-1 (ENABLED)",
    ),
    "version 1 with an opt-in Region about to be enabled is high": Example(
        facts=some_facts(V1, regions(me_south_1="ENABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        says="me-south-1 (ENABLING)",
    ),
    "version 1 with an opt-in Region being disabled is high, as it still takes calls": Example(
        facts=some_facts(V1, regions(eu_south_1="DISABLING")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        says="eu-south-1 (DISABLING)",
    ),
    "version 1 names every opt-in Region in use, in order": Example(
        facts=some_facts(V1, regions(me_south_1="ENABLED", ap_east_1="ENABLING", il_central_1="DISABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        says="ap-east-1 (ENABLING), me-south-1 (ENABLED).",
    ),
    "version 1 with opt-in Regions only in other accounts is medium": Example(
        facts=some_facts(V1, regions(ap_east_1="DISABLED")),
        opt_in_use_elsewhere=OptInUse.IN_USE,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="other accounts of the organization do",
    ),
    "version 1 without any opt-in Region in the organization is low": Example(
        facts=some_facts(V1, regions(ap_east_1="DISABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.LOW,
        says="No account that could be read uses an opt-in Region",
    ),
    "version 1 in a partial run is medium, as the other accounts were not looked at": Example(
        facts=some_facts(V1),
        opt_in_use_elsewhere=OptInUse.UNKNOWN,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="not every other account, in scope or not, was read",
    ),
    "version 1 with an opt-in Region in use is high in a partial run too": Example(
        facts=some_facts(V1, regions(ap_east_1="ENABLED")),
        opt_in_use_elsewhere=OptInUse.UNKNOWN,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        says="ap-east-1",
    ),
    "version 1 with unread Regions is medium and says so": Example(
        facts=some_facts(V1, NO_REGIONS),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="which opt-in Regions the account uses could not be read",
    ),
    "version 1 with Regions that were not tried is medium and says so": Example(
        facts=AccountFacts({TokenVersion: V1, RegionOptStatuses: NotTried("the run's time was up")}),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="could not be read",
    ),
    "an unread token version is no verdict": Example(
        facts=some_facts(DENIED, regions(ap_east_1="ENABLED")),
        compliance=Compliance.INSUFFICIENT_DATA,
        says="could not be read",
    ),
    "a token version that was not tried is no verdict": Example(
        facts=AccountFacts({TokenVersion: NotTried("the run's time was up")}),
        compliance=Compliance.INSUFFICIENT_DATA,
        says="could not be read",
    ),
    "when-opt-in: version 1 without any opt-in Region is compliant": Example(
        rules=when_opt_in(),
        compliance=Compliance.COMPLIANT,
        says="No account that could be read uses an opt-in Region",
    ),
    "when-opt-in: version 1 with an opt-in Region in use stays high": Example(
        rules=when_opt_in(),
        facts=some_facts(V1, regions(ap_east_1="ENABLED")),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        says="ap-east-1",
    ),
    "when-opt-in: version 1 with opt-in Regions in other accounts stays medium": Example(
        rules=when_opt_in(),
        opt_in_use_elsewhere=OptInUse.IN_USE,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="other accounts",
    ),
    "when-opt-in: version 1 with unread Regions can not be decided": Example(
        rules=when_opt_in(),
        facts=some_facts(V1, NO_REGIONS),
        compliance=Compliance.INSUFFICIENT_DATA,
        says="which decides under `require: when-opt-in`",
    ),
    "when-opt-in: version 1 in a partial run can not be decided": Example(
        rules=when_opt_in(),
        opt_in_use_elsewhere=OptInUse.UNKNOWN,
        compliance=Compliance.INSUFFICIENT_DATA,
        says="not every other account, in scope or not, was read",
    ),
    "when-opt-in: version 2 is compliant with unread Regions": Example(
        rules=when_opt_in(), facts=some_facts(V2, NO_REGIONS), compliance=Compliance.COMPLIANT, says="version 2"
    ),
    "China has no global endpoint": Example(
        partition="aws-cn", compliance=Compliance.NOT_APPLICABLE, says="aws-cn has no global STS endpoint"
    ),
    "GovCloud has no global endpoint": Example(
        partition="aws-us-gov", compliance=Compliance.NOT_APPLICABLE, says="aws-us-gov"
    ),
    "the European Sovereign Cloud has no global endpoint, even where nothing was read": Example(
        partition="aws-eusc",
        facts=some_facts(DENIED, DENIED),
        compliance=Compliance.NOT_APPLICABLE,
        says="aws-eusc",
    ),
}


@pytest.mark.parametrize("example", CASES.values(), ids=CASES)
def test_each_case_gets_its_verdict(example: Example) -> None:
    """The table above is the promise of the rule."""
    example.hold_against(RULE)


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
def test_only_what_was_read_stands_among_the_observed_values(facts: AccountFacts, observed: dict[str, str]) -> None:
    """A Region that was not read has no value, not even «none»."""
    example = Example(facts=facts, compliance=Compliance.COMPLIANT, says="")
    assert RULE.judge(example.case).observed == observed


def test_the_rule_can_be_switched_off() -> None:
    """``enabled: false`` takes the rule out."""
    assert RULE.enabled(Rules())
    assert not RULE.enabled(Rules(sts_1=StsRule(enabled=False)))


@pytest.mark.parametrize(("partition", "applies"), [("aws", True), ("aws-cn", False), ("aws-us-gov", False)])
def test_the_rule_reads_nothing_where_it_does_not_apply(partition: str, applies: bool) -> None:  # noqa: FBT001
    """A partition without a global endpoint has no token version to read."""
    assert RULE.applies(Rules(), partition) is applies


@pytest.mark.parametrize(
    "error", ["AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken"]
)
def test_a_search_for_the_error_finds_the_remedy(error: str) -> None:
    """The errors that version 1 tokens cause are named in the risk."""
    assert error in RULE.risk


@pytest.mark.parametrize("said", ["Regional STS endpoint", "v2Token", "longer", "MinimumSessionTokenSize"])
def test_both_remedies_and_the_warning_are_told(said: str) -> None:
    """A Regional endpoint or version 2, and that longer tokens can break what stores them."""
    assert said in RULE.remediation
