"""Errors that stop a whole run. A failure of one account is not an exception; it becomes that account's finding.

RegionProofError
+-- SetupError          something that the audit needs is missing; the sentence names the fix
+-- LedgerWriteFailed   other runs wrote the ledger again and again
+-- NothingInScope      the scope of the settings leaves no account
+-- UnknownScope        the scope of the settings names a unit that the organization does not have
+-- UnknownAccounts     accounts were asked for that the organization does not have
+-- OutOfTime           the run has no time left for a call that it depends on
+-- InvalidRunFile      a file of a run in steps is missing or damaged (``storage.run_file_format``)
+-- BatchTimedOut       a batch of such a run ran out of time; its results so far are kept (``steps.run``)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class RegionProofError(Exception):
    """The run cannot go on. ``str()`` is one clear sentence for a person."""


class SetupError(RegionProofError):
    """Credentials, the organization or a right is missing. The sentence names the fix."""


class OutOfTime(RegionProofError):
    """The time that a run has for its calls is up. ``operation`` is AWS's name of the call that was not made.

    For a call of one account it means that the account was not attempted, not that it failed.
    """

    def __init__(self, operation: str) -> None:
        self.operation = operation
        super().__init__(
            f"the run's time was up before AWS answered {operation}; if AWS throttles this account's calls, find "
            "out who else makes so many, or give the run more time"
        )


class UnexpectedAnswer(Exception):
    """AWS answered with a value that this version does not know. ``str()`` names the value."""


class UnknownAccounts(RegionProofError):
    """Accounts were asked for that the organization does not have."""

    def __init__(self, account_ids: frozenset[str], organization_id: str) -> None:
        named = ", ".join(sorted(account_ids))
        super().__init__(f"organization {organization_id} has no account {named}; check the id")


class UnknownScope(RegionProofError):
    """The scope names an organizational unit that the organization does not have, so accounts would be left out.

    ``notices`` are all entries of the settings that do nothing, each as a clause with its place.
    """

    def __init__(self, notices: Iterable[str]) -> None:
        begun = (
            "no account was audited, because the scope of the settings names an organizational unit that the "
            "organization does not have; correct these entries and deploy again:"
        )
        super().__init__("\n".join([begun, *(f"- {notice}" for notice in notices)]))


class LedgerWriteFailed(RegionProofError):
    """Other runs wrote the ledger each time that this one tried to.

    If it had sent its alert already, the intent that it recorded stays, and the next run settles it.
    """

    def __init__(self, attempts: int) -> None:
        super().__init__(f"other runs wrote the ledger {attempts} times in a row; see which schedule starts so many")


class NothingInScope(RegionProofError):
    """The settings leave no account to audit, which is more likely a mistake than a wish."""

    def __init__(self, organization_id: str) -> None:
        super().__init__(f"no open account of organization {organization_id} is in scope; check the ids under `scope`")
