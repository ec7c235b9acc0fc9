"""What a probe is: one AWS read of one account, the fact it gives, and the IAM actions it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.domain.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One AWS read. ``read`` gets a client of ``service`` that acts as the account.

    ``read`` returns the fact, lets the client's errors pass, and raises ``UnexpectedAnswer`` if the
    answer holds no value that it knows. ``call`` is the read in the words of findings: ``iam:GetAccountSummary``.
    ``read_centrally`` is the same read by the caller's own client for the account whose id it gets; None where
    AWS answers the account itself only.
    """

    fact: type[Fact]
    service: str
    call: str
    actions: tuple[str, ...]
    read: Callable[[Any], Fact]
    read_centrally: Callable[[Any, str], Fact] | None = None
