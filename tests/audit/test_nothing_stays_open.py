"""Random histories of scope, rules, accounts and lost ledgers: a finding that no run updates never stays active."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from regionproof.domain.changes import ChangeKind
from regionproof.domain.findings import Compliance
from regionproof.domain.run import RunRequest
from regionproof.publishers.security_hub import IMPORTED
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, Scope, StsRule
from regionproof.storage.ledger_file import pack, unpack
from tests.support.histories import AT_RISK, FINE, UNREADABLE, A, B

from .test_orphans import Lossy

if TYPE_CHECKING:
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.run import Outcome

SOAK = "REGIONPROOF_SOAK" in os.environ
C = "444444444444"
FACTS: dict[str, AccountFacts | None] = {"fine": FINE, "at risk": AT_RISK, "unreadable": UNREADABLE, "gone": None}
NO_LONGER_AUDITED = {ChangeKind.LEFT, ChangeKind.OUT_OF_SCOPE, ChangeKind.RULE_OFF, ChangeKind.ORPHANED}

accounts = st.sampled_from([A, B, C])


class NothingStaysOpen(RuleBasedStateMachine):
    """The real run with Security Hub in memory, while accounts, settings and ledgers change."""

    def __init__(self) -> None:
        super().__init__()
        self.history = Lossy({A: AT_RISK, B: FINE, C: AT_RISK})

    @initialize()
    def first_run(self) -> None:
        """Import some findings."""
        self.undisturbed_run()

    @rule(account_id=accounts, facts=st.sampled_from(sorted(FACTS)), state=st.sampled_from(["ACTIVE", "SUSPENDED"]))
    def account_changes(self, account_id: str, facts: str, state: str) -> None:
        """An account joins, leaves, is suspended, or has other facts."""
        self.history.facts.pop(account_id, None)
        self.history.states[account_id] = state
        if account_facts := FACTS[facts]:
            self.history.facts[account_id] = account_facts

    @rule(left_out=st.frozensets(accounts), sts=st.booleans(), regions=st.booleans(), listed=st.booleans())
    def settings_change(self, left_out: frozenset[str], **chosen: bool) -> None:
        """The scope and the rules are edited."""
        rules = Rules(
            sts_1=StsRule(enabled=chosen["sts"]),
            regions_1=RegionsRule(enabled=chosen["regions"], approved=() if chosen["listed"] else None),
        )
        self.history.settings = AuditSettings(scope=Scope(exclude_accounts=tuple(sorted(left_out))), rules=rules)

    @rule()
    def ledger_is_lost(self) -> None:
        """The ledger is deleted."""
        self.history.lose_ledger()

    @rule(
        refused=st.frozensets(
            st.sampled_from([f"{one}/{rule}" for one in (A, B, C) for rule in ("STS.1", "Coverage.1")])
        ),
        no_alert=st.booleans(),
        unlisted=st.booleans(),
    )
    def disturbed_run(self, refused: frozenset[str], **disturbed: bool) -> None:
        """Some findings, or the alert, do not arrive."""
        self.history.hub.refuses = refused
        self.history.sns.refuses_everything, self.history.listing_fails = disturbed["no_alert"], disturbed["unlisted"]
        self._run()
        self.history.hub.refuses = frozenset()
        self.history.sns.refuses_everything = self.history.listing_fails = False

    @rule(account_id=accounts)
    def partial_run(self, account_id: str) -> None:
        """A partial run does not archive findings of other accounts."""
        if self.history.states.get(account_id, "ACTIVE") != "ACTIVE" or account_id not in self.history.facts:
            return
        before = self.history.shown()
        outcome = self._run(account_id)
        assert {place for place in before - self.history.shown() if not place.startswith(account_id)} == set()
        assert not {change.kind for change in outcome.changes} & NO_LONGER_AUDITED

    @rule()
    def undisturbed_run(self) -> None:
        """Security Hub shows exactly the audited findings, and a second run announces nothing."""
        self._security_hub_shows_what_is_audited(self._run())
        again = self._run()
        self._security_hub_shows_what_is_audited(again)
        assert {change.kind for change in again.changes} <= {ChangeKind.STILL_OPEN}
        ledger = self.history.ledger
        assert unpack(pack(ledger), self.history.now) == ledger

    def _run(self, *requested: str) -> Outcome:
        self.history.now += timedelta(minutes=1)
        return self.history.audit().run(RunRequest(frozenset(requested)), "run")

    def _security_hub_shows_what_is_audited(self, outcome: Outcome) -> None:
        findings: Any = outcome.report.findings
        shown = set(self.history.hub.shown())
        assert {finding.id for finding in findings if finding.verdict.compliance in IMPORTED} <= shown
        applicable = {one.id for one in findings if one.verdict.compliance is not Compliance.NOT_APPLICABLE}
        assert shown <= applicable


TestNothingStaysOpen = NothingStaysOpen.TestCase
TestNothingStaysOpen.settings = settings(
    max_examples=2000 if SOAK else 80, stateful_step_count=20, deadline=None, derandomize=not SOAK, database=None
)
