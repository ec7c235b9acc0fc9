"""The exit codes of ``regionproof``: what a pipeline may rely on."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from regionproof.domain.findings import Compliance
from regionproof.rules.coverage_1 import RULE as COVERAGE

if TYPE_CHECKING:
    from regionproof.domain.report import Report


class ExitStatus(IntEnum):
    """How a command ended.

    0 to 3 are the contract of ``regionproof audit``. 70 is ``EX_SOFTWARE`` of BSD's sysexits(3): an internal
    error, so that Python's own 1 for a traceback is never read as a verdict. 130 is what a shell reports of a
    program that Ctrl-C ended (128 + SIGINT).
    """

    COMPLIANT = 0
    NONCOMPLIANT = 1
    REFUSED = 2
    INCOMPLETE = 3
    DEFECT = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Return what the code says, as a clause."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.COMPLIANT: "every account was audited, and none is noncompliant",
    ExitStatus.NONCOMPLIANT: "there are noncompliant findings (exempt ones do not count)",
    ExitStatus.REFUSED: "wrong usage, settings, credentials or organization",
    ExitStatus.INCOMPLETE: "nothing noncompliant was found, but not every account could be audited",
    ExitStatus.DEFECT: "a defect of RegionProof itself",
    ExitStatus.INTERRUPTED: "interrupted by Ctrl-C",
}


def exit_status(report: Report) -> ExitStatus:
    """Return the exit status of an audit. Noncompliant wins over incomplete: what was found stays found.

    ``Coverage.1`` alone is incomplete, not noncompliant. An exemption takes a finding on, but it does not make
    an account audited: to do without an account, leave it out of the scope. A run that audited no account at
    all, or not one that it was asked for, proved nothing and is incomplete.
    """
    if any(finding.rule != COVERAGE.id for finding in report.open_findings):
        return ExitStatus.NONCOMPLIANT
    return ExitStatus.COMPLIANT if _complete(report) else ExitStatus.INCOMPLETE


def _complete(report: Report) -> bool:
    audited = {result.account.id for result in report.audited}
    undecided = any(finding.verdict.compliance is Compliance.INSUFFICIENT_DATA for finding in report.findings)
    return bool(audited) and audited >= report.run.requested and not report.not_audited and not undecided
