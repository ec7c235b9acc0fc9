"""Random histories: after any change, failure, crash or manual edit, alerts and Security Hub show the actual state.

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
from tests.support.alert_reader import AlertReader, assert_reader_knows
from tests.support.builders import IDENTITY, MANAGEMENT_ACCOUNT_ID
from tests.support.changing_organization import OTHERS, RULES, ChangingWorld, id_of
from tests.support.destinations import FakeSecurityHub, FakeTopic, assert_workflow_holds
from tests.support.interrupted_run import Crashed, CrashingPublisher, Intents, Listing, RacedStore

if TYPE_CHECKING:
    from collections.abc import Collection

    from regionproof.domain.ports import Publisher

SOAK = "REGIONPROOF_SOAK" in os.environ
KEYS = [(account_id, rule_id) for account_id in (MANAGEMENT_ACCOUNT_ID, *OTHERS) for rule_id in RULES]

accounts = st.sampled_from(OTHERS)
OFTEN = (True, True, False)

everyone = st.sampled_from((MANAGEMENT_ACCOUNT_ID, *OTHERS))


class ReportedState(RuleBasedStateMachine):
    """The real run over an organization that changes, and a reader of its alerts."""

    def __init__(self) -> None:
        super().__init__()
        self.world = ChangingWorld()
        self.hub, self.topic, self.store = FakeSecurityHub(), FakeTopic(), RacedStore()
        self.reader = AlertReader()
        self.logger = Logger(service="of-the-state-machine", level="CRITICAL")
        self.not_recorded: set[str] = set()

    # Changes

    @rule(
        account_id=everyone, version=st.sampled_from([1, 1, 2]), opt_in=st.booleans(), readable=st.sampled_from(OFTEN)
    )
    def account_changes(self, account_id: str, version: int, opt_in: bool, readable: bool) -> None:  # noqa: FBT001  # by name
        """Its token version, a Region, or the access to it changes."""
        self.world.change(account_id, version=version, opt_in=opt_in, readable=readable)

    @rule(account_id=everyone, days=st.none() | st.integers(0, 20))
    def exemption_is_written(self, account_id: str, days: int | None) -> None:
        """An exemption is added or removed."""
        self.world.change(account_id, exempt_until=None if days is None else self.world.now + timedelta(days=days))

    @rule()
    def list_of_regions_comes_or_goes(self) -> None:
        """The settings get or lose a list of approved Regions."""
        self.world.regions_listed = not self.world.regions_listed

    @rule(account_id=accounts)
    def account_enters_or_leaves_the_scope(self, account_id: str) -> None:
        """`scope.exclude_accounts` is edited."""
        self.world.change(account_id, in_scope=not self.world.accounts[account_id].in_scope)

    @rule()
    def requirement_changes(self) -> None:
        """`require` of STS.1 is set to its other value."""
        self.world.when_opt_in = not self.world.when_opt_in

    @rule(account_id=accounts, state=st.sampled_from(["ACTIVE", "ACTIVE", "SUSPENDED", None]))
    def account_comes_or_goes(self, account_id: str, state: str | None) -> None:
        """It joins, leaves, is suspended or returns."""
        self.world.change(account_id, state=state)

    @rule(hours=st.sampled_from([1, 24, 24 * 5, 24 * 8, 24 * 100]))
    def time_passes(self, hours: int) -> None:
        """Up to 100 days."""
        self.world.wait(timedelta(hours=hours))

    @rule(key=st.sampled_from(KEYS), workflow=st.sampled_from(["RESOLVED", "SUPPRESSED", "NOTIFIED", "NEW"]))
    def person_edits(self, key: tuple[str, str], workflow: str) -> None:
        """A workflow status is edited in Security Hub."""
        if finding := self.hub.findings.get(id_of(*key)):
            finding["Workflow"] = workflow

    # Runs

    @rule()
    def full_run(self) -> None:
        """All findings and alerts arrive."""
        self._full_run()

    @rule(some=st.frozensets(st.sampled_from([f"{account}/{one}" for account, one in KEYS]), max_size=6))
    def full_run_with_some_findings_refused(self, some: frozenset[str]) -> None:
        """Security Hub accepts the other findings."""
        self.hub.refuses = some
        self._full_run()

    @rule(calls=st.booleans(), alerts=st.booleans())
    def full_run_while_destinations_refuse(self, calls: bool, alerts: bool) -> None:  # noqa: FBT001  # the same
        """Security Hub, SNS or both refuse every call."""
        self.hub.refuses_calls, self.topic.refuses = calls, alerts
        self._full_run()

    @precondition(lambda self: len(self.world.audited) > 1)
    @rule(data=st.data())
    def partial_run(self, data: st.DataObject) -> None:
        """It changes only the requested accounts."""
        chosen = data.draw(st.frozensets(st.sampled_from(sorted(self.world.audited)), min_size=1), "accounts")
        others = [id_of(*key) for key in KEYS if key[0] not in chosen]
        before, ledger = self.hub.snapshot(), self.store.read("").ledger
        outcome = self._run(chosen)
        assert outcome
        now = self.hub.findings
        assert {one: before.get(one) for one in others} == {one: now.get(one) for one in others}
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
        """SNS does not respond in time, and may or may not have received the message."""
        self.topic.hangs, self.topic.loses_answers = lost == "message", lost == "answer"
        self._full_run()

    @rule(after=st.sampled_from(["the intent", "Security Hub", "the alert"]))
    def run_dies(self, after: str) -> None:
        """The run dies between its intent and its outcome."""
        self._run_that_ends_early(dies_after=after)

    @rule(allowed=st.integers(0, 1))
    def ledger_cannot_be_written(self, allowed: int) -> None:
        """Either the intent cannot be written, or only the outcome."""
        message_count, is_recorded = len(self.topic.messages), allowed == 1
        self.store.refused_writes = [False] * allowed + [True]
        self._run_that_ends_early()
        self.store.refused_writes = []
        assert is_recorded or len(self.topic.messages) == message_count

    def _run_that_ends_early(self, dies_after: str = "") -> None:
        before = self.hub.snapshot()
        if self._run(dies_after=dies_after) is None:
            self.not_recorded |= set(self.hub.taken)
        assert_workflow_holds(self.hub, before)

    @rule(account_id=everyone, version=st.sampled_from([1, 2]), began_before=st.booleans(), alerts_first=st.booleans())
    def another_run_writes_first(
        self,
        account_id: str,
        version: int,
        began_before: bool,  # noqa: FBT001  # the same
        alerts_first: bool,  # noqa: FBT001  # the same
    ) -> None:
        """Both read the same ledger and see different facts of an account. The run that began later is right.

        Unless this run had already sent its alert, no change is reported twice.
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
            self.reader.may_be_repeated |= {*self.world.accounts, *map("/".join, KEYS), *self.world.idle_settings}
        self.store.meanwhile, self.store.before_the_outcome = another_run, alerts_first
        self._full_run_over(self.hub.snapshot())

    # Checks

    def _audit(self, intended: Intents | None = None, dies_after: str = "") -> Audit:
        hub: Any = self.hub
        topic: Any = self.topic
        publishers: dict[str, Publisher] = {
            "the intent": intended or Intents(),
            "Security Hub": SecurityHubPublisher(hub, self.logger, lambda: False),
            "the alert": SnsPublisher(topic, "arn:aws:sns:eu-central-1:111111111111:topic", self.logger),
        }
        reached = list(publishers.values())
        if dies_after:
            reached = [*reached[: list(publishers).index(dies_after) + 1], CrashingPublisher()]
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
        """Run a second later, and let the reader read the alerts."""
        self.world.wait(timedelta(seconds=1))
        self.hub.taken.clear()
        self.store.raced = self.store.overtaken = False
        version, is_first = self.store.version, self.store.read("").ledger.is_first_run
        message_count, believed = len(self.topic.messages), self._believed_of_unreadable()
        outcome, intended = None, Intents()
        with suppress(Crashed, SetupError):
            outcome = self._audit(intended, dies_after).run(RunRequest(chosen), "run")
        if is_first and not self.store.read("").ledger.is_first_run:
            self.reader.present |= self.world.active
        self._read_alerts(self.topic.messages[message_count:], outcome, intended)
        if self.store.version != version:
            if not chosen:
                self.reader.idle_settings &= self.world.idle_settings
            self.world.remember_reads(chosen or self.world.audited, self.store.read("").ledger.accounts)
        believed_after = self._believed_of_unreadable()
        both = believed.keys() & believed_after.keys()
        assert {key: believed[key] for key in both} == {key: believed_after[key] for key in both}
        if outcome and not outcome.receipts[-1].undelivered:
            self._forget_exempt_findings(chosen or self.world.audited)
        return outcome

    def _read_alerts(self, messages: list[list[dict[str, Any]]], outcome: Outcome | None, intended: Intents) -> None:
        """Read the alerts. After one of unknown outcome, its changes may be reported again at any time."""
        places = {place for message in messages for place in self.reader.read(message)}
        if not self.store.overtaken:
            self.reader.may_be_repeated -= places
        if outcome is None or any(item.uncertain for item in outcome.receipts[-1].undelivered):
            entries_of_accounts = {"/".join(key) for key in KEYS if key[0] in intended.places}
            self.reader.may_be_repeated |= intended.places | entries_of_accounts
            for key in intended.endings:
                self.reader.endings.pop(key, None)

    def _believed_of_unreadable(self) -> dict[tuple[str, str], str | None]:
        """Return the believed state of findings that no run can read. Alerts must not change it."""
        return {key: self.reader.open.get(key) for key in KEYS if self.world.status(*key, "unread") == "unread"}

    def _full_run(self) -> None:
        self._full_run_over(self.hub.snapshot())
        self.hub.refuses_calls, self.hub.refuses = False, frozenset()
        self.topic.refuses = self.topic.hangs = self.topic.loses_answers = False

    def _full_run_over(self, before: dict[str, dict[str, Any]]) -> None:
        outcome = self._run()
        assert outcome
        assert_workflow_holds(self.hub, before)
        self.not_recorded -= set(self.hub.taken)
        _intended, hub, alert = outcome.receipts
        if not hub.undelivered:
            self._security_hub_shows_the_world(before)
        if not alert.undelivered and not self.store.overtaken:
            assert_reader_knows(self.reader, self.world, None if hub.undelivered else self.hub)

    def _security_hub_shows_the_world(self, before: dict[str, dict[str, Any]]) -> None:
        shown = self.hub.shown()
        for account_id, rule_id in KEYS:
            finding_id = id_of(account_id, rule_id)
            old = before.get(finding_id)
            was = old["Compliance"]["Status"] if old and old["RecordState"] == "ACTIVE" else None
            expected = self.world.status(account_id, rule_id, was)
            if self.store.raced and self.world.status(account_id, rule_id, "unread") == "unread":
                continue  # the run that began earlier could still read it
            if expected or finding_id not in self.not_recorded:
                assert shown.get(finding_id) == expected, finding_id

    def _forget_exempt_findings(self, audited: Collection[str]) -> None:
        """Forget findings that are exempt or no longer in the ledger: no alert closes them."""
        recorded = {account_id for account_id, _rule in self.store.read("").ledger.entries}
        for account_id, rule_id in KEYS:
            observed = account_id in audited and self.world.status(account_id, rule_id, "unread") != "unread"
            if (observed and self.world.is_exempt(account_id, rule_id)) or account_id not in recorded:
                self.reader.forget((account_id, rule_id))
            if account_id not in recorded:
                self.reader.endings.pop((account_id, rule_id), None)


TestReportedState = ReportedState.TestCase
TestReportedState.settings = settings(
    max_examples=2000 if SOAK else 300, stateful_step_count=25, deadline=None, derandomize=not SOAK, database=None
)
