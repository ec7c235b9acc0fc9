"""``regionproof audit``: read the organization and print the findings. It publishes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console

from regionproof.audit.run import Progress, run_id_of
from regionproof.audit.settings_check import SettingsCheck
from regionproof.domain.document import report_document
from regionproof.domain.run import Outcome, RunRequest
from regionproof.domain.untrusted_text import to_safe_json
from regionproof.wiring import CallerProfile, RunContext, build_audit

from .arguments import account_id, add_caller_options, settings_of, with_role
from .command import Command
from .exit_status import ExitStatus, exit_status
from .progress import progress_on
from .report_view import rendered

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable
    from typing import TextIO

    from regionproof.domain.report import Report
    from regionproof.settings.shape import AuditSettings

    from .terminal import Terminal

    AuditRun: TypeAlias = Callable[[AuditSettings, CallerProfile, RunRequest, Progress, SettingsCheck], Outcome]

_EXIT_CODES = "\n".join(f"  {status.value:<4} {status.meaning}" for status in ExitStatus)
_EPILOG = f"""\
examples:
  regionproof audit --member-role OrganizationAccountAccessRole
  regionproof audit --member-role AWSControlTowerExecution --profile audit \\
    --account 111122223333 --account 444455556666
  regionproof audit --member-role OrganizationAccountAccessRole --format json \\
    | jq -r '.findings[] | select(.compliance == "NON_COMPLIANT") | .account_id'

exit codes (1 wins over 3):
{_EXIT_CODES}

It runs with the credentials of the management account or of a delegated
administrator, reads only, and publishes nothing. The deployed member role
trusts only the deployed function: name a role that you may assume.
A value that could not be read is shown as `not read`.
"""


def audit_aws(
    settings: AuditSettings, caller: CallerProfile, request: RunRequest, progress: Progress, check: SettingsCheck
) -> Outcome:
    """Audit the organization of the caller.

    Raises ``RegionProofError`` if nothing could be audited, ``SettingsError`` if the check refuses the settings.
    """
    audit = build_audit(settings, caller, RunContext(progress), check=check)
    return audit.run(request, run_id_of(datetime.now(UTC)))


def audit_command(run: AuditRun) -> Command:
    """Return the command, which audits by ``run``."""
    return Command(
        name="audit",
        summary="audit the organization and print the findings",
        description="Audit the organization and print every account and every open finding.\nNothing is published.",
        epilog=_EPILOG,
        add_options=_add_options,
        run=partial(_audit, run),
    )


def as_json(report: Report) -> str:
    """Return the report as one JSON document, in ASCII: any stdout takes it, and no name in it moves a cursor."""
    return to_safe_json(report_document(report, has_ledger=False), ascii_only=True, indent=2) + "\n"


def as_table(report: Report, stdout: TextIO) -> str:
    """Return the report as tables for a person, as wide and as colourful as stdout allows."""
    return rendered(report, Console(file=stdout, markup=False, emoji=False, highlight=False))


def _add_options(parser: ArgumentParser) -> None:
    add_caller_options(parser)
    parser.add_argument(
        "--account",
        type=account_id,
        action="append",
        default=[],
        metavar="ID",
        help="audit this account only; may be repeated (default: every account in scope)",
    )
    parser.add_argument("--format", choices=("table", "json"), default="table", help="how to print (default: table)")


def _audit(run: AuditRun, options: Namespace, terminal: Terminal) -> ExitStatus:
    read, origin = settings_of(options, terminal)
    settings = with_role(read, options.member_role)
    caller = CallerProfile(profile=options.profile, region=options.region)
    request = RunRequest(accounts=frozenset(options.account), dry_run=True)
    with progress_on(terminal.stderr) as progress:
        report = run(settings, caller, request, progress, SettingsCheck(origin, strict=True)).report
    for notice in report.settings_notices:
        terminal.message(f"warning: {origin.file}: {notice.place}: {notice.reason}")
    terminal.write_output(as_json(report) if options.format == "json" else as_table(report, terminal.stdout))
    return exit_status(report)
