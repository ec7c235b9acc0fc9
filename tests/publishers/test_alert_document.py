"""The alert for programs: one document with every change, brief if there are many."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from regionproof.domain.changes import ChangeKind
from regionproof.publishers.alert_document import BRIEF_FINDING_KEYS, build_document
from regionproof.publishers.digest import BRIEF_DETAIL_LENGTH, DETAIL_LENGTH, Digest

from .alerts import FIRST_RUN, WITHOUT_ACCOUNT, WITHOUT_FINDING, A, a_change, all_of, many, with_changes


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_is_in_the_document(kind: ChangeKind) -> None:
    """Programs match kinds by a stable name, and get the finding if there is one."""
    (change,) = build_document(all_of(with_changes(a_change(kind))))["changes"]
    without_account = kind in WITHOUT_ACCOUNT
    assert (change["kind"], change["detail"]) == (kind.name, "This is why.")
    assert (change["account_id"], change["account_name"]) == (("", "") if without_account else (A, "orders"))
    if kind in (*WITHOUT_ACCOUNT, *WITHOUT_FINDING):
        assert change["finding"] is None
    else:
        assert (change["finding"]["rule"], change["finding"]["account_id"]) == ("STS.1", A)


def test_changes_are_sorted_by_kind_and_severity() -> None:
    """If changes are omitted, they are the least severe."""
    changes = tuple(a_change(kind) for kind in reversed(ChangeKind))
    document = build_document(all_of(with_changes(*changes)))
    assert [change["kind"] for change in document["changes"]] == [kind.name for kind in ChangeKind]
    high, medium = FIRST_RUN.changes
    same_kind = dataclasses.replace(medium, kind=high.kind)
    (first,) = build_document(Digest(with_changes(same_kind, high), 1))["changes"]
    assert first["finding"]["severity"] == "HIGH"


def test_the_document_has_the_shape_of_the_report() -> None:
    """A program that can read the findings of a report can read these."""
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


def test_a_brief_document_does_not_repeat_texts() -> None:
    """``text`` is the index of the sentence in ``texts``, and a finding has only keys that differ between accounts."""
    full, brief = build_document(all_of(many(3))), build_document(all_of(many(3)).in_brief())
    assert brief["texts"] == [full["changes"][0]["detail"]]
    for change, full_change in zip(brief["changes"], full["changes"], strict=True):
        assert (change["detail"], change["text"]) == (None, 0)
        assert change["finding"] == {key: full_change["finding"][key] for key in BRIEF_FINDING_KEYS}
        assert {key: full_change[key] for key in ("kind", "account_id", "account_name")}.items() <= change.items()
    assert set(brief) == {*full, "texts"}
    assert len(json.dumps(brief["changes"])) < len(json.dumps(full["changes"])) / 2


@pytest.mark.parametrize(("is_brief", "limit"), [(False, DETAIL_LENGTH), (True, BRIEF_DETAIL_LENGTH)])
def test_a_very_long_detail_is_cut_with_an_ellipsis(*, is_brief: bool, limit: int) -> None:
    """It is cut in the change and in its finding."""
    (high, _) = FIRST_RUN.changes
    assert high.finding
    very_long = "why " * 100_000
    verdict = dataclasses.replace(high.finding.verdict, sentence=very_long, observed={"Value": very_long})
    change = dataclasses.replace(
        high, detail=very_long, account_name=very_long, finding=dataclasses.replace(high.finding, verdict=verdict)
    )
    digest = all_of(with_changes(change))
    document = build_document(digest.in_brief() if is_brief else digest)
    assert len(json.dumps(document["changes"])) < 5 * limit
    sentence = document["texts"][0] if is_brief else document["changes"][0]["detail"]
    assert len(sentence) <= limit
    assert sentence.endswith("…")
