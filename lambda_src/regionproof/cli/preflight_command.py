"""``regionproof preflight``: is everything there that the audit needs? It reads only."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console

from regionproof.preflight.checks import checks, not_met
from regionproof.preflight.deployed import StackNeeds
from regionproof.preflight.observed import Check, CheckState, PreflightScope
from regionproof.wiring import CallerProfile, build_setup_inspector

from .arguments import add_caller_options, settings_of, with_role
from .cdk_file import CDK_FILE, bootstrap_qualifier
from .check_lines import check_lines
from .command import Command
from .exit_status import ExitStatus

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from regionproof.preflight.observed import SetupSnapshot

    from .terminal import Terminal

    Look: TypeAlias = Callable[[PreflightScope, CallerProfile], SetupSnapshot]

_EPILOG = f"""\
examples:
  regionproof preflight
  regionproof preflight --profile audit \\
    --member-role OrganizationAccountAccessRole

exit codes:
  {ExitStatus.COMPLIANT.value:<4} everything is there
  {ExitStatus.REFUSED.value:<4} something is missing, or:
       {ExitStatus.REFUSED.meaning}
  {ExitStatus.INCOMPLETE.value:<4} nothing is missing, but something could not be checked

LATER means: can only be checked after deployment or by a run, or only some
organizations need it. It is not an error.

Run it with credentials of the account that you deploy to. Each run of the
audit checks its own access first, and stops before the first account if it
could not read any.
"""


def inspect_aws(needs: PreflightScope, caller: CallerProfile) -> SetupSnapshot:
    """Return a snapshot of the caller's setup. Raises ``SetupError`` without credentials or an organization."""
    return build_setup_inspector(needs.settings, caller).observe(needs)


def preflight_command(look: Look) -> Command:
    """Return the command, which looks by ``look``."""
    return Command(
        name="preflight",
        summary="check that everything is there that the audit needs",
        description="Check your credentials, the organization, delegations and trusted access, one\n"
        "sample account, Security Hub, the needs of the deployment, and its mail\n"
        "subscriptions. Everything that is missing is reported at\n"
        "once, each with the command that fixes it. Nothing is changed.",
        epilog=_EPILOG,
        add_options=add_caller_options,
        run=partial(_preflight, look),
    )


def _preflight(look: Look, options: Namespace, terminal: Terminal) -> ExitStatus:
    settings, origin = settings_of(options, terminal)
    needs = PreflightScope(
        settings=with_role(settings, options.member_role),
        deployment=settings.deployment,
        origin=origin,
        today=datetime.now(UTC).date(),
        stack=StackNeeds(alerts=settings.alerts, engine=settings.engine, qualifier=bootstrap_qualifier(Path(CDK_FILE))),
    )
    seen = look(needs, CallerProfile(profile=options.profile, region=options.region))
    found = checks(needs, seen)
    console = Console(file=terminal.stdout, markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        for line in check_lines((_caller(seen), *found), console.width):
            console.print(line, soft_wrap=True)
    terminal.write_output("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
    return _status(found)


def _caller(seen: SetupSnapshot) -> Check:
    place = "the management account" if seen.from_management else "a member"
    me = f"{seen.identity.account_id} in {seen.identity.region}, {place} of organization {seen.organization.id}"
    return Check(need=f"you are account {me}", state=CheckState.MET)


def _status(found: tuple[Check, ...]) -> ExitStatus:
    if any(check.state is CheckState.MISSING for check in found):
        return ExitStatus.REFUSED
    return ExitStatus.INCOMPLETE if not_met(found) else ExitStatus.COMPLIANT
