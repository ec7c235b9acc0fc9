"""STS.1: the STS global endpoint issues tokens valid in all Regions.

Playbook. The account gets version 1 tokens from ``sts.amazonaws.com``: they work in Regions enabled by
default and fail in opt-in Regions, with ``AuthFailure`` (EC2), ``InvalidClientTokenId`` (STS, SQS),
``UnrecognizedClientException`` (KMS) or ``InvalidToken`` (S3).

1. Find who still calls the global endpoint: CloudTrail in us-east-1, ``endpointType`` = ``global``.
2. Move them to a Regional endpoint. Tokens from there are valid everywhere, whatever the setting.
3. Or switch the account to version 2. These tokens are longer: test what stores them with STS's
   ``MinimumSessionTokenSize`` first. Old tokens stay as they were; STS follows after about 10 seconds.

Whose setting decides when a role of another account is assumed is not documented by AWS, and public
sources disagree; so every account is judged by its own.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.facts import RegionOptStatuses, TokenVersion
from regionproof.domain.findings import Severity, Verdict
from regionproof.domain.partition import has_global_sts_endpoint

from .declaration import OptInUse, Rule, RuleInput

if TYPE_CHECKING:
    from regionproof.settings.shape import Rules

VALID_IN_ALL_REGIONS = 2
_OBSERVED_V1 = "Session tokens from the STS global endpoint are version 1 in this account"


def judge(case: RuleInput) -> Verdict:
    """Decide by the token version alone; the Regions only grade it."""
    if not has_global_sts_endpoint(case.partition):
        return Verdict.not_applicable(f"Partition {case.partition} has no global STS endpoint.")
    token = case.facts.result(TokenVersion)
    if not isinstance(token, TokenVersion):
        return Verdict.insufficient_data("The token version of the STS global endpoint could not be read.")
    if token.version == VALID_IN_ALL_REGIONS:
        return Verdict.compliant(
            "Session tokens that the STS global endpoint issues to this account from now on are version 2: valid in "
            "all Regions. Tokens issued earlier, or under another account's setting, are not covered.",
            TokenVersion="2",
        )
    return _grade_version_1(case)


def _grade_version_1(case: RuleInput) -> Verdict:
    regions = case.facts.result(RegionOptStatuses)
    if not isinstance(regions, RegionOptStatuses):
        return _undecided(case, "which opt-in Regions the account uses could not be read")
    if here := regions.in_use_or_about_to_be:
        seen = ", ".join(f"{region} ({regions.opt_in[region]})" for region in here)
        sentence = f"{_OBSERVED_V1} and fail in the opt-in Regions that it uses or is about to: {seen}."
        return Verdict.noncompliant(Severity.HIGH, sentence, TokenVersion="1", OptInRegions=seen)
    if case.opt_in_use_elsewhere is OptInUse.IN_USE:
        sentence = f"{_OBSERVED_V1}. It uses no opt-in Region itself, but other accounts of the organization do."
        return Verdict.noncompliant(Severity.MEDIUM, sentence, TokenVersion="1", OptInRegions="none")
    if case.opt_in_use_elsewhere is OptInUse.UNKNOWN:
        return _undecided(
            case, "it uses no opt-in Region itself, and not every other account, in scope or not, was read"
        )
    return _without_opt_in_regions(case)


def _without_opt_in_regions(case: RuleInput) -> Verdict:
    sentence = f"{_OBSERVED_V1}. No account that could be read uses an opt-in Region."
    if _required_only_with_opt_in(case):
        return Verdict.compliant(sentence, TokenVersion="1", OptInRegions="none")
    return Verdict.noncompliant(Severity.LOW, sentence, TokenVersion="1", OptInRegions="none")


def _undecided(case: RuleInput, why: str) -> Verdict:
    if _required_only_with_opt_in(case):
        return Verdict.insufficient_data(f"{_OBSERVED_V1}; {why}, which decides under `require: when-opt-in`.")
    return Verdict.noncompliant(Severity.MEDIUM, f"{_OBSERVED_V1}; {why}.", TokenVersion="1")


def _required_only_with_opt_in(case: RuleInput) -> bool:
    return case.rules.sts_1.require == "when-opt-in"


def _enabled(rules: Rules) -> bool:
    return rules.sts_1.enabled


def _applies(_rules: Rules, partition: str) -> bool:
    return has_global_sts_endpoint(partition)


RULE = Rule(
    id="STS.1",
    title="The STS global endpoint issues tokens valid in all Regions",
    risk=(
        "Version 1 tokens fail in opt-in Regions with errors that do not name the cause: AuthFailure (EC2), "
        "InvalidClientTokenId (STS, SQS), UnrecognizedClientException (KMS), InvalidToken (S3)."
    ),
    remediation=(
        "Use Regional STS endpoints (AWS_STS_REGIONAL_ENDPOINTS=regional; default of SDKs since 2025-07). "
        "Or switch the account to version 2: aws iam set-security-token-service-preferences "
        "--global-endpoint-token-version v2Token (console: IAM > Account settings > Security Token Service > "
        "Global endpoint > Change > All AWS Regions). Version 2 tokens are longer and can break what stores "
        "them: test first with the MinimumSessionTokenSize parameter of STS."
    ),
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html",
    needs=(TokenVersion, RegionOptStatuses),
    enabled=_enabled,
    applies=_applies,
    judge=judge,
)
