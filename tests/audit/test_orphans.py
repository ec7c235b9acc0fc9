"""Orphans: after the ledger is lost, findings that only Security Hub knows are archived and announced once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.domain.ports import FindingsNotListed
from regionproof.domain.run import RunRequest
from regionproof.publishers.finding_index import SecurityHubFindingIndex
from regionproof.publishers.security_hub import SecurityHubPublisher
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, Scope, StsRule
from regionproof.storage.ledger_file import pack, unpack
from tests.support.builders import IDENTITY, NOW, ORGANIZATION_ID, regions, some_facts
from tests.support.destinations import FakeSecurityHub
from tests.support.fakes import FakeLedgerStore, RecordingLog
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, History, change_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regionproof.audit.run import Audit
    from regionproof.domain.ledger import Entry, EntryKey

ORPHANS_ANNOUNCED = ("ORPHANED", "")
MANAGEMENT = "1" * 12


@dataclass
class Lossy(History):
    """A history with a real publisher and index for Security Hub in memory, and a ledger that can be lost."""

    hub: FakeSecurityHub = field(default_factory=FakeSecurityHub)
    listings: int = 0
    listing_fails: bool = False
    with_index: bool = True

    def audit(self) -> Audit:
        """Return a run over the organization as it is now."""
        hub: Any = self.hub
        logger = RecordingLog().logger
        publishers = SecurityHubPublisher(hub, logger), self.sns
        return replace(super().audit(), publishers=publishers, finding_index=self if self.with_index else None)

    def active_findings(
        self, organization_id: str, updated_before: datetime | None
    ) -> Iterator[tuple[EntryKey, Entry]]:
        """Yield the active findings, or fail after the first one."""
        self.listings += 1
        hub: Any = self.hub
        index = SecurityHubFindingIndex(hub, IDENTITY, RecordingLog().logger)
        for finding in index.active_findings(organization_id, updated_before):
            yield finding
            if self.listing_fails:
                raise FindingsNotListed("not today")

    def lose_ledger(self) -> None:
        """Replace the ledger with an empty store."""
        self.store = FakeLedgerStore()

    def shown(self) -> set[str]:
        """Return the active findings, by account and rule."""
        return {finding_id.partition("o-exampleorg/")[2] for finding_id in self.hub.shown()}


def _lost(**changes: Any) -> Lossy:
    """Return a history in which A and B were at risk, and the ledger was lost."""
    history = Lossy({A: AT_RISK, B: AT_RISK}, **changes)
    history.run()
    history.lose_ledger()
    return history


STILL_THERE = {f"{MANAGEMENT}/STS.1", f"{MANAGEMENT}/Coverage.1", f"{B}/STS.1", f"{B}/Coverage.1"}


@pytest.mark.parametrize("how", ["left", "suspended", "out of scope"])
def test_the_findings_of_an_account_that_is_no_longer_audited_are_archived_and_announced_once(how: str) -> None:
    """They are one change with their number."""
    history = _lost()
    if how == "left":
        del history.facts[A]
    elif how == "suspended":
        history.states[A] = "SUSPENDED"
    else:
        history.settings = AuditSettings(scope=Scope(exclude_accounts=(A,)))
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{B}/STS.1"), ORPHANS_ANNOUNCED]
    (*_, change) = history.sns.published[-1].changes
    assert "Old findings in Security Hub: 2." in change.detail
    assert history.shown() == STILL_THERE
    assert history.run(later=DAY) == []
    assert history.shown() == STILL_THERE
    assert history.listings == 2


def test_a_ledger_that_was_set_aside_counts_as_lost() -> None:
    """A damaged ledger does not list the findings either."""
    history = Lossy({A: AT_RISK, B: AT_RISK})
    history.run()
    history.store.unusable = "it is damaged"
    del history.facts[A]
    kinds = [kind for kind, _ in history.run(later=DAY)]
    assert kinds == ["LEDGER_SET_ASIDE", "NEWLY_NONCOMPLIANT", "ORPHANED"]
    assert history.shown() == STILL_THERE


def test_an_account_in_scope_that_cannot_be_read_keeps_its_findings() -> None:
    """Its findings may still be right."""
    history = _lost()
    history.facts[A] = UNREADABLE
    assert ORPHANS_ANNOUNCED not in history.run(later=DAY)
    assert history.shown() == {*STILL_THERE, f"{A}/STS.1", f"{A}/Coverage.1"}
    assert history.hub.shown()[f"regionproof/{ORGANIZATION_ID}/{A}/STS.1"] == "FAILED"


def test_the_findings_of_a_rule_that_was_switched_off_meanwhile_are_archived() -> None:
    """Including those of accounts in scope."""
    history = _lost()
    history.settings = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(approved=())))
    assert history.run(later=DAY)[-1] == ORPHANS_ANNOUNCED
    assert not {place for place in history.shown() if place.endswith("/STS.1")}
    assert history.run(later=DAY) == []


def test_the_findings_of_a_rule_that_no_longer_applies_are_archived() -> None:
    """The list of approved Regions was removed meanwhile."""
    listed = AuditSettings(rules=Rules(regions_1=RegionsRule(approved=())))
    history = Lossy({A: some_facts(opt_in=regions(ap_east_1="ENABLED")), B: FINE}, settings=listed)
    history.run()
    history.lose_ledger()
    history.settings = AuditSettings()
    assert history.run(later=DAY)[-1] == ORPHANS_ANNOUNCED
    assert not {place for place in history.shown() if place.endswith("/Regions.1")}
    assert history.run(later=DAY) == []


def test_a_first_run_in_an_empty_security_hub_finds_nothing() -> None:
    """The first run searches, the second run does not."""
    history = Lossy({A: AT_RISK})
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    history.run(later=DAY)
    assert history.listings == 1


def test_an_incomplete_listing_archives_nothing_and_is_repeated() -> None:
    """Unknown findings may exist. The next run searches only for those older than the ledger."""
    history = _lost()
    del history.facts[A]
    history.listing_fails = True
    assert ORPHANS_ANNOUNCED not in history.run(later=DAY)
    assert history.shown() == {*STILL_THERE, f"{A}/STS.1", f"{A}/Coverage.1"}
    after_failure = history.ledger
    assert after_failure.orphans_unchecked
    history.run(later=DAY)
    history.listing_fails = False
    assert history.run(later=DAY) == [ORPHANS_ANNOUNCED]
    assert history.shown() == STILL_THERE
    assert not history.ledger.orphans_unchecked
    assert history.run(later=DAY) == []


def test_old_findings_are_archived_although_a_later_run_observed_that_their_rule_does_not_apply() -> None:
    """Its observation is in the ledger, but the import of the finding is not."""
    history = _lost()
    history.settings = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False)))
    history.listing_fails = True
    history.run(later=DAY)
    history.listing_fails = False
    assert history.run(later=DAY) == [ORPHANS_ANNOUNCED]
    assert history.shown() == set()


def test_without_an_index_the_search_stays_due() -> None:
    """Until the settings send findings to Security Hub again."""
    history = _lost()
    del history.facts[A]
    history.with_index = False
    history.run(later=DAY)
    history.with_index = True
    assert history.run(later=DAY) == [ORPHANS_ANNOUNCED]
    assert history.shown() == STILL_THERE


def test_an_archiving_that_was_refused_is_repeated_but_not_announced_again() -> None:
    """The findings are in the ledger by then."""
    history = _lost()
    del history.facts[A]
    history.hub.refuses = frozenset({f"{A}/STS.1"})
    assert ORPHANS_ANNOUNCED in history.run(later=DAY)
    assert history.shown() == {*STILL_THERE, f"{A}/STS.1"}
    history.hub.refuses = frozenset()
    assert history.run(later=DAY) == []
    assert history.shown() == STILL_THERE
    assert history.listings == 2


def test_old_findings_of_a_rule_that_is_off_are_announced_once_even_if_their_archiving_was_refused() -> None:
    """They are not also announced as a rule that was switched off."""
    history = _lost()
    history.settings = AuditSettings(
        rules=Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(approved=("ap-east-1",)))
    )
    history.hub.refuses = frozenset({f"{A}/STS.1"})
    assert history.run(later=DAY) == [ORPHANS_ANNOUNCED]
    history.hub.refuses = frozenset()
    assert history.run(later=DAY) == []
    assert f"{A}/STS.1" not in history.shown()


def test_an_announcement_that_was_refused_is_repeated() -> None:
    """It has the same number, although all of them are archived already."""
    history = _lost()
    del history.facts[A]
    history.sns.refuses_everything = True
    history.run(later=DAY)
    history.sns.refuses_everything = False
    assert ORPHANS_ANNOUNCED in history.run(later=DAY)
    assert "Old findings in Security Hub: 2." in history.sns.published[-1].changes[-1].detail
    assert ORPHANS_ANNOUNCED not in history.run(later=DAY)


@pytest.mark.parametrize("run_request", [RunRequest(frozenset({B})), RunRequest(dry_run=True)], ids=["partial", "dry"])
def test_a_partial_or_dry_run_does_not_search_or_archive(run_request: RunRequest) -> None:
    """The next full run does."""
    history = _lost()
    del history.facts[A]
    listings = history.listings
    assert ORPHANS_ANNOUNCED not in change_places(history.audit().run(run_request, "run"))
    assert history.listings == listings
    assert {f"{A}/STS.1", f"{A}/Coverage.1"} <= history.shown()
    assert ORPHANS_ANNOUNCED in history.run(later=DAY)


def test_the_archiving_is_later_than_the_last_import() -> None:
    """Even if the clock went back. Otherwise Security Hub would ignore it."""
    history = _lost()
    del history.facts[A]
    history.run(later=timedelta(hours=-1))
    assert history.shown() == STILL_THERE


def test_the_ledger_stays_readable_whatever_security_hub_shows() -> None:
    """Other programs may have written absurd times."""
    history = _lost()
    del history.facts[A]
    finding = history.hub.findings[f"regionproof/{ORGANIZATION_ID}/{A}/STS.1"]
    finding |= {"FirstObservedAt": "0001-01-02T00:00:00Z", "LastObservedAt": "9999-12-30T00:00:00Z"}
    other = history.hub.findings[f"regionproof/{ORGANIZATION_ID}/{A}/Coverage.1"]
    other["UpdatedAt"] = "9999-12-30T00:00:00.000Z"
    history.run(later=DAY)
    assert unpack(pack(history.ledger), history.now) == history.ledger
    assert f"{A}/STS.1" not in history.shown()
    assert history.entry(A).first_seen == datetime(2020, 1, 1, tzinfo=UTC)


def test_two_first_runs_at_once_lose_no_orphans() -> None:
    """The slower run starts over from the ledger of the faster run, which did not search Security Hub."""
    history = _lost()
    del history.facts[A]
    history.hub.refuses = frozenset({f"{A}/STS.1"})
    other = Lossy({B: AT_RISK}, hub=FakeSecurityHub(), now=NOW + DAY, with_index=False)
    other.run()
    history.store.others_write = [other.ledger]
    history.run(later=DAY)
    history.hub.refuses = frozenset()
    history.run(later=DAY)
    assert history.shown() == STILL_THERE
