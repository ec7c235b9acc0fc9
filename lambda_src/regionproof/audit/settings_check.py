"""Compare what the settings name with what the organization has, so that no entry does nothing in silence. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from regionproof.domain.settings_notices import NoticeKind, SettingsNotice
from regionproof.errors import UnknownScope
from regionproof.settings.named_ids import NamedId, named_ids
from regionproof.settings.origin import Origin
from regionproof.settings.problems import Problem, SettingsError
from regionproof.settings.suggestions import nearest_ids

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from regionproof.domain.accounts import Organization
    from regionproof.settings.shape import AuditSettings

MOST_SUGGESTED = 20
"""For how many unknown ids a run looks for similar ones, which takes 10 ms each among 10,000 accounts."""


@dataclass(frozen=True, slots=True)
class SettingsCheck:
    """Finds the entries that do nothing. A ``strict`` check accepts none of them; else a run goes on where it can."""

    origin: Origin = field(default_factory=Origin)
    strict: bool = False

    def stop_if_wrong(self, settings: AuditSettings, organization: Organization, today: date) -> None:
        """Raise ``SettingsError`` if the check is strict and an entry does nothing.

        Raise ``UnknownScope`` if it is not strict and the scope names a unit that the organization does not have:
        such a run would leave out accounts that somebody wants audited.
        """
        found = [notice for notice in self.notices(settings, organization, (), today) if notice.is_certain]
        if found and self.strict:
            raise SettingsError(self.origin.file, [Problem(one.path, _with_fix(one), one.line) for one in found])
        if any(notice.narrows_scope for notice in found):
            raise UnknownScope([f"{self.origin.file}, {one.place}: {one.reason}" for one in found])

    def notices(
        self, settings: AuditSettings, organization: Organization, departed: Collection[str], today: date
    ) -> tuple[SettingsNotice, ...]:
        """Return every entry that does nothing, each once, in the order of the file's sections.

        ``departed`` may hold the ids of accounts that the organization has had. ``today`` is a day in UTC.
        """
        ids = tuple(self.named(settings))
        if not ids:
            return ()
        known = _Known.of(organization, departed)
        found = [(named, reason) for named in ids if (reason := _why_idle(named, known, today)) is not None]
        return tuple({notice.key: notice for notice in self._told(found, known)}.values())

    def named(self, settings: AuditSettings) -> Iterator[NamedId]:
        """Yield every id that the settings name. Nothing is rolled out with root sessions or with existing roles."""
        rolls_out = settings.access == "role" and not settings.member_role.existing
        return named_ids(settings, self.origin.roll_out_to if rolls_out else ())

    def _told(self, found: Sequence[tuple[NamedId, tuple[NoticeKind, str]]], known: _Known) -> Iterator[SettingsNotice]:
        suggested = 0
        for named, (kind, reason) in found:
            hint = ""
            if kind is NoticeKind.UNKNOWN and suggested < MOST_SUGGESTED:
                suggested += 1
                hint = nearest_ids(named.id, known.units or () if named.is_unit else known.accounts)
            yield SettingsNotice(
                kind=kind,
                named=named.id,
                path=named.path,
                line=self.origin.lines.get(named.path),
                reason=f"{reason}; {hint}" if hint else reason,
                key=named.key,
                narrows_scope=named.narrows_scope,
            )


def _with_fix(notice: SettingsNotice) -> str:
    """Return the reason with what to do, unless it asks whether another id was meant."""
    fix = "extend or remove it" if notice.kind is NoticeKind.ENDED else "correct or remove it"
    return notice.reason if notice.reason.endswith("?") else f"{notice.reason}; {fix}"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an organization. ``units`` None: the tree was not walked; only ``parents`` are known then."""

    organization_id: str
    accounts: frozenset[str]
    units: frozenset[str] | None
    parents: frozenset[str]
    departed: Collection[str]

    @classmethod
    def of(cls, organization: Organization, departed: Collection[str]) -> _Known:
        ways = {account.parents for account in organization.accounts} if organization.unit_ids is None else ()
        return cls(
            organization_id=organization.id,
            accounts=frozenset(account.id for account in organization.accounts),
            units=organization.unit_ids,
            parents=frozenset(unit.id for way in ways for unit in way),
            departed=departed,
        )

    def has(self, named: NamedId) -> bool | None:
        """Return whether the organization has what is named; None if that is not known."""
        if not named.is_unit:
            return named.id in self.accounts
        if self.units is None:
            return True if named.id in self.parents else None
        return named.id in self.units


def _why_idle(named: NamedId, known: _Known, today: date) -> tuple[NoticeKind, str] | None:
    """Return why an entry does nothing, as a clause; None if it does something."""
    is_there = known.has(named)
    if is_there is None:
        return NoticeKind.UNCHECKED, f"whether the organization has {named.kind} {named.id} could not be checked"
    if not is_there and named.id in known.departed:
        return NoticeKind.LEFT, f"account {named.id} left organization {known.organization_id}"
    if not is_there:
        return NoticeKind.UNKNOWN, f"organization {known.organization_id} has no {named.kind} {named.id}"
    if named.until and named.until < today:
        said = f"the exemption of account {named.id} from {named.rule} ended on {named.until}"
        return NoticeKind.ENDED, said
    return None
