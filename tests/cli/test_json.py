"""``--format json``: one document that holds to its schema."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from regionproof.cli.audit_command import as_json
from regionproof.domain.facts import TokenVersion
from regionproof.settings.shape import AuditSettings, Exemption
from tests.support.builders import DENIED, an_account, regions, some_facts

from .runs import ORDERS, FakeRun

SCHEMA = json.loads((Path(__file__).parent / "audit_document.schema.json").read_text(encoding="utf-8"))
PAYMENTS, OLD, CLOSING = "333333333333", "444444444444", "555555555555"
HOSTILE = '"}\n\x1b[31m\x9b31m\u202e\ud800 [red]香港'


def document() -> dict[str, Any]:
    """Return the document of a run with something of everything, after checking that it is one in ASCII."""
    run = FakeRun(
        {
            ORDERS: some_facts(opt_in=regions(ap_east_1="ENABLED", me_south_1="DISABLED")),
            PAYMENTS: some_facts(DENIED, DENIED),
            OLD: some_facts(TokenVersion(2)),
        },
        (an_account(ORDERS, HOSTILE), an_account(CLOSING, state="PENDING_CLOSURE")),
    )
    exemption = Exemption(account=ORDERS, rule="STS.1", owner="o", reason="r", until=date(2099, 12, 31))
    text = as_json(run.report(AuditSettings(exemptions=(exemption,))))
    assert text.isascii()
    assert text.isprintable() or text.replace("\n", "").isprintable()
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def account(found: dict[str, Any], account_id: str) -> dict[str, Any]:
    """Return one account of a document."""
    return next(entry for entry in found["accounts"] if entry["id"] == account_id)


def test_the_document_holds_to_its_schema() -> None:
    """A key more or less is a change of the contract."""
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(document())


def test_what_was_not_read_is_null() -> None:
    """Null stands for «not read», an empty mapping for «no opt-in Region»."""
    found = document()
    assert account(found, PAYMENTS)["token_version"] is None
    assert account(found, PAYMENTS)["opt_in_regions"] is None
    assert account(found, PAYMENTS)["unread"][0]["call"] == "sts:AssumeRole"
    assert account(found, CLOSING)["token_version"] is None
    assert account(found, OLD)["opt_in_regions"] == {}


def test_a_run_without_a_memory_does_not_claim_when_a_finding_was_first_seen() -> None:
    """Null, not the time of this run: earlier runs may have seen it, and this one cannot know."""
    found = document()["findings"]
    assert {finding["first_seen"] for finding in found} == {None}
    assert {finding["last_seen"] for finding in found} == {"2026-11-21T06:00:00.000Z"}


def test_what_was_read_is_there_with_the_disabled_regions() -> None:
    """Programs get every opt-in Region, also the disabled ones."""
    read = account(document(), ORDERS)
    assert read["token_version"] == 1
    assert read["opt_in_regions"] == {"ap-east-1": "ENABLED", "me-south-1": "DISABLED"}


def test_a_hostile_name_comes_back_as_it_was() -> None:
    """It is escaped, not changed; only what is no character, such as a lone surrogate, is replaced."""
    assert account(document(), ORDERS)["name"] == HOSTILE.replace("\ud800", "\ufffd")


def test_every_account_is_in_it_once_and_every_open_one_has_a_finding_a_rule() -> None:
    """Nothing gets lost on the way."""
    found = document()
    ids = [entry["id"] for entry in found["accounts"]]
    assert len(ids) == len(set(ids)) == found["summary"]["accounts_listed"] == 5
    judged = {(finding["account_id"], finding["rule"]) for finding in found["findings"]}
    assert judged == {(i, rule) for i in ids if i != CLOSING for rule in ("STS.1", "Regions.1", "Coverage.1")}
