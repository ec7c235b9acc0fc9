"""The CDK bootstrap's qualifier in ``cdk.json`` of the working directory."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from regionproof.errors import SetupError
from regionproof.preflight.deployed import DEFAULT_QUALIFIER

if TYPE_CHECKING:
    from pathlib import Path

CDK_FILE = "cdk.json"

QUALIFIER_KEY = "@aws-cdk/core:bootstrapQualifier"
"""The context key that names a bootstrap with its own qualifier.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""

_QUALIFIER = re.compile("[A-Za-z0-9_-]{1,10}")


def bootstrap_qualifier(file: Path) -> str:
    """Return the qualifier that the CDK CLI takes from a ``cdk.json``; without such a file the CDK's default one.

    Raises ``SetupError`` for a file that the CDK CLI could not read either, and for an impossible qualifier.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return DEFAULT_QUALIFIER
    except (OSError, ValueError, RecursionError) as failure:
        raise SetupError(f"{file} cannot be read as JSON: {failure}") from failure
    context = content.get("context") if isinstance(content, dict) else None
    qualifier = (context if isinstance(context, dict) else {}).get(QUALIFIER_KEY, DEFAULT_QUALIFIER)
    if not isinstance(qualifier, str) or not _QUALIFIER.fullmatch(qualifier):
        raise SetupError(f"{QUALIFIER_KEY} in {file} is not a qualifier of a CDK bootstrap: 1 to 10 letters and digits")
    return qualifier
