"""The exit codes of ``regionproof``, on which pipelines rely."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from regionproof.domain.findings import Compliance
from regionproof.rules.coverage_1 import RULE as COVERAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regionproof.domain.findings import Finding
    from regionproof.domain.report import Report


class ExitStatus(IntEnum):
    """How a command ended.

    0 to 3 are the contract of ``regionproof audit``. 70 is ``EX_SOFTWARE`` of BSD's sysexits(3): an internal
    error, which keeps Python's own 1 for a traceback from being read as a verdict. 130 is a shell's code for a
    program ended by Ctrl-C (128 + SIGINT).
    """

    COMPLIANT = 0
    NONCOMPLIANT = 1
    REFUSED = 2
    INCOMPLETE = 3
    DEFECT = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Return the meaning of the code, as a clause."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.COMPLIANT: "every account was audited, and no finding is open (exempt ones are not)",
    ExitStatus.NONCOMPLIANT: "noncompliant findings besides Coverage.1 (exempt ones do not count)",
    ExitStatus.REFUSED: "wrong usage, settings, credentials or organization; output not written",
    ExitStatus.INCOMPLETE: "not every account was audited; at most Coverage.1 findings are open",
    ExitStatus.DEFECT: "a defect of RegionProof itself",
    ExitStatus.INTERRUPTED: "interrupted by Ctrl-C",
}


def exit_status(report: Report) -> ExitStatus:
    """Return the exit status of an audit. Noncompliant takes precedence over incomplete.

    ``Coverage.1`` alone is incomplete, not noncompliant. An exemption accepts a finding, but it does not make
    an account audited: to do without an account, exclude it from the scope. A run that audited no account at
    all, or not one that it was asked for, proved nothing and is incomplete.
    """
    if any(finding.rule != COVERAGE.id for finding in report.open_findings):
        return ExitStatus.NONCOMPLIANT
    return ExitStatus.COMPLIANT if _complete(report) else ExitStatus.INCOMPLETE


def result_sentence(report: Report) -> str:
    """Return the meaning of the exit status, in clauses that agree with the counts of the summary."""
    status = exit_status(report)
    if status is ExitStatus.NONCOMPLIANT:
        return "; ".join(("there are noncompliant findings (exempt ones do not count)", *_gaps(report)))
    exempt = report.summary()["exempt"]
    if status is ExitStatus.COMPLIANT:
        audited = "asked for" if report.run.is_partial else "in scope"
        return f"every ACTIVE account {audited} was audited, and {_nothing_open(exempt)}"
    only_coverage = "only Coverage.1 findings are open" if report.open_findings else _nothing_open(exempt)
    return "; ".join((*_gaps(report), only_coverage))


def _nothing_open(exempt: int) -> str:
    return f"no finding is open ({exempt} exempt)" if exempt else "no finding is noncompliant"


def _gaps(report: Report) -> Iterator[str]:
    """Yield what keeps an audit from being complete, in clauses; nothing if it is."""
    if report.not_audited:
        yield f"{len(report.not_audited)} of {_number(len(report.targets), 'account')} could not be audited"
    elif not report.audited:
        yield "no account was audited"
    audited = {result.account.id for result in report.audited}
    if left_out := report.run.requested - {result.account.id for result in report.targets}:
        yield f"left out: {_number(len(left_out), 'account')} asked for (not ACTIVE or out of scope)"
    if undecided := sum(_is_undecided(finding) and finding.account.id in audited for finding in report.findings):
        yield f"{_number(undecided, 'verdict')} could not be decided"


def _is_undecided(finding: Finding) -> bool:
    return finding.verdict.compliance is Compliance.INSUFFICIENT_DATA


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _complete(report: Report) -> bool:
    return not any(_gaps(report))
