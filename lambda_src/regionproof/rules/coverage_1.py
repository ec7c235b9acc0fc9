"""Coverage.1: the account can be audited.

Playbook. A read that a rule needs failed, so nothing can be said of the account. The finding names the call,
the error code and the likely cause.

1. A denial that names a kind of policy: the finding says whom that policy denies, and ``PolicyArn`` names it.
   For 24 hours, IAM explains the denial: ``aws iam-toolbox get-request-authorization-details`` with the
   ``AuthorizationId`` (in preview).
2. ``sts:AssumeRole`` denied without a policy: a role that is missing, has another name, or does not trust the
   audit's role. Look for the account among the instances of the StackSet, if one rolls the role out.
3. Another call denied: the member role is older than the stack; let the StackSet update it.
4. ``account:ListRegions`` denied in the account and then asked centrally: ``Message`` is of the account,
   ``CentralMessage`` of the caller. If the central answer came, the account is compliant, and the finding says so.
5. Throttled, timed out, not reached: the next run tries again; raise it if it stays.

Where many accounts fail alike, their sentences are the same: ``THIS_ACCOUNT`` stands for the account's id.
``Message`` has the first failure as AWS worded it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.causes import is_denial, likely_cause
from regionproof.domain.denials import message_for_all, parse_denial
from regionproof.domain.findings import COVERAGE, Severity, Verdict
from regionproof.domain.untrusted_text import MESSAGE_LENGTH, shorten

from .declaration import Rule, RuleInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import ReadFailure
    from regionproof.settings.shape import Rules


def judge(case: RuleInput) -> Verdict:
    """Say whether everything that the other rules need was read."""
    if not case.needed:
        return Verdict.not_applicable("No rule that applies here needs to read the account.")
    if not case.account.state_is_known:
        return _unknown_state(case.account)
    facts = case.facts
    if facts.read_failures:
        return _unread(case)
    if reasons := facts.not_tried:
        said = "; ".join(not_tried.reason for not_tried in reasons)
        denied = "".join(f" Before that, {_in_words(denial, case)}" for denial in _distinct(facts.denied.values()))
        return Verdict.insufficient_data(f"The account was not tried in this run: {said}.{denied}")
    if denials := facts.read_centrally:
        said = " ".join(_in_words(denial, case) for denial in denials)
        sentence = f"Everything that the rules need was read, in part centrally: in the account, {said}"
        return Verdict.compliant(sentence, ReadCentrally=_calls(denials), **_observed(denials[0], case))
    return Verdict.compliant("Everything that the rules need was read.")


def _unread(case: RuleInput) -> Verdict:
    """Say what could not be read. A denial is worded without AWS's message if the central answer fails as well.

    Both causes must fit the finding; ``Message`` has AWS's own words.
    """
    failed, centrally = case.facts.unread_in_account, case.facts.unread_centrally
    denied = set(case.facts.denied.values()) if centrally else set()
    sentences = [_in_words(failure, case, quoted=failure not in denied) for failure in failed]
    sentences += [f"Asked centrally, {_in_words(failure, case)}" for failure in centrally]
    seen = _observed(failed[0], case)
    if centrally:
        seen |= {"CentralCode": centrally[0].code, "CentralMessage": shorten(centrally[0].message, MESSAGE_LENGTH)}
    return Verdict.noncompliant(Severity.MEDIUM, " ".join(sentences), **_filled(seen))


def _distinct(denials: Iterable[ReadFailure]) -> tuple[ReadFailure, ...]:
    return tuple(dict.fromkeys(denials))


def _calls(denials: Iterable[ReadFailure]) -> str:
    return ", ".join(dict.fromkeys(denial.call for denial in denials))


def _unknown_state(account: Account) -> Verdict:
    state = account.state
    sentence = (
        f"organizations:ListAccounts gives the state {state}, which this version does not know: update RegionProof."
    )
    return Verdict.noncompliant(Severity.MEDIUM, sentence, Call="organizations:ListAccounts", State=state)


def _in_words(unread: ReadFailure, case: RuleInput, *, quoted: bool = True) -> str:
    """Return a failure in a sentence that is the same for every account in which it happened.

    ``quoted``: with AWS's message.
    """
    account_id = case.account.id
    said = message_for_all(unread.message, account_id).rstrip(" .") if quoted else ""
    message = f" ({said})" if said else ""
    cause = message_for_all(likely_cause(unread, case.access, case.account), account_id)
    return f"{unread.call} failed with {unread.code}: {cause}{message}."


def _observed(unread: ReadFailure, case: RuleInput) -> dict[str, str]:
    """Return what the failure itself says: its parts, and the message as AWS worded it."""
    seen = {"Call": unread.call, "Code": unread.code, "Message": shorten(unread.message, MESSAGE_LENGTH)}
    if is_denial(unread):
        denial = parse_denial(unread, case.access, case.account.id)
        seen |= {
            "Denied": denial.who.value,
            "DeniedPrincipal": denial.principal,
            "DenyingPolicy": denial.policy.value,
            "PolicyArn": denial.policy_arn,
            "AuthorizationId": denial.authorization_id,
        }
    return _filled(seen)


def _filled(seen: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in seen.items() if value.strip()}


def _always(_rules: Rules) -> bool:
    return True


def _applies(_rules: Rules, _partition: str) -> bool:
    return True


RULE = Rule(
    id=COVERAGE,
    title="The account can be audited",
    risk="Nothing is known of an account that could not be read: it may be at risk, and no other finding would say so.",
    remediation=(
        "See the call, the code, the likely cause and its fix in the description. Usually the member role is missing "
        "in the account, does not trust the audit's role, or a policy that the description names denies the call."
    ),
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
    needs=(),
    enabled=_always,
    applies=_applies,
    judge=judge,
)
