"""Regions.1: only approved opt-in Regions are enabled.

Playbook. An opt-in Region is in use, or about to be, that no list in ``regionproof.yaml`` approves for this
account. Each enabled Region is a place to guard, and one more where version 1 tokens fail. Partitions without
an Account Management endpoint (GovCloud, the European Sovereign Cloud, ISO) have no opt-in Regions to judge.

1. Ask the account's owner whether the Region is wanted. If so, add it to the nearest list.
2. If not, empty it first: disabling does not delete what is there, and it goes on costing.
3. Disable it: ``aws account disable-region --region-name NAME``. To keep it so, deny
   ``account:EnableRegion`` by a service control policy.

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


def judge(case: RuleInput) -> Verdict:
    """Hold the opt-in Regions in use or about to be against the nearest list."""
    wanted = case.rules.regions_1
    if not has_account_management(case.partition):
        return Verdict.not_applicable(
            f"Partition {case.partition} has no AWS Account Management endpoint, so it has no opt-in Regions to judge."
        )
    if not _any_list(wanted):
        return Verdict.not_applicable("No list of approved opt-in Regions is configured.")
    if _place_unknown(case.account, wanted):
        return Verdict.insufficient_data(
            "Which list applies could not be told: the tree of organizational units does not show the account."
        )
    approved = approved_regions(case.account, wanted)
    if approved is None:
        return Verdict.not_applicable("No list of approved opt-in Regions covers this account.")
    regions = case.facts.result(RegionOptStatuses)
    if not isinstance(regions, RegionOptStatuses):
        nor_centrally = ", neither in the account nor centrally" if case.facts.unread_centrally else ""
        return Verdict.insufficient_data(f"Which opt-in Regions the account uses could not be read{nor_centrally}.")
    return _with_source(_compare(regions, approved), case.facts.denied.get(RegionOptStatuses))


def _with_source(verdict: Verdict, denial: ReadFailure | None) -> Verdict:
    """Add that the Regions were read centrally, and why."""
    if denial is None:
        return verdict
    sentence = f"{verdict.sentence} Read centrally, as the account denied {denial.call} to the audit."
    return replace(verdict, sentence=sentence, observed={**verdict.observed, "ReadCentrally": denial.call})


def approved_regions(account: Account, wanted: RegionsRule) -> tuple[str, ...] | None:
    """Return the list that applies: the account's own, the nearest OU's, the organization's, else None."""
    if account.id in wanted.accounts:
        return wanted.accounts[account.id]
    nearest = next((unit for unit in account.parent_ids if unit in wanted.organizational_units), None)
    return wanted.approved if nearest is None else wanted.organizational_units[nearest]


def _compare(regions: RegionOptStatuses, approved: tuple[str, ...]) -> Verdict:
    stray = [region for region in regions.in_use_or_about_to_be if region not in approved]
    allowed = ", ".join(approved) or "none"
    if not stray:
        return Verdict.compliant(f"Every opt-in Region in use is approved ({allowed}).", Approved=allowed)
    seen = ", ".join(f"{region} ({regions.opt_in[region]})" for region in stray)
    sentence = f"Opt-in Regions are in use or about to be without approval: {seen}. Approved: {allowed}."
    return Verdict.noncompliant(Severity.MEDIUM, sentence, Unapproved=seen, Approved=allowed)


def _place_unknown(account: Account, wanted: RegionsRule) -> bool:
    return bool(wanted.organizational_units) and not account.parents and account.id not in wanted.accounts


def _any_list(wanted: RegionsRule) -> bool:
    return wanted.approved is not None or bool(wanted.organizational_units) or bool(wanted.accounts)


def _enabled(rules: Rules) -> bool:
    return rules.regions_1.enabled


def _applies(rules: Rules, partition: str) -> bool:
    return has_account_management(partition) and _any_list(rules.regions_1)


RULE = Rule(
    id="Regions.1",
    title="Only approved opt-in Regions are enabled",
    risk=(
        "An opt-in Region that nobody approved is a place without guards and budgets, and one more where "
        "version 1 session tokens fail."
    ),
    remediation=(
        "If the Region is wanted, add it to the nearest list in regionproof.yaml. If not, empty it, then disable it: "
        "aws account disable-region --region-name NAME (console: Account > AWS Regions). Resources left in a "
        "disabled Region are kept and billed."
    ),
    reference="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
    needs=(RegionOptStatuses,),
    enabled=_enabled,
    applies=_applies,
    judge=judge,
)
