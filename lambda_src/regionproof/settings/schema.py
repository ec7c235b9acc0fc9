"""The editor schema of ``regionproof.yaml``, made of the same declaration that checks it.

``python -m regionproof.settings.schema`` prints it; ``docs/regionproof.schema.json`` is that output.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from .shape import AuditSettings, Settings


def editor_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the settings file."""
    schema = TypeAdapter(Settings).json_schema(by_alias=True)
    # Pydantic finds the sentences under the fields of a class itself, not those under inherited ones.
    inherited = TypeAdapter(AuditSettings).json_schema(by_alias=True)["properties"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_closed({**schema, "properties": {**schema["properties"], **inherited}}),
        "title": "RegionProof settings",
    }


def _closed(node: Any) -> Any:
    """Allow only keys that match a given pattern, as the reader does."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return {**closed, "additionalProperties": False} if "patternProperties" in closed else closed


if __name__ == "__main__":
    print(json.dumps(editor_schema(), indent=2, sort_keys=True))  # noqa: T201  # its job
