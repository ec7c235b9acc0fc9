"""The alert of a run, in the words of each kind of subscriber. Pure.

People get a text, programs get JSON, chat channels get the custom notification of Amazon Q Developer.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regionproof.domain.document import finding_document, run_document
from regionproof.domain.text import one_line, shorten

if TYPE_CHECKING:
    from regionproof.domain.findings import Finding
    from regionproof.domain.report import Report

SUBJECT_LENGTH = 100
"""An SNS subject: ASCII, at most 100 characters, no line break.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

CHAT_TITLE_LENGTH = 250
CHAT_DESCRIPTION_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Digest:
    """The open findings of a report, the worst first, of which the first ``shown`` are told one by one."""

    report: Report
    shown: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings that are told one by one."""
        return self.report.open_findings[: self.shown]

    @property
    def omitted(self) -> int:
        """Return how many open findings are only counted."""
        return len(self.report.open_findings) - len(self.findings)


def build_subject(report: Report) -> str:
    """Return the subject: how many findings and how many accounts that could not be audited."""
    subject = f"RegionProof {report.organization.id}: {_headline(report)}"
    return subject.encode("ascii", "replace").decode()[:SUBJECT_LENGTH]


def build_text(digest: Digest) -> str:
    """Return the alert as a person reads it in a mail."""
    report = digest.report
    lines = [
        f"RegionProof audited organization {report.organization.id} at {report.run.started_at:%Y-%m-%d %H:%M} UTC.",
        f"{_headline(report)}.",
        f"{len(report.audited)} of {len(report.targets)} accounts in scope were audited.",
        "",
    ]
    for rule, findings in _by_rule(digest.findings).items():
        lines += [f"{rule} {findings[0].title}", ""]
        lines += [_in_a_line(finding) for finding in findings]
        lines += ["", f"  What to do: {findings[0].remediation}", f"  {findings[0].reference}", ""]
    if digest.omitted:
        lines += [f"{digest.omitted} more findings are not shown here: a message holds 256 KB.", ""]
    lines.append("`regionproof audit` lists every finding; in Security Hub, filter by the product name RegionProof.")
    return "\n".join(lines)


def build_document(digest: Digest) -> dict[str, Any]:
    """Return the alert as a program reads it; ``findings_omitted`` counts what is not in ``findings``."""
    return {
        "source": "regionproof",
        "version": "1",
        **run_document(digest.report),
        "findings": [finding_document(finding) for finding in digest.findings],
        "findings_omitted": digest.omitted,
    }


def build_chat_notification(digest: Digest) -> dict[str, Any]:
    """Return the alert as Amazon Q Developer in chat applications shows it.

    https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
    """
    report = digest.report
    lines, left = [], CHAT_DESCRIPTION_LENGTH
    for finding in digest.findings:
        line = f"• *{finding.rule}* {finding.verdict.severity} {_for_chat(finding.account.name)} ({finding.account.id})"
        if len(line) + 1 > left:
            break
        lines.append(line)
        left -= len(line) + 1
    unsaid = len(report.open_findings) - len(lines)
    if unsaid:
        lines.append(f"and {unsaid} more")
    return {
        "version": "1.0",
        "source": "custom",
        "id": report.run.id,
        "content": {
            "textType": "client-markdown",
            "title": shorten(f"RegionProof: {_headline(report)}", CHAT_TITLE_LENGTH),
            "description": "\n".join(lines),
            "nextSteps": ["Open Security Hub and filter by product name RegionProof"],
            "keywords": ["RegionProof", report.organization.id],
        },
        "metadata": {
            "threadId": f"regionproof-{report.organization.id}",
            "summary": _headline(report),
            "eventType": "RegionProof audit",
        },
    }


def _headline(report: Report) -> str:
    counts = [f"{count} noncompliant under {rule}" for rule, count in report.noncompliant_by_rule.items() if count]
    return ", ".join(counts) or "no open finding"


def _by_rule(findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.rule, []).append(finding)
    return grouped


def _in_a_line(finding: Finding) -> str:
    account = finding.account
    place = f" in {one_line(account.ou_path)}" if account.ou_path else ""
    who = f"{account.id} {one_line(account.name)}{place}"
    return f"  {finding.verdict.severity:<6} {who}\n         {one_line(finding.verdict.sentence)}"


def _for_chat(text: str) -> str:
    """Return untrusted text that can neither format nor call anyone: ``<!channel>`` would."""
    return html.escape(one_line(text), quote=False).replace("*", "").replace("`", "'")
