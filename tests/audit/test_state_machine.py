"""Random histories: whatever changes, fails, crashes or is edited by hand, what is seen stays true.

``make soak`` sets ``REGIONPROOF_SOAK`` and searches longer, with fresh seeds.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from regionproof.audit.run import Audit
from regionproof.domain.run import Outcome, RunRequest
from regionproof.errors import SetupError
from regionproof.publishers.security_hub import SecurityHubPublisher
from regionproof.publishers.sns import SnsPublisher
from tests.support.alert_reader import People, assert_people_know
from tests.support.builders import IDENTITY, MANAGEMENT_ACCOUNT_ID
from tests.support.changing_organization import OTHERS, RULES, ChangingWorld, id_of
from tests.support.destinations import FakeSecurityHub, FakeTopic, assert_workflow_holds
from tests.support.interrupted_run import Crashed, Death, Intended, Listing, RacedStore

if TYPE_CHECKING:
    from collections.abc import Collection

    from regionproof.domain.ports import Publisher

SOAK = "REGIONPROOF_SOAK" in os.environ
KEYS = [(account_id, rule_id) for account_id in (MANAGEMENT_ACCOUNT_ID, *OTHERS) for rule_id in RULES]

accounts = st.sampled_from(OTHERS)
READ = (True, True, False)

everybody = st.sampled_from((MANAGEMENT_ACCOUNT_ID, *OTHERS))


class WhatIsSeen(RuleBasedStateMachine):
    """The real run over an organization that changes, and a person who watches."""

    def __init__(self) -> None:
        super().__init__()
        self.world = ChangingWorld()
        self.hub, self.topic, self.store = FakeSecurityHub(), FakeTopic(), RacedStore()
        self.people = People()
        self.logger = Logger(service="of-the-state-machine", level="CRITICAL")
        self.not_remembered: set[str] = set()

    # What changes

    @rule(
        account_id=everybody, version=st.sampled_from([1, 1, 2]), opt_in=st.booleans(), readable=st.sampled_from(READ)
    )
    def account_changes(self, account_id: str, version: int, opt_in: bool, readable: bool) -> None:  # noqa: FBT001  # by name
        """Somebody switches its tokens, a Region or the role that reads it."""
        self.world.change(account_id, version=version, opt_in=opt_in, readable=readable)

    @rule(account_id=everybody, days=st.none() | st.integers(0, 20))
    def exemption_is_written(self, account_id: str, days: int | None) -> None:
        """Somebody takes the risk on, or gives it back."""
        self.world.change(account_id, exempt_until=None if days is None else self.world.now + timedelta(days=days))

    @rule()
    def list_of_regions_comes_or_goes(self) -> None:
        """The settings begin or cease to say which Regions are approved."""
        self.world.regions_listed = not self.world.regions_listed

    @rule(account_id=accounts)
    def account_enters_or_leaves_the_scope(self, account_id: str) -> None:
        """Somebody edits `scope.exclude_accounts`."""
        self.world.change(account_id, in_scope=not self.world.accounts[account_id].in_scope)

    @rule()
    def requirement_changes(self) -> None:
        """Somebody sets `require` of STS.1 to the other of its two values."""
        self.world.when_opt_in = not self.world.when_opt_in

    @rule(account_id=accounts, state=st.sampled_from(["ACTIVE", "ACTIVE", "SUSPENDED", None]))
    def account_comes_or_goes(self, account_id: str, state: str | None) -> None:
        """It joins, leaves, is suspended or returns."""
        self.world.change(account_id, state=state)

    @rule(hours=st.sampled_from([1, 24, 24 * 5, 24 * 8, 24 * 100]))
    def time_passes(self, hours: int) -> None:
        """Up to a season."""
        self.world.wait(timedelta(hours=hours))

    @rule(key=st.sampled_from(KEYS), workflow=st.sampled_from(["RESOLVED", "SUPPRESSED", "NOTIFIED", "NEW"]))
    def person_edits(self, key: tuple[str, str], workflow: str) -> None:
        """In Security Hub, by hand."""
        if finding := self.hub.findings.get(id_of(*key)):
            finding["Workflow"] = workflow

    # What runs

    @rule()
    def full_run(self) -> None:
        """Everything arrives."""
        self._full_run()

    @rule(some=st.frozensets(st.sampled_from([f"{account}/{one}" for account, one in KEYS]), max_size=6))
    def full_run_with_some_findings_refused(self, some: frozenset[str]) -> None:
        """Security Hub takes the rest."""
        self.hub.refuses = some
        self._full_run()

    @rule(calls=st.booleans(), alerts=st.booleans())
    def full_run_while_destinations_refuse(self, calls: bool, alerts: bool) -> None:  # noqa: FBT001  # the same
        """Security Hub, SNS or both."""
        self.hub.refuses_calls, self.topic.refuses = calls, alerts
        self._full_run()

    @precondition(lambda self: len(self.world.audited) > 1)
    @rule(data=st.data())
    def partial_run(self, data: st.DataObject) -> None:
        """It touches nothing else."""
        chosen = data.draw(st.frozensets(st.sampled_from(sorted(self.world.audited)), min_size=1), "accounts")
        others = [id_of(*key) for key in KEYS if key[0] not in chosen]
        found, ledger = self.hub.snapshot(), self.store.read("").ledger
        outcome = self._run(chosen)
        assert outcome
        now = self.hub.findings
        assert {one: found.get(one) for one in others} == {one: now.get(one) for one in others}
        assert {change.account_id for change in outcome.changes} <= chosen
        kept = self.store.read("").ledger
        assert set(kept.accounts) == set(ledger.accounts)
        assert {one: known for one, known in kept.accounts.items() if one not in chosen} == {
            one: known for one, known in ledger.accounts.items() if one not in chosen
        }
        assert {key: e for key, e in kept.entries.items() if key[0] not in chosen} == {
            key: e for key, e in ledger.entries.items() if key[0] not in chosen
        }

    @rule(lost=st.sampled_from(["message", "answer"]))
    def full_run_whose_alert_has_an_unknown_outcome(self, lost: str) -> None:
        """SNS does not answer in time, with or without the message that it got."""
        self.topic.hangs, self.topic.loses_answers = lost == "message", lost == "answer"
        self._full_run()

    @rule(after=st.sampled_from(["the intent", "Security Hub", "the alert"]))
    def run_dies(self, after: str) -> None:
        """Between its intent and its outcome."""
        self._run_that_ends_early(dies_after=after)

    @rule(allowed=st.integers(0, 1))
    def ledger_cannot_be_written(self, allowed: int) -> None:
        """Neither before the alert nor after it, or only not after it."""
        heard, is_recorded = len(self.topic.messages), allowed == 1
        self.store.refused_writes = [False] * allowed + [True]
        self._run_that_ends_early()
        self.store.refused_writes = []
        assert is_recorded or len(self.topic.messages) == heard

    def _run_that_ends_early(self, dies_after: str = "") -> None:
        before = self.hub.snapshot()
        if self._run(dies_after=dies_after) is None:
            self.not_remembered |= set(self.hub.taken)
        assert_workflow_holds(self.hub, before)

    @rule(account_id=everybody, version=st.sampled_from([1, 2]), began_before=st.booleans(), alerts_first=st.booleans())
    def another_run_writes_first(
        self,
        account_id: str,
        version: int,
        began_before: bool,  # noqa: FBT001  # the same
        alerts_first: bool,  # noqa: FBT001  # the same
    ) -> None:
        """Both read the same ledger and see an account differently; the one that began later saw the truth.

        Unless this run sent its alert before, nobody hears anything twice.
        """
        truth, began = self.world.accounts[account_id], timedelta(milliseconds=-500 if began_before else 500)

        def another_run() -> None:
            self.world.change(account_id, version=version)
            self.world.wait(began)
            self._audit().run(RunRequest(), "other")
            if began_before:
                self.world.accounts[account_id] = truth
            self.world.wait(abs(began))

        if alerts_first:
            self.people.may_hear_again |= {*self.world.accounts, *map("/".join, KEYS), *self.world.idle_settings}
        self.store.meanwhile, self.store.before_the_outcome = another_run, alerts_first
        self._full_run_over(self.hub.snapshot())

    # What must be seen

    def _audit(self, intended: Intended | None = None, dies_after: str = "") -> Audit:
        hub: Any = self.hub
        topic: Any = self.topic
        publishers: dict[str, Publisher] = {
            "the intent": intended or Intended(),
            "Security Hub": SecurityHubPublisher(hub, self.logger, lambda: False),
            "the alert": SnsPublisher(topic, "arn:aws:sns:eu-central-1:111111111111:topic", self.logger),
        }
        reached = list(publishers.values())
        if dies_after:
            reached = [*reached[: list(publishers).index(dies_after) + 1], Death()]
        return Audit(
            settings=self.world.settings,
            identity=IDENTITY,
            organization=Listing(self.world),
            reader=self.world,
            publishers=tuple(reached),
            clock=self.world.clock,
            workers=1,
            ledger=self.store,
        )

    def _run(self, chosen: frozenset[str] = frozenset(), dies_after: str = "") -> Outcome | None:
        """Run a second later, and let people read what they get."""
        self.world.wait(timedelta(seconds=1))
        self.hub.taken.clear()
        self.store.raced = self.store.overtaken = False
        version, is_first = self.store.version, self.store.read("").ledger.is_first_run
        heard, thought = len(self.topic.messages), self._open_where_nobody_can_look()
        outcome, intended = None, Intended()
        with suppress(Crashed, SetupError):
            outcome = self._audit(intended, dies_after).run(RunRequest(chosen), "run")
        if is_first and not self.store.read("").ledger.is_first_run:
            self.people.present |= self.world.active
        self._people_read(self.topic.messages[heard:], outcome, intended)
        if self.store.version != version:
            if not chosen:
                self.people.idle_settings &= self.world.idle_settings
            self.world.remember_reads(chosen or self.world.audited, self.store.read("").ledger.accounts)
        still = self._open_where_nobody_can_look()
        both = thought.keys() & still.keys()
        assert {key: thought[key] for key in both} == {key: still[key] for key in both}
        if outcome and not outcome.receipts[-1].undelivered:
            self._exemptions_are_known(chosen or self.world.audited)
        return outcome

    def _people_read(self, messages: list[list[dict[str, Any]]], outcome: Outcome | None, intended: Intended) -> None:
        """Let people read; after an alert of unknown outcome they may hear the same once more, whenever it comes up."""
        heard = {place for message in messages for place in self.people.hear(message)}
        if not self.store.overtaken:
            self.people.may_hear_again -= heard
        if outcome is None or any(item.uncertain for item in outcome.receipts[-1].undelivered):
            gone = {"/".join(key) for key in KEYS if key[0] in intended.places}
            self.people.may_hear_again |= intended.places | gone
            for key in intended.endings:
                self.people.endings.pop(key, None)

    def _open_where_nobody_can_look(self) -> dict[tuple[str, str], str | None]:
        """Return what people think of findings that no run can see: it must not change."""
        return {key: self.people.open.get(key) for key in KEYS if self.world.status(*key, "unread") == "unread"}

    def _full_run(self) -> None:
        self._full_run_over(self.hub.snapshot())
        self.hub.refuses_calls, self.hub.refuses = False, frozenset()
        self.topic.refuses = self.topic.hangs = self.topic.loses_answers = False

    def _full_run_over(self, before: dict[str, dict[str, Any]]) -> None:
        outcome = self._run()
        assert outcome
        assert_workflow_holds(self.hub, before)
        self.not_remembered -= set(self.hub.taken)
        _intended, hub, alert = outcome.receipts
        if not hub.undelivered:
            self._security_hub_shows_the_world(before)
        if not alert.undelivered and not self.store.overtaken:
            assert_people_know(self.people, self.world, None if hub.undelivered else self.hub)

    def _security_hub_shows_the_world(self, before: dict[str, dict[str, Any]]) -> None:
        shown = self.hub.shown()
        for account_id, rule_id in KEYS:
            finding_id = id_of(account_id, rule_id)
            old = before.get(finding_id)
            was = old["Compliance"]["Status"] if old and old["RecordState"] == "ACTIVE" else None
            expected = self.world.status(account_id, rule_id, was)
            if self.store.raced and self.world.status(account_id, rule_id, "unread") == "unread":
                continue  # the run that began earlier could still read it
            if expected or finding_id not in self.not_remembered:
                assert shown.get(finding_id) == expected, finding_id

    def _exemptions_are_known(self, audited: Collection[str]) -> None:
        """Nobody waits for what somebody took on; nor for what is forgotten."""
        remembered = {account_id for account_id, _rule in self.store.read("").ledger.entries}
        for account_id, rule_id in KEYS:
            observed = account_id in audited and self.world.status(account_id, rule_id, "unread") != "unread"
            if (observed and self.world.is_exempt(account_id, rule_id)) or account_id not in remembered:
                self.people.forget((account_id, rule_id))
            if account_id not in remembered:
                self.people.endings.pop((account_id, rule_id), None)


TestWhatIsSeen = WhatIsSeen.TestCase
TestWhatIsSeen.settings = settings(
    max_examples=2000 if SOAK else 300, stateful_step_count=25, deadline=None, derandomize=not SOAK, database=None
)
