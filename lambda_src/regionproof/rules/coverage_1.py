"""Coverage.1: the account can be audited.

Playbook. A read that a rule needs failed, so nothing can be said of the account. The finding names the call,
the error code and the likely cause.

1. ``sts:AssumeRole`` denied: look for the account among the instances of the StackSet; a role of another
   name, or one that was deleted, is the usual cause. A service control policy is named in the message.
2. Another call denied: the member role is older than the stack; let the StackSet update it.
3. Throttled, timed out, not reached: the next run tries again; raise it if it stays.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.causes import likely_cause
from regionproof.domain.findings import COVERAGE, Severity, Verdict

from .declaration import Case, Rule

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import Unread
    from regionproof.settings.shape import Rules


def judge(case: Case) -> Verdict:
    """Say whether everything that the other rules need was read."""
    if not case.needed:
        return Verdict.not_applicable("No rule that applies here needs to read the account.")
    if not case.account.state_is_known:
        return _unknown_state(case.account)
    if unread := case.facts.unread:
        sentence = " ".join(_in_words(failure) for failure in unread)
        first = unread[0]
        return Verdict.noncompliant(Severity.MEDIUM, sentence, Call=first.call, Code=first.code)
    if reasons := case.facts.not_tried:
        said = "; ".join(not_tried.reason for not_tried in reasons)
        return Verdict.insufficient_data(f"The account was not tried in this run: {said}.")
    return Verdict.compliant("Everything that the rules need was read.")


def _unknown_state(account: Account) -> Verdict:
    state = account.state
    sentence = (
        f"organizations:ListAccounts gives the state {state}, which this version does not know: update RegionProof."
    )
    return Verdict.noncompliant(Severity.MEDIUM, sentence, Call="organizations:ListAccounts", State=state)


def _in_words(unread: Unread) -> str:
    message = f" ({unread.message})" if unread.message else ""
    return f"{unread.call} failed with {unread.code}: {likely_cause(unread)}{message}."


def _always(_rules: Rules) -> bool:
    return True


def _applies(_rules: Rules, _partition: str) -> bool:
    return True


RULE = Rule(
    id=COVERAGE,
    title="The account can be audited",
    risk="Nothing is known of an account that could not be read: it may be at risk, and no other finding would say so.",
    remediation=(
        "See the call, the code and the likely cause in the description. Usually the member role is missing in the "
        "account or does not trust the audit's role: check the StackSet's instance there, or a service control "
        "policy that denies the call."
    ),
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
    needs=(),
    enabled=_always,
    applies=_applies,
    judge=judge,
)
