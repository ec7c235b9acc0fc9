"""The text formats of ``regionproof.yaml``, in words and as checks.

Loaded only by the CLI and at synth. A check returns the value or raises ``ValueError`` with one sentence
that names the expected form.
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore
import botocore.session
from email_validator import EmailNotValidError, validate_email

from .schedule_expression import check_schedule_expression
from .suggestions import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


OWNER_LENGTH = 200
REASON_LENGTH = 500
"""Maximum characters of an exemption's texts, which alerts and findings repeat."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """One format: its check, and its JSON Schema for editors."""

    check: Callable[[str], str]
    pattern: str | None = None
    example: str | None = None
    longest: int | None = None

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema keywords of this format."""
        keywords: dict[str, Any] = {}
        if self.pattern:
            keywords["pattern"] = self.pattern
        if self.example:
            keywords["examples"] = [self.example]
        if self.longest:
            keywords["maxLength"] = self.longest
        return keywords


def _patterned(pattern: str, expected: str, example: str) -> TextFormat:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(expected)
        return text

    return TextFormat(check, f"^{pattern}$", example)


@cache
def known_regions() -> frozenset[str]:
    """Return the names of all Regions that the installed botocore knows, in every partition."""
    partitions = botocore.session.get_session().get_component("data_loader").load_data("partitions")
    return frozenset(
        name for partition in partitions["partitions"] for name in partition["regions"] if not name.endswith("-global")
    )


_REGION = re.compile(
    r"[a-z]{2,4}(?:-(?:gov|iso[a-z]?|[a-z]{2}))?-(?:central|(?:north|south)?(?:east|west)|north|south)-[1-9][0-9]?"
)
"""The form of the name of a Region, of those that are still to come too: a place, a direction, a number."""


def _check_region(text: str) -> str:
    if text in known_regions() or _REGION.fullmatch(text):
        return text
    hint = suggestion(text, known_regions())
    hint = f"; {hint}" if hint else f" (botocore {botocore.__version__} does not know it)"
    raise ValueError(f"expected the name of an AWS Region, such as eu-south-1{hint}")


def _check_email(text: str) -> str:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError as cause:
        raise ValueError(f"expected an email address: {cause}") from cause
    return text


def _check_time_zone(text: str) -> str:
    if text in zoneinfo.available_timezones():
        return text
    hint = suggestion(text, zoneinfo.available_timezones())
    raise ValueError(f"expected an IANA time zone such as Europe/Berlin{'; ' if hint else ''}{hint}")


def _text(longest: int) -> TextFormat:
    def check(text: str) -> str:
        if not text.strip():
            raise ValueError("expected some words, not an empty text")
        if len(text) > longest:
            raise ValueError(f"expected at most {longest} characters, not {len(text)}")
        return text

    return TextFormat(check, longest=longest)


def check_whole_number(least: int, most: int, value: object) -> int:
    """Return a whole number that is between two others, both included."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise ValueError(f"expected a whole number from {least} to {most}")


_ORGANIZATIONAL_UNIT = "ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"

FORMATS: Mapping[str, TextFormat] = {
    "account id": _patterned(
        r"[0-9]{12}", 'expected an account id: 12 digits in quotes, such as "123456789012"', "123456789012"
    ),
    "organizational unit id": _patterned(
        _ORGANIZATIONAL_UNIT,
        "expected the id of an organizational unit, such as ou-ab12-11112222",
        "ou-ab12-11112222",
    ),
    "root or organizational unit id": _patterned(
        f"(r-[0-9a-z]{{4,32}}|{_ORGANIZATIONAL_UNIT})",
        "expected the id of the root or of an organizational unit, such as r-ab12 or ou-ab12-11112222",
        "r-ab12",
    ),
    "role name": _patterned(
        r"[A-Za-z0-9_+=,.@-]{1,64}",
        "expected the name of an IAM role: letters, digits and + = , . @ _ -, 64 at most, no path",
        "RegionProofAudit",
    ),
    "role path": _patterned(
        r"/(?:[A-Za-z0-9_+=,.@-]+/)*",
        "expected the path of an IAM role, such as / or /audit/: it begins and ends with a slash",
        "/audit/",
    ),
    "organization id": _patterned(
        "o-[a-z0-9]{10,32}", "expected the id of the organization, such as o-a1b2c3d4e5", "o-a1b2c3d4e5"
    ),
    "bucket name": _patterned(
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "expected the name of an S3 bucket, such as regionproof-ledgerbucket-1a2b3c: 3 to 63 lower-case letters, "
        "digits, dots and hyphens, no ARN",
        "regionproof-ledgerbucket-1a2b3c",
    ),
    "Region": TextFormat(_check_region, example="eu-south-1"),
    "email address": TextFormat(_check_email, example="cloud-security@example.com"),
    "schedule expression": TextFormat(check_schedule_expression, example="cron(0 6 * * ? *)"),
    "time zone": TextFormat(_check_time_zone, example="Europe/Berlin"),
    "owner": _text(OWNER_LENGTH),
    "reason": _text(REASON_LENGTH),
}
