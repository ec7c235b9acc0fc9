"""The alert for programs: one JSON document. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.domain.document import finding_document
from regionproof.domain.untrusted_text import shorten

from .digest import NAME_LENGTH, OU_PATH_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regionproof.domain.changes import Change
    from regionproof.domain.settings_notices import SettingsNotice

    from .digest import Digest

ADVICE = ("title", "risk", "remediation", "reference")
"""Keys with the same value in every finding of a rule. The document has them once per rule."""

LENGTH_LIMITS = {"account_name": NAME_LENGTH, "ou_path": OU_PATH_LENGTH}
"""Characters of names that others choose. Every other text of a finding has the limit of the change's sentences."""

BRIEF_FINDING_KEYS = ("id", "rule", "ou_path", "severity", "exempt")
"""Keys of a finding in a brief document: those that differ between accounts."""


def build_document(digest: Digest) -> dict[str, Any]:
    """Return the alert for programs. ``changes_omitted`` counts the changes that are not in ``changes``.

    Many changes make a brief document: ``detail`` is null, ``text`` is the index of the sentence in ``texts``, and a
    finding has only the keys in ``BRIEF_FINDING_KEYS``.
    """
    changes = digest.changes
    texts = _index_of_texts(changes, digest.detail_length) if digest.brief else {}
    return {
        "source": "regionproof",
        "version": "1",
        **digest.overview.run,
        "changes": [_change(change, digest, texts) for change in changes],
        "changes_omitted": digest.omitted,
        "rules": _advice(changes),
        **({"texts": list(texts)} if digest.brief else {}),
    }


def _change(change: Change, digest: Digest, texts: dict[str, int]) -> dict[str, Any]:
    detail = shorten(change.detail, digest.detail_length)
    sentence = {"detail": None, "text": texts[detail]} if digest.brief else {"detail": detail}
    return {
        "kind": change.kind.name,
        "account_id": change.account_id,
        "account_name": shorten(change.account_name, NAME_LENGTH),
        "rule": change.finding.rule if change.finding else change.rule or None,
        **sentence,
        "setting": change.setting and _setting(change.setting),
        "finding": change.finding and _finding(finding_document(change.finding), digest),
    }


def _setting(notice: SettingsNotice) -> dict[str, Any]:
    return {"path": notice.path, "line": notice.line, "named": notice.named, "problem": notice.kind.value}


def _finding(document: dict[str, Any], digest: Digest) -> dict[str, Any]:
    keys = BRIEF_FINDING_KEYS if digest.brief else [key for key in document if key not in ADVICE]
    return {key: _shortened(document[key], LENGTH_LIMITS.get(key, digest.detail_length)) for key in keys}


def _shortened(value: Any, limit: int) -> Any:
    if isinstance(value, str):
        return shorten(value, limit)
    return {key: _shortened(inner, limit) for key, inner in value.items()} if isinstance(value, dict) else value


def _index_of_texts(changes: Iterable[Change], limit: int) -> dict[str, int]:
    """Return the index of each distinct sentence."""
    texts = dict.fromkeys(shorten(change.detail, limit) for change in changes)
    return {text: index for index, text in enumerate(texts)}


def _advice(changes: Iterable[Change]) -> dict[str, dict[str, str]]:
    """Return for each rule the values that all of its findings share."""
    findings = {change.finding.rule: change.finding for change in changes if change.finding}
    documents = {rule: finding_document(finding) for rule, finding in sorted(findings.items())}
    return {rule: {key: document[key] for key in ADVICE} for rule, document in documents.items()}
