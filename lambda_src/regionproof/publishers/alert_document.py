"""The alert as a program reads it: one JSON document. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.domain.document import finding_document
from regionproof.domain.untrusted_text import shorten

from .digest import NAME_LENGTH, PLACE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regionproof.domain.changes import Change
    from regionproof.domain.settings_notices import SettingsNotice

    from .digest import Digest

ADVICE = ("title", "risk", "remediation", "reference")
"""What is the same in every finding of a rule."""

LONGEST = {"account_name": NAME_LENGTH, "ou_path": PLACE_LENGTH}
"""Characters of what others name; every other text of a finding has the limit of the change's sentences."""

OF_A_BRIEF_FINDING = ("id", "rule", "ou_path", "severity", "exempt")
"""What stays in a finding of a brief document: what differs between the findings of many accounts."""


def build_document(digest: Digest) -> dict[str, Any]:
    """Return the alert as a program reads it; ``changes_omitted`` counts what is not in ``changes``.

    In a brief document, for many changes, ``detail`` is null and ``text`` is the place of the sentence in ``texts``;
    of a finding there are only the keys in ``OF_A_BRIEF_FINDING``.
    """
    changes = digest.changes
    texts = _places_of_texts(changes, digest.detail_length) if digest.brief else {}
    return {
        "source": "regionproof",
        "version": "1",
        **digest.whole.run,
        "changes": [_change(change, digest, texts) for change in changes],
        "changes_omitted": digest.omitted,
        "rules": _advice(changes),
        **({"texts": list(texts)} if digest.brief else {}),
    }


def _change(change: Change, digest: Digest, texts: dict[str, int]) -> dict[str, Any]:
    detail = shorten(change.detail, digest.detail_length)
    said = {"detail": None, "text": texts[detail]} if digest.brief else {"detail": detail}
    return {
        "kind": change.kind.name,
        "account_id": change.account_id,
        "account_name": shorten(change.account_name, NAME_LENGTH),
        "rule": change.finding.rule if change.finding else change.rule or None,
        **said,
        "setting": change.setting and _setting(change.setting),
        "finding": change.finding and _finding(finding_document(change.finding), digest),
    }


def _setting(notice: SettingsNotice) -> dict[str, Any]:
    return {"path": notice.path, "line": notice.line, "named": notice.named, "problem": notice.kind.value}


def _finding(document: dict[str, Any], digest: Digest) -> dict[str, Any]:
    keys = OF_A_BRIEF_FINDING if digest.brief else [key for key in document if key not in ADVICE]
    return {key: _shortened(document[key], LONGEST.get(key, digest.detail_length)) for key in keys}


def _shortened(value: Any, limit: int) -> Any:
    if isinstance(value, str):
        return shorten(value, limit)
    return {key: _shortened(inner, limit) for key, inner in value.items()} if isinstance(value, dict) else value


def _places_of_texts(changes: Iterable[Change], limit: int) -> dict[str, int]:
    """Return each different sentence once, with its place."""
    texts = dict.fromkeys(shorten(change.detail, limit) for change in changes)
    return {text: place for place, text in enumerate(texts)}


def _advice(changes: Iterable[Change]) -> dict[str, dict[str, str]]:
    """Return once for each rule what is the same in all of its findings."""
    findings = {change.finding.rule: change.finding for change in changes if change.finding}
    documents = {rule: finding_document(finding) for rule, finding in sorted(findings.items())}
    return {rule: {key: document[key] for key in ADVICE} for rule, document in documents.items()}
