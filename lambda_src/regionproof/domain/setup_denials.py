"""Denials for what the organization lacks: AWS names no policy then, but says so in words, or says nothing at all.

Recordings ``target_member_without_trusted_access`` and ``assume_root_sessions_feature_missing``;
https://github.com/aws-samples/data-perimeter-helper/issues/8
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .partition import ACCOUNT_MANAGEMENT

if TYPE_CHECKING:
    from .denials import Denial
    from .facts import ReadFailure

_ENABLE = f"aws organizations enable-aws-service-access --service-principal {ACCOUNT_MANAGEMENT}"
_TRUSTED_ACCESS, _DELEGATED = "trusted access", "delegated administrator"

_CAUSES = {
    _TRUSTED_ACCESS: "Account Management lacks access to the organization; `regionproof preflight` shows how "
    f"to enable it: in the management account, `{_ENABLE}`",
    "standalone context": "Account Management takes no account id for the management account; update RegionProof or "
    "report it",
    _DELEGATED: "the audit account is not a delegated administrator for this service; `regionproof preflight` shows "
    "how to register it",
    "feature is not enabled": "central root access is off; `regionproof preflight` shows how to enable it",
}
"""What AWS says of the organization in place of a policy, in lower case."""


def cause_in_setup(message: str) -> str | None:
    """Return the cause if the message of a denial says what the organization lacks, with the fix."""
    lowered = message.lower()
    return next((cause for words, cause in _CAUSES.items() if words in lowered), None)


def is_of_the_setup(failure: ReadFailure) -> bool:
    """Return whether the organization lacks what a central read needs: the denial is then the same for all accounts."""
    lowered = failure.message.lower()
    return _TRUSTED_ACCESS in lowered or _DELEGATED in lowered


def cause_of_central_denial(caller: str, denial: Denial) -> str:
    """Return the cause of a denial to ask about another account.

    AWS words a missing delegation and a missing right alike.
    """
    own = denial.account_id
    return (
        f"{caller} may not read the Regions of other accounts: allow account:ListRegions in its policies; unless {own} "
        "is the management account, also make it a delegated administrator: in the management account, `aws "
        f"organizations register-delegated-administrator --account-id {own} --service-principal {ACCOUNT_MANAGEMENT}`"
    )
