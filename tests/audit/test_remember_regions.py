"""Remember which accounts use opt-in Regions, including those that could not be read."""

from __future__ import annotations

import pytest

from regionproof.domain.facts import AccountFacts, TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import KnownAccount, Ledger
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, Scope, StsRule
from tests.support.builders import DENIED, NOW, regions, some_facts
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, C, History

REGIONS_UNREAD = some_facts(TokenVersion(2), DENIED)
NO_RULE = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False)))
WITHOUT_A = AuditSettings(scope=Scope(exclude_accounts=(A,)))


@pytest.mark.parametrize("before", [None, True, False])
@pytest.mark.parametrize(
    ("facts", "accounts", "settings", "expected"),
    [
        (AT_RISK, (), AuditSettings(), True),
        (AT_RISK, (A,), AuditSettings(), True),
        (some_facts(TokenVersion(2), regions(ap_east_1="ENABLING")), (), AuditSettings(), True),
        (FINE, (), AuditSettings(), False),
        (FINE, (A,), AuditSettings(), False),
        (REGIONS_UNREAD, (), AuditSettings(), "as before"),
        (AT_RISK, (B,), AuditSettings(), "as before"),
        (AT_RISK, (), WITHOUT_A, "as before"),
        (AccountFacts(), (), NO_RULE, "as before"),
    ],
    ids=[
        "in use",
        "in use, read by a partial run",
        "about to be",
        "not in use",
        "not in use, read by a partial run",
        "unreadable",
        "not requested",
        "out of scope",
        "no rule needs them",
    ],
)
def test_the_opt_in_regions_of_each_account_are_remembered_as_last_read(
    facts: AccountFacts,
    accounts: tuple[str, ...],
    settings: AuditSettings,
    expected: object,
    before: bool | None,  # noqa: FBT001  # one of three states
) -> None:
    """The time of the read is recorded. An account that was not read keeps its record."""
    history = History({A: facts, B: FINE}, settings=settings)
    known = KnownAccount("orders", NOW, uses_opt_in_region=before, opt_in_read_at=before if before is None else NOW)
    history.store.ledger, history.store.version = Ledger("o-exampleorg", dict.fromkeys((A, B), known)), 1
    history.run(*accounts, later=DAY)
    account = history.ledger.accounts[A]
    if expected == "as before":
        assert (account.uses_opt_in_region, account.opt_in_read_at) == (before, known.opt_in_read_at)
    else:
        assert (account.uses_opt_in_region, account.opt_in_read_at) == (expected, NOW + DAY)


def test_an_account_that_only_a_partial_run_read_stays_unknown() -> None:
    """No full run has listed it, so the ledger does not have it."""
    history = History({A: AT_RISK, B: some_facts()})
    history.run(A)
    history.settings = WITHOUT_A
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.MEDIUM
    assert history.ledger.accounts[A].uses_opt_in_region is None


def test_the_regions_of_an_account_stay_known_after_it_leaves() -> None:
    """When it is active again and cannot be read, they count as before."""
    history = History({A: AT_RISK, B: some_facts()})
    history.run()
    history.states[A] = "SUSPENDED"
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.LOW
    history.states, history.facts[A] = {}, UNREADABLE
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.MEDIUM


def test_an_unreadable_account_without_opt_in_regions_does_not_raise_the_severity_of_others() -> None:
    """The last account that used an opt-in Region has stopped."""
    history = History({A: AT_RISK, B: some_facts(), C: FINE})
    history.run()
    history.facts |= {A: FINE, C: UNREADABLE}
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.LOW


def test_excluding_the_only_account_with_opt_in_regions_fixes_no_finding() -> None:
    """It is not read any more, but it still uses them."""
    when_opt_in = Rules(sts_1=StsRule(require="when-opt-in"))
    history = History({A: some_facts(TokenVersion(2), regions(ap_east_1="ENABLED")), B: some_facts()})
    history.settings = AuditSettings(rules=when_opt_in)
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{B}/STS.1")]
    history.settings = AuditSettings(rules=when_opt_in, scope=Scope(exclude_accounts=(A,)))
    assert history.run(later=DAY) == [("OUT_OF_SCOPE", A)]
    assert history.entry(B).compliance is Compliance.NON_COMPLIANT
