"""The settings as they travel with the function: two JSON files in the root of its zip.

One holds the settings of a run, the other where they come from.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dacite

from .origin import Origin
from .shape import AuditSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "settings.json"
ORIGIN_FILE_NAME = "settings_origin.json"


def audit_settings_of(settings: AuditSettings) -> AuditSettings:
    """Return the settings of a run, without those of the deployment, such as the addresses of alerts."""
    names = [field.name for field in dataclasses.fields(AuditSettings)]
    return AuditSettings(**{name: getattr(settings, name) for name in names})


def to_json(settings: AuditSettings) -> str:
    """Serialize the settings of a run as JSON: the same settings always give the same text."""
    plain: dict[str, Any] = dataclasses.asdict(audit_settings_of(settings))
    return json.dumps(plain, indent=1, sort_keys=True, default=date.isoformat)


def from_json(text: str) -> AuditSettings:
    """Return the settings of a run. They were checked at synth; this raises on a file that was not."""
    config = dacite.Config(cast=[tuple], strict=True, type_hooks={date: date.fromisoformat})
    return dacite.from_dict(AuditSettings, json.loads(text), config)


def load(root: Path) -> AuditSettings:
    """Return the settings that are in the root of the function's zip."""
    return from_json((root / FILE_NAME).read_text(encoding="utf-8"))


def files_of(settings: AuditSettings, origin: Origin) -> Mapping[str, str]:
    """Return the text of each file by its name. The folder of the settings file is left out: it is of one machine."""
    plain = dataclasses.asdict(dataclasses.replace(origin, file=Path(origin.file).name))
    return {FILE_NAME: to_json(settings), ORIGIN_FILE_NAME: json.dumps(plain, indent=1, sort_keys=True)}


def load_origin(root: Path) -> Origin:
    """Return where the settings in the function's zip come from. Raises on a file that synth did not make."""
    content = json.loads((root / ORIGIN_FILE_NAME).read_text(encoding="utf-8"))
    return dacite.from_dict(Origin, content, dacite.Config(cast=[tuple], strict=True))
