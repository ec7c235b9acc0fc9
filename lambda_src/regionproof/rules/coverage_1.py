"""Coverage.1: the account can be audited.

Playbook. A call that another rule needs has failed, and that rule cannot judge the account. The finding names the
call, the error code and the likely cause.

1. The denial names a kind of policy: the finding states who is denied, and ``PolicyArn`` names the policy.
   For 24 hours, ``aws iam-toolbox get-request-authorization-details --authorization-id ID`` (in preview) explains
   it. The ID is in the finding's ``AuthorizationId``.
2. ``sts:AssumeRole`` is denied and no policy is named: the role is missing, has another name, or does not trust the
   audit's role. If a StackSet rolls the role out, look for the account among its instances.
3. Another call is denied: the member role is older than the stack. Let the StackSet update it.
4. ``account:ListRegions`` is denied in the account, and was then asked centrally: ``Message`` is the account's denial,
   ``CentralMessage`` the central one. If the central read succeeded, the account is compliant.
5. The call was throttled, timed out or got no answer: the next run tries again. If that happens in every run, check
   the network and the quotas.

Accounts with the same failure get the same sentence: ``THIS_ACCOUNT`` replaces the account id.
``Message`` has the first failure in AWS's words.

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
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import ReadFailure
    from regionproof.settings.shape import Rules


def judge(account_input: RuleInput) -> Verdict:
    """Judge whether everything that the other rules need was read."""
    facts = account_input.facts
    if not account_input.needed:
        return Verdict.not_applicable("No rule that applies here needs to read the account.")
    if not account_input.account.state_is_known:
        return _unknown_state(account_input.account)
    if facts.read_failures:
        return _not_read(account_input)
    if facts.not_tried:
        return _not_tried(account_input)
    if denials := facts.read_centrally:
        in_account = " ".join(_sentence(denial, account_input) for denial in denials)
        sentence = f"Everything that the rules need was read, in part centrally: in the account, {in_account}"
        calls = ", ".join(dict.fromkeys(denial.call for denial in denials))
        return Verdict.compliant(sentence, ReadCentrally=calls, **_observed(denials[0], account_input))
    return Verdict.compliant("Everything that the rules need was read.")


def _not_tried(account_input: RuleInput) -> Verdict:
    facts = account_input.facts
    reasons = "; ".join(fact.reason for fact in facts.not_tried)
    denials = dict.fromkeys(facts.denied.values())
    denied = "".join(f" Before that, {_sentence(denial, account_input)}" for denial in denials)
    return Verdict.insufficient_data(f"The account was not tried in this run: {reasons}.{denied}")


def _not_read(account_input: RuleInput) -> Verdict:
    """Return the verdict for reads that failed.

    If the central read failed too, a denial is given without AWS's message, because both causes must fit into the
    finding. ``Message`` has AWS's own words.
    """
    failures, centrally = account_input.facts.unread_in_account, account_input.facts.unread_centrally
    denied = set(account_input.facts.denied.values()) if centrally else set()
    sentences = [_sentence(failure, account_input, quoted=failure not in denied) for failure in failures]
    sentences += [f"Asked centrally, {_sentence(failure, account_input)}" for failure in centrally]
    observed = _observed(failures[0], account_input)
    if centrally:
        message = shorten(centrally[0].message, MESSAGE_LENGTH)
        observed |= {"CentralCode": centrally[0].code, "CentralMessage": message}
    return Verdict.noncompliant(Severity.MEDIUM, " ".join(sentences), **_filled(observed))


def _unknown_state(account: Account) -> Verdict:
    state = account.state
    sentence = (
        f"organizations:ListAccounts returned the state {state}, which this version does not know: update RegionProof."
    )
    return Verdict.noncompliant(Severity.MEDIUM, sentence, Call="organizations:ListAccounts", State=state)


def _sentence(failure: ReadFailure, account_input: RuleInput, *, quoted: bool = True) -> str:
    """Return a sentence that is the same for every account with this failure, for alerts to group them.

    ``quoted``: with AWS's message.
    """
    account_id = account_input.account.id
    message = message_for_all(failure.message, account_id).rstrip(" .") if quoted else ""
    quotation = f" ({message})" if message else ""
    cause = message_for_all(likely_cause(failure, account_input.access, account_input.account), account_id)
    return f"{failure.call} failed with {failure.code}: {cause}{quotation}."


def _observed(failure: ReadFailure, account_input: RuleInput) -> dict[str, str]:
    """Return the parts of the failure, with the message in AWS's words."""
    observed = {"Call": failure.call, "Code": failure.code, "Message": shorten(failure.message, MESSAGE_LENGTH)}
    if is_denial(failure):
        denial = parse_denial(failure, account_input.access, account_input.account.id)
        observed |= {
            "Denied": denial.who.value,
            "DeniedPrincipal": denial.principal,
            "DenyingPolicy": denial.policy.value,
            "PolicyArn": denial.policy_arn,
            "AuthorizationId": denial.authorization_id,
        }
    return _filled(observed)


def _filled(observed: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in observed.items() if value.strip()}


def _always(_rules: Rules) -> bool:
    return True


def _applies(_rules: Rules, _partition: str) -> bool:
    return True


RULE = Rule(
    id=COVERAGE,
    title="The account can be audited",
    risk="An account that cannot be read may be at risk without any other finding showing it.",
    remediation=(
        "The finding names the call, the error, the likely cause and its fix. Usually the member role is missing "
        "in the account or does not trust the audit's role, or a policy denies the call."
    ),
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
    needs=(),
    enabled=_always,
    applies=_applies,
    judge=judge,
)
