"""``regionproof preflight``: is everything there that the audit needs? It reads only."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from regionproof.domain.setup import CheckState
from regionproof.preflight import Needs, checks, not_met
from regionproof.wiring import Caller, build_setup_reading

from .account_cells import plain
from .arguments import add_caller_options, settings_of, with_role
from .command import Command
from .exit_status import ExitStatus

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from regionproof.domain.setup import Check, Observed

    from .terminal import Terminal

    Look: TypeAlias = Callable[[Needs, Caller], Observed]

_EPILOG = f"""\
examples:
  regionproof preflight
  regionproof preflight --profile audit \\
    --member-role OrganizationAccountAccessRole

exit codes:
  {ExitStatus.COMPLIANT.value:<4} everything is there
  {ExitStatus.REFUSED.value:<4} something is missing, or:
       {ExitStatus.REFUSED.meaning}
  {ExitStatus.INCOMPLETE.value:<4} nothing is missing, but something could not be looked at

LATER stands for what can be seen only once the stack is deployed, or only by
its runs, and for what only some organizations need; it is no defect.

Run it with credentials of the account that the stack is deployed to. Each run
of the audit makes the checks of its way into accounts itself, and ends before
the first account where it could read none.
"""

_STYLES = {
    CheckState.MET: "green",
    CheckState.MISSING: "bold red",
    CheckState.UNKNOWN: "yellow",
    CheckState.LATER: "cyan",
}


def look_at_aws(needs: Needs, caller: Caller) -> Observed:
    """Return what is around the caller. Raises ``SetupError`` without credentials or an organization."""
    return build_setup_reading(needs.settings, caller).observe(needs)


def preflight_command(look: Look) -> Command:
    """Return the command, which looks by ``look``."""
    return Command(
        name="preflight",
        summary="check that everything is there that the audit needs",
        description="Check who you are, the organization, delegations and trusted access, one\n"
        "sample account, and Security Hub. Everything that is missing is reported at\n"
        "once, each with the command that fixes it. Nothing is changed.",
        epilog=_EPILOG,
        add_options=add_caller_options,
        run=partial(_preflight, look),
    )


def _preflight(look: Look, options: Namespace, terminal: Terminal) -> ExitStatus:
    settings, origin = settings_of(options, terminal)
    needs = Needs(
        settings=with_role(settings, options.member_role),
        deployment=settings.deployment,
        origin=origin,
        today=datetime.now(UTC).date(),
    )
    seen = look(needs, Caller(profile=options.profile, region=options.region))
    found = checks(needs, seen)
    console = Console(file=terminal.stdout, markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        console.print(_table(seen, found))
    terminal.answer("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
    return _status(found)


def _table(seen: Observed, found: tuple[Check, ...]) -> Table:
    place = "the management account" if seen.from_management else "a member"
    me = f"{seen.identity.account_id} in {seen.identity.region}, {place} of organization {seen.organization.id}"
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(plain(CheckState.MET, _STYLES[CheckState.MET]), plain(f"you are account {me}"))
    for check in found:
        table.add_row(plain(check.state, _STYLES[check.state]), _told(check))
    return table


def _told(check: Check) -> Text:
    met = check.state is CheckState.MET
    lines = [check.need] if met else [line for line in (check.need, check.seen, check.cure) if line]
    return Text("\n").join(plain(line) for line in lines)


def _status(found: tuple[Check, ...]) -> ExitStatus:
    if any(check.state is CheckState.MISSING for check in found):
        return ExitStatus.REFUSED
    return ExitStatus.INCOMPLETE if not_met(found) else ExitStatus.COMPLIANT
