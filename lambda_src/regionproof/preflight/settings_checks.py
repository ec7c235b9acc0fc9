"""The part of the preflight on the entries of the settings: whether each has an effect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regionproof.audit.settings_check import SettingsCheck
from regionproof.domain.accounts import Organization

from .observed import Check, CheckState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regionproof.domain.settings_notices import SettingsNotice

    from .observed import PreflightScope, SetupSnapshot

_NEED = "every account and organizational unit that the settings name is in the organization"


def names_anything(needs: PreflightScope) -> bool:
    """Return whether a person's settings name accounts or units that have to be looked for."""
    check = _check(needs)
    return check is not None and any(check.named(needs.settings))


def settings_checks(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    """Yield each entry of a person's settings that has no effect, or that all of them have one."""
    check = _check(needs)
    if check is None or needs.today is None or seen.listed is None:
        return
    if not isinstance(seen.listed, Organization):
        yield Check(need=_NEED, state=CheckState.UNKNOWN, seen=f"the organization was not listed: {seen.listed}")
        return
    notices = check.notices(needs.settings, seen.listed, (), needs.today)
    yield from (_without_effect(notice, check.origin.file) for notice in notices)
    if not notices:
        yield Check(need=_NEED, state=CheckState.MET)


def _check(needs: PreflightScope) -> SettingsCheck | None:
    """Return the check of everything but ``roll_out_to``, which has checks of its own."""
    return SettingsCheck(replace(needs.origin, roll_out_to=())) if needs.origin else None


def _without_effect(notice: SettingsNotice, file: str) -> Check:
    return Check(
        need=f"{notice.path} in {file} has an effect",
        state=CheckState.MISSING if notice.is_certain else CheckState.UNKNOWN,
        seen=f"line {notice.line}: {notice.reason}" if notice.line else notice.reason,
        cure="correct or remove the entry",
    )
