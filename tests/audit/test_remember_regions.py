"""Remember which accounts use opt-in Regions: what was not read is not absent."""

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
    ("facts", "accounts", "settings", "found"),
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
        "no rule looks",
    ],
)
def test_the_opt_in_regions_of_each_account_are_remembered_as_last_read(
    facts: AccountFacts,
    accounts: tuple[str, ...],
    settings: AuditSettings,
    found: object,
    before: bool | None,  # noqa: FBT001  # one of three states
) -> None:
    """With the time at which they were read. What was not read stays as it was."""
    history = History({A: facts, B: FINE}, settings=settings)
    known = KnownAccount("orders", NOW, uses_opt_in_region=before, opt_in_read_at=before if before is None else NOW)
    history.store.ledger, history.store.version = Ledger("o-exampleorg", dict.fromkeys((A, B), known)), 1
    history.run(*accounts, later=DAY)
    read = history.ledger.accounts[A]
    if found == "as before":
        assert (read.uses_opt_in_region, read.opt_in_read_at) == (before, known.opt_in_read_at)
    else:
        assert (read.uses_opt_in_region, read.opt_in_read_at) == (found, NOW + DAY)


def test_an_account_that_only_a_partial_run_read_stays_unknown() -> None:
    """No full run has listed it: the ledger does not hold it."""
    history = History({A: AT_RISK, B: some_facts()})
    history.run(A)
    history.settings = WITHOUT_A
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.MEDIUM
    assert history.ledger.accounts[A].uses_opt_in_region is None


def test_what_was_known_of_an_account_survives_its_leaving() -> None:
    """When it is open again and can not be read, it counts as it did."""
    history = History({A: AT_RISK, B: some_facts()})
    history.run()
    history.states[A] = "SUSPENDED"
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.LOW
    history.states, history.facts[A] = {}, UNREADABLE
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.MEDIUM


def test_an_unreadable_account_that_used_none_keeps_nobody_at_medium() -> None:
    """Once the last account that used an opt-in Region has stopped."""
    history = History({A: AT_RISK, B: some_facts(), C: FINE})
    history.run()
    history.facts |= {A: FINE, C: UNREADABLE}
    history.run(later=DAY)
    assert history.entry(B).severity is Severity.LOW


def test_leaving_the_only_account_with_opt_in_regions_out_of_scope_fixes_nothing() -> None:
    """It is not read any more, and it has not stopped."""
    when_opt_in = Rules(sts_1=StsRule(require="when-opt-in"))
    history = History({A: some_facts(TokenVersion(2), regions(ap_east_1="ENABLED")), B: some_facts()})
    history.settings = AuditSettings(rules=when_opt_in)
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{B}/STS.1")]
    history.settings = AuditSettings(rules=when_opt_in, scope=Scope(exclude_accounts=(A,)))
    assert history.run(later=DAY) == [("OUT_OF_SCOPE", A)]
    assert history.entry(B).compliance is Compliance.NON_COMPLIANT
