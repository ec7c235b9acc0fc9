"""What programs read: the JSON of the terminal, the summary of the function, the ledger. Other forms there are none."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from regionproof.audit.remember import Delivery, remember
from regionproof.cli.audit_command import as_json
from regionproof.domain.run import Outcome
from regionproof.storage.ledger_file import pack, unpack
from regionproof.telemetry import outcome_document
from tests.support.builders import NOW

from .characters import acting, sendable
from .corpus import MANY, hostile_texts
from .organization import NAMED, UNREAD, a_report, news, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "lambda_src" / "regionproof"


@MANY
@given(hostile_texts(), hostile_texts())
def test_the_json_of_the_terminal_holds_every_name_and_nothing_that_acts(name: str, said: str) -> None:
    """ASCII, and it reads back to the names that AWS gave, less what is no character."""
    text = as_json(a_report(name, said))
    assert text.isascii()
    assert acting(text) == {"\n"}
    document = json.loads(text)
    accounts = {account["id"]: account for account in document["accounts"]}
    assert accounts[NAMED]["name"] == accounts[UNREAD]["name"] == sendable(name)
    assert accounts[NAMED]["ou_path"] == f"Root/{sendable(name)}"
    assert accounts[UNREAD]["unread"][0]["message"] == sendable(refused(said).message)
    assert len(document["findings"]) == 9


@MANY
@given(hostile_texts(), hostile_texts())
def test_what_the_function_returns_names_nothing_untrusted(name: str, said: str) -> None:
    """Counts and ids only; so it is the same whatever the accounts are called."""
    harmless = outcome_document(Outcome(a_report("orders", "no")), 0)
    assert outcome_document(Outcome(a_report(name, said)), 0) == harmless


@MANY
@given(hostile_texts(), hostile_texts())
def test_the_ledger_reads_back_as_it_was(name: str, said: str) -> None:
    """A name that damaged it would make every run the first."""
    reconciliation = news(name, said)
    ledger = remember(reconciliation, Delivery.of(()))
    assert unpack(pack(ledger), NOW) == ledger
    assert NAMED in ledger.accounts


@pytest.mark.parametrize("word", ["csv", "<html", "text/html", "text/csv", "<table", "jinja"])
def test_there_is_no_form_of_output_that_these_tests_do_not_know(word: str) -> None:
    """Neither HTML nor CSV is written today. Anyone who adds one replaces this by the promises for it."""
    spelled = [text for file in sorted(PACKAGE.rglob("*.py")) for text in _texts_and_imports(file)]
    assert len(spelled) > 1000
    assert [text for text in spelled if word in text.lower()] == []


def _texts_and_imports(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("module", ["publishers", "cli"])
def test_no_expression_language_is_fed(module: str) -> None:
    """JMESPath, templates and format strings take no text of AWS: nothing here evaluates one."""
    files = sorted((PACKAGE / module).rglob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func).rpartition(".")[2] not in {"search", "format", "format_map", "eval"}
