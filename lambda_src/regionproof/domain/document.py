"""The report as one JSON document: the shape that other programs read (README, 'For programs')."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .facts import RegionOptStatuses, TokenVersion

if TYPE_CHECKING:
    from datetime import datetime

    from .facts import AccountFacts
    from .findings import Finding
    from .report import AccountResult, Report


def timestamp(moment: datetime) -> str:
    """Spell an aware UTC time as AWS does: ``2026-11-21T06:00:00.000Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def run_document(report: Report) -> dict[str, Any]:
    """Return the run, the organization and the summary: what the function returns."""
    run, organization = report.run, report.organization
    return {
        "run": {
            "id": run.id,
            "started_at": timestamp(run.started_at),
            "finished_at": timestamp(run.finished_at),
            "duration_seconds": round(run.duration_seconds, 3),
            "audit_account": run.identity.account_id,
            "partition": run.identity.partition,
            "region": run.identity.region,
            "partial": run.is_partial,
        },
        "organization": {"id": organization.id, "management_account": organization.management_account_id},
        "summary": report.summary(),
    }


def report_document(report: Report, *, has_ledger: bool = True) -> dict[str, Any]:
    """Return everything, with the keys ``run``, ``organization``, ``summary``, ``accounts``, ``findings``.

    ``has_ledger`` says whether the run knows of earlier ones; see ``finding_document``.
    """
    return {
        **run_document(report),
        "accounts": [_account(result) for result in report.accounts],
        "findings": [finding_document(finding, has_ledger=has_ledger) for finding in report.findings],
    }


def finding_document(finding: Finding, *, has_ledger: bool = True) -> dict[str, Any]:
    """Return one finding. ``exempt`` is null, or who took it on, why, and until when.

    Without a ledger ``first_seen`` is null: only earlier runs can tell when a finding was first seen.
    """
    exemption = finding.exemption
    return {
        "id": finding.id,
        "rule": finding.rule,
        "account_id": finding.account.id,
        "account_name": finding.account.name,
        "ou_path": finding.account.ou_path,
        "compliance": finding.verdict.compliance.value,
        "severity": finding.verdict.severity.value,
        "title": finding.title,
        "description": finding.verdict.sentence,
        "risk": finding.risk,
        "remediation": finding.remediation,
        "reference": finding.reference,
        "observed": dict(finding.verdict.observed),
        "first_seen": timestamp(finding.first_seen) if has_ledger else None,
        "last_seen": timestamp(finding.last_seen),
        "exempt": exemption
        and {"owner": exemption.owner, "reason": exemption.reason, "until": exemption.until.isoformat()},
    }


def _account(result: AccountResult) -> dict[str, Any]:
    account = result.account
    return {
        "id": account.id,
        "name": account.name,
        "state": account.state,
        "ou_path": account.ou_path,
        "in_scope": result.in_scope,
        "audited": result.audited,
        **_facts(result.facts),
    }


def _facts(facts: AccountFacts | None) -> dict[str, Any]:
    """Return what was read; null stands for what was not, never for a value."""
    token = facts.get(TokenVersion) if facts else None
    regions = facts.get(RegionOptStatuses) if facts else None
    return {
        "token_version": token and token.version,
        "opt_in_regions": regions and {name: status.value for name, status in regions.opt_in.items()},
        "unread": [
            {"call": unread.call, "code": unread.code, "message": unread.message}
            for unread in (facts.read_failures if facts else ())
        ],
        "asked_centrally_after": [
            {"call": denial.call, "code": denial.code, "message": denial.message}
            for denial in (facts.denied.values() if facts else ())
        ],
    }
