"""Runs for the command line to print: real audits over fakes, and a way to start the command in this process."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from regionproof.audit.run import Audit, Progress
from regionproof.audit.settings_check import SettingsCheck
from regionproof.cli.audit_command import audit_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal
from regionproof.domain.facts import AccountFacts, TokenVersion
from regionproof.domain.run import Outcome, RunRequest
from regionproof.settings.shape import AuditSettings
from tests.support.builders import IDENTITY, MANAGEMENT_ACCOUNT_ID, NOW, an_account, an_organization, some_facts
from tests.support.fakes import FakeFactReader, FakeOrganizationSource, RecordingPublisher

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from regionproof.cli.audit_command import AuditRun
    from regionproof.domain.accounts import Account
    from regionproof.domain.report import Identity, Report
    from regionproof.wiring import CallerProfile

ORDERS = "222222222222"


@dataclass
class FakeRun:
    """Audits an organization that is made up, and keeps what it was asked for and what it published.

    ``facts`` by account id; the management account is fine. ``accounts`` are those that need more than an id.
    ``walked``: whether the tree of units is known.
    """

    facts: Mapping[str, AccountFacts] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    identity: Identity = IDENTITY
    walked: bool = True
    asked: list[tuple[AuditSettings, CallerProfile | None, RunRequest]] = field(default_factory=list)
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)

    def __call__(
        self,
        settings: AuditSettings,
        caller: CallerProfile | None,
        request: RunRequest,
        progress: Progress,
        check: SettingsCheck,
    ) -> Outcome:
        """Run a real audit over the fakes."""
        self.asked.append((settings, caller, request))
        named = {account.id for account in self.accounts}
        others = (an_account(account_id) for account_id in self.facts if account_id not in named)
        return Audit(
            settings=settings,
            identity=self.identity,
            organization=FakeOrganizationSource(an_organization(*self.accounts, *others), walked=self.walked),
            reader=FakeFactReader({MANAGEMENT_ACCOUNT_ID: some_facts(TokenVersion(2)), **self.facts}),
            publishers=(self.publisher,),
            clock=lambda: NOW,
            workers=2,
            progress=progress,
            settings_check=check,
        ).run(request, "run-1")

    def report(self, settings: AuditSettings | None = None, *requested: str) -> Report:
        """Return the report of a run."""
        request = RunRequest(frozenset(requested), dry_run=True)
        return self(settings or AuditSettings(), None, request, Progress(), SettingsCheck()).report


class FakeScreen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    status: int
    stdout: str
    stderr: str


def regionproof(
    *arguments: str, run: AuditRun, stdout: io.StringIO | None = None, stderr: io.StringIO | None = None
) -> Ended:
    """Run ``regionproof`` with these arguments in this process, over a run that is made up."""
    answer, messages = stdout or io.StringIO(), stderr or io.StringIO()
    status = run_command_line(arguments, (audit_command(run),), Terminal(answer, messages))
    return Ended(status, answer.getvalue(), messages.getvalue())


def settings_file(folder: Path, text: str = "") -> str:
    """Write a settings file and return its path; all defaults, unless said otherwise."""
    file = folder / "regionproof.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)
