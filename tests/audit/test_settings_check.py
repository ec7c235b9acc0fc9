"""Settings entries without effect: each one is found, and none is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from regionproof.audit.settings_check import MOST_SUGGESTED, SettingsCheck
from regionproof.domain.settings_notices import NoticeKind
from regionproof.errors import UnknownScope
from regionproof.settings.origin import Origin
from regionproof.settings.problems import SettingsError
from regionproof.settings.shape import AuditSettings, Exemption, MemberRole, RegionsRule, Rules, Scope
from tests.support.builders import NOW, ORGANIZATION_ID, PRODUCTION, ROOT, WORKLOADS, an_account, an_organization

TODAY = NOW.date()
A, B, UNKNOWN = "222222222222", "333333333333", "999999999999"
UNITS = frozenset({ROOT.id, WORKLOADS.id, PRODUCTION.id, "ou-ab12-empty000"})
LISTED = replace(an_organization(an_account(A, parents=(ROOT, WORKLOADS)), an_account(B)), unit_ids=UNITS)
NOT_WALKED = replace(LISTED, unit_ids=None)
NO_UNIT = "ou-ab12-zzzzzzzz"


def an_exemption(account: str, days_left: int = 0) -> Exemption:
    """Return an exemption with this many days left."""
    until = TODAY + timedelta(days=days_left)
    return Exemption(account=account, rule="STS.1", owner="payments", reason="a device", until=until)


NAMING_UNITS = {
    "scope.organizational_units[0]": lambda unit: AuditSettings(scope=Scope(organizational_units=(unit,))),
    "scope.exclude_organizational_units[0]": lambda unit: AuditSettings(
        scope=Scope(exclude_organizational_units=(unit,))
    ),
    "rules.Regions.1.organizational_units.{}": lambda unit: AuditSettings(
        rules=Rules(regions_1=RegionsRule(organizational_units={unit: ()}))
    ),
}
NAMING_ACCOUNTS = {
    "scope.exclude_accounts[0]": lambda account: AuditSettings(scope=Scope(exclude_accounts=(account,))),
    "rules.Regions.1.accounts.{}": lambda account: AuditSettings(
        rules=Rules(regions_1=RegionsRule(accounts={account: ()}))
    ),
    "exemptions[0].account": lambda account: AuditSettings(exemptions=(an_exemption(account),)),
}


@pytest.mark.parametrize("path", NAMING_UNITS)
def test_an_unknown_unit_is_found(path: str) -> None:
    """In every section. A unit without accounts is known."""
    (notice,) = SettingsCheck().notices(NAMING_UNITS[path](NO_UNIT), LISTED, (), TODAY)
    assert (notice.kind, notice.path, notice.named) == (NoticeKind.UNKNOWN, path.format(NO_UNIT), NO_UNIT)
    assert notice.reason == f"organization {ORGANIZATION_ID} has no organizational unit {NO_UNIT}"
    for unit in UNITS:
        assert SettingsCheck().notices(NAMING_UNITS[path](unit), LISTED, (), TODAY) == ()


@pytest.mark.parametrize("path", NAMING_ACCOUNTS)
def test_an_unknown_account_is_found(path: str) -> None:
    """In every section."""
    settings = NAMING_ACCOUNTS[path](UNKNOWN)
    (notice,) = SettingsCheck().notices(settings, LISTED, (), TODAY)
    assert (notice.kind, notice.path) == (NoticeKind.UNKNOWN, path.format(UNKNOWN))
    assert notice.reason == f"organization {ORGANIZATION_ID} has no account {UNKNOWN}"
    assert SettingsCheck().notices(NAMING_ACCOUNTS[path](A), LISTED, (), TODAY) == ()


@pytest.mark.parametrize("path", NAMING_ACCOUNTS)
def test_an_account_that_left_is_not_called_unknown(path: str) -> None:
    """It is in the ledger."""
    (notice,) = SettingsCheck().notices(NAMING_ACCOUNTS[path](UNKNOWN), LISTED, {UNKNOWN}, TODAY)
    assert (notice.kind, notice.reason) == (NoticeKind.LEFT, f"account {UNKNOWN} left organization {ORGANIZATION_ID}")


def test_a_closed_account_is_known() -> None:
    """AWS lists it for 90 days."""
    closed = replace(LISTED, accounts=(an_account(UNKNOWN, state="SUSPENDED"),))
    settings = AuditSettings(scope=Scope(exclude_accounts=(UNKNOWN,)))
    assert SettingsCheck().notices(settings, closed, (), TODAY) == ()


@pytest.mark.parametrize("path", NAMING_UNITS)
def test_a_unit_that_could_not_be_checked_is_not_called_unknown(path: str) -> None:
    """If the tree was not walked, only the units above accounts are known."""
    (notice,) = SettingsCheck(strict=True).notices(NAMING_UNITS[path](NO_UNIT), NOT_WALKED, (), TODAY)
    assert notice.kind is NoticeKind.UNCHECKED
    assert notice.reason == f"whether the organization has organizational unit {NO_UNIT} could not be checked"
    for strict in (True, False):
        SettingsCheck(strict=strict).stop_if_wrong(NAMING_UNITS[path](NO_UNIT), NOT_WALKED, TODAY)
    assert SettingsCheck().notices(NAMING_UNITS[path](WORKLOADS.id), NOT_WALKED, (), TODAY) == ()


def test_an_exemption_is_found_after_its_end() -> None:
    """On its last day it still has an effect."""
    settings = AuditSettings(exemptions=(an_exemption(A, -1), an_exemption(B, 0)))
    (notice,) = SettingsCheck().notices(settings, LISTED, (), TODAY)
    assert (notice.kind, notice.path) == (NoticeKind.ENDED, "exemptions[0].account")
    assert notice.reason == f"the exemption of account {A} from STS.1 ended on {TODAY - timedelta(days=1)}"


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("ou-ab12-11111112", "; did you mean ou-ab12-11111111?"),
        ("ou-ab12-22222212", "; did you mean ou-ab12-22222222?"),
        ("ou-ab12-98765432", ""),
        ("ou-ab12-111111111", ""),
    ],
)
def test_the_nearest_unit_is_suggested(wrong: str, hint: str) -> None:
    """If only one or two characters differ."""
    settings = AuditSettings(scope=Scope(organizational_units=(wrong,)))
    (notice,) = SettingsCheck().notices(settings, LISTED, (), TODAY)
    assert notice.reason == f"organization {ORGANIZATION_ID} has no organizational unit {wrong}{hint}"


def test_the_nearest_account_is_suggested_for_the_first_unknown_ones() -> None:
    """Thousands of wrong ids must not take minutes."""
    wrong = tuple(f"2222222222{number:02}" for number in range(30, 30 + MOST_SUGGESTED + 1))
    notices = SettingsCheck().notices(AuditSettings(scope=Scope(exclude_accounts=wrong)), LISTED, (), TODAY)
    assert [notice.reason.endswith(f"; did you mean {A}?") for notice in notices] == [True] * MOST_SUGGESTED + [False]


def test_an_id_that_is_twice_in_a_list_is_found_once() -> None:
    """With its first place."""
    settings = AuditSettings(scope=Scope(exclude_accounts=(UNKNOWN, A, UNKNOWN)))
    assert len(SettingsCheck().notices(settings, LISTED, (), TODAY)) == 1


def test_roll_out_targets_are_checked_only_if_the_role_is_rolled_out() -> None:
    """With an existing role or root sessions the list has no effect, and synth warns about it."""
    check = SettingsCheck(Origin(roll_out_to=("r-zz99", ROOT.id)))
    (notice,) = check.notices(AuditSettings(), LISTED, (), TODAY)
    assert notice.reason == f"organization {ORGANIZATION_ID} has no root r-zz99"
    for settings in (AuditSettings(access="root"), AuditSettings(member_role=MemberRole(existing=True))):
        assert check.notices(settings, LISTED, (), TODAY) == ()


def test_a_strict_check_refuses_all_entries_at_once_with_their_lines() -> None:
    """The errors have the form of errors in the settings file."""
    settings = AuditSettings(
        scope=Scope(exclude_organizational_units=(NO_UNIT,)), exemptions=(an_exemption(A, -1), an_exemption(UNKNOWN))
    )
    lines = {"scope.exclude_organizational_units[0]": 3, "exemptions[0].account": 5, "exemptions[1].account": 9}
    check = SettingsCheck(Origin(file="my.yaml", lines=lines), strict=True)
    with pytest.raises(SettingsError) as refused:
        check.stop_if_wrong(settings, LISTED, TODAY)
    yesterday, has_no = TODAY - timedelta(days=1), f"organization {ORGANIZATION_ID} has no"
    ended = f"the exemption of account {A} from STS.1 ended on {yesterday}; extend or remove it"
    unit = f"{has_no} organizational unit {NO_UNIT}; correct or remove it"
    assert str(refused.value).splitlines() == [
        "my.yaml: 3 errors",
        f"  line 3: scope.exclude_organizational_units[0]: {unit}",
        f"  line 5: exemptions[0].account: {ended}",
        f"  line 9: exemptions[1].account: {has_no} account {UNKNOWN}; correct or remove it",
    ]


def test_any_other_check_stops_at_an_unknown_unit_in_the_scope() -> None:
    """Even if the other units of the scope exist. Otherwise accounts would be skipped."""
    scope = Scope(organizational_units=(WORKLOADS.id, NO_UNIT))
    check = SettingsCheck(Origin(lines={"scope.organizational_units[1]": 7}))
    with pytest.raises(UnknownScope) as stopped:
        check.stop_if_wrong(AuditSettings(scope=scope), LISTED, TODAY)
    assert f"- regionproof.yaml, line 7, scope.organizational_units[1]: organization {ORGANIZATION_ID} has no" in str(
        stopped.value
    )


def test_any_other_check_continues_otherwise() -> None:
    """A typo in an exemption must not stop the audit of all accounts."""
    settings = AuditSettings(scope=Scope(exclude_accounts=(UNKNOWN,), exclude_organizational_units=(NO_UNIT,)))
    SettingsCheck().stop_if_wrong(settings, LISTED, TODAY)
