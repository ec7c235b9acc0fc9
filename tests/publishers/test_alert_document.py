"""The alert as a program reads it: one document with every change, brief if there are many."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from regionproof.domain.changes import ChangeKind
from regionproof.publishers.alert_document import OF_A_BRIEF_FINDING, build_document
from regionproof.publishers.digest import BRIEF_DETAIL_LENGTH, DETAIL_LENGTH, Digest

from .alerts import FIRST_RUN, OF_AN_ACCOUNT, OF_THE_RUN, A, a_change, all_of, many, with_changes


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_is_told_to_programs(kind: ChangeKind) -> None:
    """By a name that stays; with the finding where there is one."""
    (told,) = build_document(all_of(with_changes(a_change(kind))))["changes"]
    of_the_run = kind in OF_THE_RUN
    assert (told["kind"], told["detail"]) == (kind.name, "This is why.")
    assert (told["account_id"], told["account_name"]) == (("", "") if of_the_run else (A, "orders"))
    if kind in (*OF_THE_RUN, *OF_AN_ACCOUNT):
        assert told["finding"] is None
    else:
        assert (told["finding"]["rule"], told["finding"]["account_id"]) == ("STS.1", A)


def test_changes_are_told_by_kind_and_the_worst_first() -> None:
    """What is left out is the mildest."""
    changes = tuple(a_change(kind) for kind in reversed(ChangeKind))
    document = build_document(all_of(with_changes(*changes)))
    assert [change["kind"] for change in document["changes"]] == [kind.name for kind in ChangeKind]
    high, medium = FIRST_RUN.changes
    same_kind = dataclasses.replace(medium, kind=high.kind)
    (first,) = build_document(Digest(with_changes(same_kind, high), 1))["changes"]
    assert first["finding"]["severity"] == "HIGH"


def test_the_document_has_the_shape_of_the_report() -> None:
    """A program that reads the report's findings reads these too."""
    document: dict[str, Any] = json.loads(json.dumps(build_document(all_of(FIRST_RUN))))
    assert list(document) == [
        "source",
        "version",
        "run",
        "organization",
        "summary",
        "changes",
        "changes_omitted",
        "rules",
    ]
    assert document["summary"]["noncompliant"] == len(document["changes"]) == 2
    assert {change["finding"]["id"] for change in document["changes"]} == {
        finding.id for finding in FIRST_RUN.report.open_findings
    }


def test_a_brief_document_says_once_what_repeats() -> None:
    """``text`` is the place of the sentence in ``texts``, and a finding has what differs between accounts."""
    whole, brief = build_document(all_of(many(3))), build_document(all_of(many(3)).in_brief())
    assert brief["texts"] == [whole["changes"][0]["detail"]]
    for change, long in zip(brief["changes"], whole["changes"], strict=True):
        assert (change["detail"], change["text"]) == (None, 0)
        assert change["finding"] == {key: long["finding"][key] for key in OF_A_BRIEF_FINDING}
        assert {key: long[key] for key in ("kind", "account_id", "account_name")}.items() <= change.items()
    assert set(brief) == {*whole, "texts"}
    assert len(json.dumps(brief["changes"])) < len(json.dumps(whole["changes"])) / 2


@pytest.mark.parametrize(("is_brief", "limit"), [(False, DETAIL_LENGTH), (True, BRIEF_DETAIL_LENGTH)])
def test_a_reason_without_end_is_cut_and_says_so(*, is_brief: bool, limit: int) -> None:
    """Wherever the document repeats it: in the change and in its finding."""
    (high, _) = FIRST_RUN.changes
    assert high.finding
    endless = "why " * 100_000
    verdict = dataclasses.replace(high.finding.verdict, sentence=endless, observed={"Seen": endless})
    change = dataclasses.replace(
        high, detail=endless, account_name=endless, finding=dataclasses.replace(high.finding, verdict=verdict)
    )
    digest = all_of(with_changes(change))
    document = build_document(digest.in_brief() if is_brief else digest)
    assert len(json.dumps(document["changes"])) < 5 * limit
    said = document["texts"][0] if is_brief else document["changes"][0]["detail"]
    assert len(said) <= limit
    assert said.endswith("…")
