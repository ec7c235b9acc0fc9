"""The declaration of a probe: one AWS read of one account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.domain.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One AWS read, the fact that it returns, and the IAM actions that it needs.

    ``read`` takes a client of ``service`` that acts as the account. It raises ``UnexpectedAnswer`` if it does not
    understand the answer, and does not catch the client's errors. ``call`` is the name of the read in findings, such
    as ``iam:GetAccountSummary``. ``read_centrally`` takes a client of the audit account and an account id; it is None
    if AWS answers only the account itself.
    """

    fact: type[Fact]
    service: str
    call: str
    actions: tuple[str, ...]
    read: Callable[[Any], Fact]
    read_centrally: Callable[[Any, str], Fact] | None = None
