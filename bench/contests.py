"""Who is measured, over how many accounts, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .measurement import Contest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AUDIT = "audit"
FIRST_RUN = "audit, publish, remember: first run"
NEXT_RUN = "audit, publish, remember: next run"
IN_STEPS = "audit, publish, remember: in steps"
OVER_HTTP = "audit, over HTTP"
WITHOUT_PATHS = "audit, AWS gives no Paths"
SMALL = "audit of a small organization"
OVERLOADED = "audit beside 16 busy processes"
PER_SESSION = "session per account"
PER_CLIENTS = "clients per account"
CUSTODIAN = "c7n-org, token half"

BY_ROLE = "courtesy, by role"
BY_ROOT = "courtesy, by root sessions"

SIZES = (1_000, 10_000, 50_000)
LARGEST_WHOLE_RUN = 10_000
"""More accounts do not fit into one function's 15 minutes when all is published: the run is one in steps."""

ACCOUNTS_OF_A_SMALL_ONE = 40
ACCOUNTS_WHEN_OVERLOADED = 1_000
BUSY_PROCESSES = 16

BASELINE_ACCOUNTS = 200
BASELINE_THREADS = 20
"""As botocove has it. More threads take more memory, not less CPU an account."""

REPEATED_UP_TO = 1_000
"""The smallest audit is repeated if it has at most so many accounts: the machine's moods weigh most in short runs."""

COURTESY_BY_ROLE = Contest(BY_ROLE, "whole-run", 1_000)
COURTESY_BY_ROOT = Contest(BY_ROOT, "whole-run-by-root", 100)
"""Few: Account Management answers 5 a second, so 1,000 would take 4 minutes."""


def ours(sizes: Iterable[int]) -> Iterator[Contest]:
    """Yield what is measured of ours, in the order of the measurements.

    The smallest audit comes again at the end, and between two sizes: a machine that is slow for a while is slow for
    it too. The stub keeps the ledger from a first run to the next one.
    """
    smallest = None
    for accounts in sorted(set(sizes)):
        audit = Contest(AUDIT, "audit", accounts)
        yield audit
        if accounts <= LARGEST_WHOLE_RUN:
            yield Contest(FIRST_RUN, "whole-run", accounts)
            yield Contest(NEXT_RUN, "whole-run", accounts)
            yield Contest(OVER_HTTP, "audit", accounts, tls=False)
            yield Contest(WITHOUT_PATHS, "audit", accounts, paths=False)
        else:
            yield Contest(IN_STEPS, "whole-run-in-steps", accounts)
        smallest = smallest or audit
        if smallest.accounts <= REPEATED_UP_TO:
            yield smallest


def circumstances() -> Iterator[Contest]:
    """Yield audits whose circumstances are others: a few accounts in 25 units, and a machine with too much to do."""
    yield Contest(SMALL, "audit", ACCOUNTS_OF_A_SMALL_ONE)
    yield Contest(OVERLOADED, "audit", ACCOUNTS_WHEN_OVERLOADED, busy=BUSY_PROCESSES)


def baselines(*, with_peers: bool) -> Iterator[Contest]:
    """Yield the usual ways, over fewer accounts; peers are other people's programs."""
    yield Contest(PER_SESSION, "session-per-account", BASELINE_ACCOUNTS, BASELINE_THREADS)
    yield Contest(PER_CLIENTS, "clients-per-account", BASELINE_ACCOUNTS, BASELINE_THREADS)
    if with_peers:
        yield Contest(CUSTODIAN, "c7n-org", BASELINE_ACCOUNTS)
