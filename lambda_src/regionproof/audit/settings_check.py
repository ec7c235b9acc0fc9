"""Find entries in the settings that have no effect in this organization. Pure."""

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
"""The most unknown ids to suggest similar ones for. Each search takes 10 ms in an organization of 10,000 accounts."""


@dataclass(frozen=True, slots=True)
class SettingsCheck:
    """Finds entries that have no effect. A ``strict`` check refuses them; otherwise the run continues if it can."""

    origin: Origin = field(default_factory=Origin)
    strict: bool = False

    def stop_if_wrong(self, settings: AuditSettings, organization: Organization, today: date) -> None:
        """Raise ``SettingsError`` if the check is strict and an entry has no effect.

        Raise ``UnknownScope`` if it is not strict and the scope names a unit that the organization does not have. Such
        a run would skip accounts that should be audited.
        """
        certain = [notice for notice in self.notices(settings, organization, (), today) if notice.is_certain]
        if certain and self.strict:
            raise SettingsError(self.origin.file, [Problem(one.path, _with_fix(one), one.line) for one in certain])
        if any(notice.narrows_scope for notice in certain):
            raise UnknownScope([f"{self.origin.file}, {one.place}: {one.reason}" for one in certain])

    def notices(
        self, settings: AuditSettings, organization: Organization, departed: Collection[str], today: date
    ) -> tuple[SettingsNotice, ...]:
        """Return every entry that has no effect, each once, in the order of the file's sections.

        ``departed`` may contain the ids of accounts that have left the organization. ``today`` is a day in UTC.
        """
        ids = tuple(self.named(settings))
        if not ids:
            return ()
        known = _Known.of(organization, departed)
        idle = [(named, reason) for named in ids if (reason := _idle_reason(named, known, today)) is not None]
        return tuple({notice.key: notice for notice in self._to_notices(idle, known)}.values())

    def named(self, settings: AuditSettings) -> Iterator[NamedId]:
        """Yield every id that the settings name.

        Skip the roll-out targets if the access mode is ``root`` or the roles exist already: nothing is rolled out then.
        """
        rolls_out = settings.access == "role" and not settings.member_role.existing
        return named_ids(settings, self.origin.roll_out_to if rolls_out else ())

    def _to_notices(
        self, idle: Sequence[tuple[NamedId, tuple[NoticeKind, str]]], known: _Known
    ) -> Iterator[SettingsNotice]:
        suggested = 0
        for named, (kind, reason) in idle:
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
    """Return the reason with a fix, unless the reason already suggests a similar id."""
    fix = "extend or remove it" if notice.kind is NoticeKind.ENDED else "correct or remove it"
    return notice.reason if notice.reason.endswith("?") else f"{notice.reason}; {fix}"


@dataclass(frozen=True, slots=True)
class _Known:
    """The ids in an organization. ``units`` is None if the tree was not walked; then only ``parents`` are known."""

    organization_id: str
    accounts: frozenset[str]
    units: frozenset[str] | None
    parents: frozenset[str]
    departed: Collection[str]

    @classmethod
    def of(cls, organization: Organization, departed: Collection[str]) -> _Known:
        paths = {account.parents for account in organization.accounts} if organization.unit_ids is None else ()
        return cls(
            organization_id=organization.id,
            accounts=frozenset(account.id for account in organization.accounts),
            units=organization.unit_ids,
            parents=frozenset(unit.id for path in paths for unit in path),
            departed=departed,
        )

    def has(self, named: NamedId) -> bool | None:
        """Return whether the organization has this account or unit; None if that is unknown."""
        if not named.is_unit:
            return named.id in self.accounts
        if self.units is None:
            return True if named.id in self.parents else None
        return named.id in self.units


def _idle_reason(named: NamedId, known: _Known, today: date) -> tuple[NoticeKind, str] | None:
    """Return the reason why an entry has no effect, as a clause; None if it has one."""
    exists = known.has(named)
    if exists is None:
        return NoticeKind.UNCHECKED, f"whether the organization has {named.kind} {named.id} could not be checked"
    if not exists and named.id in known.departed:
        return NoticeKind.LEFT, f"account {named.id} left organization {known.organization_id}"
    if not exists:
        return NoticeKind.UNKNOWN, f"organization {known.organization_id} has no {named.kind} {named.id}"
    if named.until and named.until < today:
        return NoticeKind.ENDED, f"the exemption of account {named.id} from {named.rule} ended on {named.until}"
    return None
