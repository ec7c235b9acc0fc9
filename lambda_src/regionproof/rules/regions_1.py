"""Regions.1: only approved opt-in Regions are enabled.

Playbook. An opt-in Region is in use, or about to be, and no list in ``regionproof.yaml`` approves it for this
account. Each enabled Region needs guardrails, and is one more where version 1 tokens fail. Partitions without an
Account Management endpoint (GovCloud, the European Sovereign Cloud, ISO) have no opt-in Regions to judge.

1. Ask the account's owner whether the Region is needed. If it is, add it to the nearest list.
2. If not, delete its resources first: disabling keeps them, and they still cost money.
3. Disable the Region: ``aws account disable-region --region-name NAME``. To keep it disabled, deny
   ``account:EnableRegion`` in a service control policy.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regionproof.domain.facts import RegionOptStatuses
from regionproof.domain.findings import Severity, Verdict
from regionproof.domain.partition import has_account_management

from .declaration import Rule, RuleInput

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import ReadFailure
    from regionproof.settings.shape import RegionsRule, Rules


def judge(account_input: RuleInput) -> Verdict:
    """Compare the opt-in Regions in use, or about to be, with the nearest list."""
    settings = account_input.rules.regions_1
    if not has_account_management(account_input.partition):
        return Verdict.not_applicable(
            f"Partition {account_input.partition} has no AWS Account Management endpoint, "
            "so it has no opt-in Regions to judge."
        )
    if not _any_list(settings):
        return Verdict.not_applicable("No list of approved opt-in Regions is configured.")
    if _unit_unknown(account_input.account, settings):
        return Verdict.insufficient_data(
            "Cannot determine which list applies: the organizational unit of the account is unknown."
        )
    approved = approved_regions(account_input.account, settings)
    if approved is None:
        return Verdict.not_applicable("No list of approved opt-in Regions covers this account.")
    regions = account_input.facts.result(RegionOptStatuses)
    if not isinstance(regions, RegionOptStatuses):
        nor_centrally = ", neither in the account nor centrally" if account_input.facts.unread_centrally else ""
        return Verdict.insufficient_data(f"The opt-in Regions of the account could not be read{nor_centrally}.")
    return _with_source(_compare(regions, approved), account_input.facts.denied.get(RegionOptStatuses))


def _with_source(verdict: Verdict, denial: ReadFailure | None) -> Verdict:
    """Add that the Regions were read centrally, and why."""
    if denial is None:
        return verdict
    sentence = f"{verdict.sentence} Read centrally, because the account denied {denial.call} to the audit."
    return replace(verdict, sentence=sentence, observed={**verdict.observed, "ReadCentrally": denial.call})


def approved_regions(account: Account, settings: RegionsRule) -> tuple[str, ...] | None:
    """Return the list that applies: the account's own, the nearest unit's, the organization's, or None."""
    if account.id in settings.accounts:
        return settings.accounts[account.id]
    nearest = next((unit for unit in account.parent_ids if unit in settings.organizational_units), None)
    return settings.approved if nearest is None else settings.organizational_units[nearest]


def _compare(regions: RegionOptStatuses, approved: tuple[str, ...]) -> Verdict:
    unapproved = [region for region in regions.in_use_or_about_to_be if region not in approved]
    allowed = ", ".join(approved) or "none"
    if not unapproved:
        return Verdict.compliant(
            f"No unapproved opt-in Region is in use or about to be. Approved: {allowed}.", Approved=allowed
        )
    listed = ", ".join(f"{region} ({regions.opt_in[region]})" for region in unapproved)
    sentence = f"Unapproved opt-in Regions are in use or about to be: {listed}. Approved: {allowed}."
    return Verdict.noncompliant(Severity.MEDIUM, sentence, Unapproved=listed, Approved=allowed)


def _unit_unknown(account: Account, settings: RegionsRule) -> bool:
    return bool(settings.organizational_units) and not account.parents and account.id not in settings.accounts


def _any_list(settings: RegionsRule) -> bool:
    return settings.approved is not None or bool(settings.organizational_units) or bool(settings.accounts)


def _enabled(rules: Rules) -> bool:
    return rules.regions_1.enabled


def _applies(rules: Rules, partition: str) -> bool:
    return has_account_management(partition) and _any_list(rules.regions_1)


RULE = Rule(
    id="Regions.1",
    title="Only approved opt-in Regions are enabled",
    risk=(
        "An unapproved opt-in Region often has no guardrails or budgets, and is one more Region where version 1 "
        "session tokens fail."
    ),
    remediation=(
        "If the Region is needed, add it to the nearest list in regionproof.yaml. If not, delete its resources, "
        "then disable it: aws account disable-region --region-name NAME (console: Account > AWS Regions). A disabled "
        "Region keeps its resources, and AWS still bills them."
    ),
    reference="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
    needs=(RegionOptStatuses,),
    enabled=_enabled,
    applies=_applies,
    judge=judge,
)
