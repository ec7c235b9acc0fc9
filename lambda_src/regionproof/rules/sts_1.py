"""STS.1: the STS global endpoint issues tokens valid in all Regions.

Playbook. The account gets version 1 tokens from ``sts.amazonaws.com``. They work in Regions that are enabled by
default and fail in opt-in Regions, with ``AuthFailure`` (EC2), ``InvalidClientTokenId`` (STS, SQS),
``UnrecognizedClientException`` (KMS) or ``InvalidToken`` (S3).

1. Find the callers of the global endpoint: CloudTrail in us-east-1, ``endpointType`` = ``global``.
2. Move them to a Regional endpoint. Its tokens are valid in all Regions, whatever the setting.
3. Or switch the account to version 2. These tokens are longer: first test the software that stores them, with the
   parameter ``MinimumSessionTokenSize`` of STS. Earlier tokens do not change. The switch takes about 10 seconds.

AWS does not document whose setting counts when a role of another account is assumed, and public sources disagree.
RegionProof judges each account by the setting of that account.

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


def judge(account_input: RuleInput) -> Verdict:
    """Judge by the token version; the opt-in Regions in use only set the severity."""
    if not has_global_sts_endpoint(account_input.partition):
        return Verdict.not_applicable(f"Partition {account_input.partition} has no global STS endpoint.")
    token = account_input.facts.result(TokenVersion)
    if not isinstance(token, TokenVersion):
        return Verdict.insufficient_data("The token version of the STS global endpoint could not be read.")
    if token.version == VALID_IN_ALL_REGIONS:
        return Verdict.compliant(
            "New session tokens from the STS global endpoint are version 2 in this account: they are valid in all "
            "Regions. Tokens issued earlier, or under another account's setting, are not covered.",
            TokenVersion="2",
        )
    return _grade_version_1(account_input)


def _grade_version_1(account_input: RuleInput) -> Verdict:
    regions = account_input.facts.result(RegionOptStatuses)
    if not isinstance(regions, RegionOptStatuses):
        return _opt_in_use_unknown(account_input, "its opt-in Regions could not be read")
    if own := regions.in_use_or_about_to_be:
        listed = ", ".join(f"{region} ({regions.opt_in[region]})" for region in own)
        sentence = f"{_OBSERVED_V1} and fail in the opt-in Regions it uses or is about to use: {listed}."
        return Verdict.noncompliant(Severity.HIGH, sentence, TokenVersion="1", OptInRegions=listed)
    if account_input.opt_in_use_elsewhere is OptInUse.IN_USE:
        sentence = f"{_OBSERVED_V1}. It uses no opt-in Region, but other accounts of the organization do."
        return Verdict.noncompliant(Severity.MEDIUM, sentence, TokenVersion="1", OptInRegions="none")
    if account_input.opt_in_use_elsewhere is OptInUse.UNKNOWN:
        return _opt_in_use_unknown(
            account_input, "it uses no opt-in Region, but not every other account, in scope or not, was read"
        )
    return _without_opt_in_regions(account_input)


def _without_opt_in_regions(account_input: RuleInput) -> Verdict:
    sentence = f"{_OBSERVED_V1}. No account that could be read uses an opt-in Region."
    if _required_only_with_opt_in(account_input):
        return Verdict.compliant(sentence, TokenVersion="1", OptInRegions="none")
    return Verdict.noncompliant(Severity.LOW, sentence, TokenVersion="1", OptInRegions="none")


def _opt_in_use_unknown(account_input: RuleInput, why: str) -> Verdict:
    if _required_only_with_opt_in(account_input):
        return Verdict.insufficient_data(f"{_OBSERVED_V1}; {why}, so `require: when-opt-in` cannot be decided.")
    return Verdict.noncompliant(Severity.MEDIUM, f"{_OBSERVED_V1}; {why}.", TokenVersion="1")


def _required_only_with_opt_in(account_input: RuleInput) -> bool:
    return account_input.rules.sts_1.require == "when-opt-in"


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
        "Use Regional STS endpoints (AWS_STS_REGIONAL_ENDPOINTS=regional; the default of SDKs since 2025-07). "
        "Or switch the account to version 2: aws iam set-security-token-service-preferences "
        "--global-endpoint-token-version v2Token (console: IAM > Account settings > Security Token Service > "
        "Global endpoint > Change > All AWS Regions). Version 2 tokens are longer and can break software that stores "
        "them: test first with the MinimumSessionTokenSize parameter of STS."
    ),
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html",
    needs=(TokenVersion, RegionOptStatuses),
    enabled=_enabled,
    applies=_applies,
    judge=judge,
)
