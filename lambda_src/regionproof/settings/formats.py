"""Formats of the texts and numbers in ``regionproof.yaml``: account ids, Regions, addresses, schedules, days.

A format is a name on a type (``Annotated[str, Format("region")]``). The checks behind the names live in
``checks`` and are loaded only when a file is read, so the function carries the shape without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class Format:
    """Mark a text as one of the formats of ``checks.FORMATS``.

    Pydantic calls the two methods below when it builds a validator or a JSON Schema:
    https://docs.pydantic.dev/latest/concepts/types/#customizing-validation-with-__get_pydantic_core_schema__
    """

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Add this format's check after the plain check of the type."""
        from pydantic_core import core_schema  # noqa: PLC0415  # not in the zip: the function never validates

        from .checks import FORMATS  # noqa: PLC0415  # the same

        return core_schema.no_info_after_validator_function(FORMATS[self.name].check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Add this format's pattern and example, for the editor."""
        from .checks import FORMATS  # noqa: PLC0415  # not in the zip

        return {**handler(schema), **FORMATS[self.name].json_schema()}


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """Mark a number as a whole one from ``least`` to ``most``. Pydantic calls the methods, as those of ``Format``."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the number in one go, so every wrong one gets the same sentence."""
        from pydantic_core import core_schema  # noqa: PLC0415  # not in the zip: the function never validates

        from .checks import check_whole_number  # noqa: PLC0415  # the same

        return core_schema.no_info_plain_validator_function(partial(check_whole_number, self.least, self.most))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe the range of the number for editors."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


AccountId = Annotated[str, Format("account id")]
OrganizationalUnitId = Annotated[str, Format("organizational unit id")]
TargetId = Annotated[str, Format("root or organizational unit id")]
Region = Annotated[str, Format("Region")]
RoleName = Annotated[str, Format("role name")]
RolePath = Annotated[str, Format("role path")]
BucketName = Annotated[str, Format("bucket name")]
OrganizationId = Annotated[str, Format("organization id")]
EmailAddress = Annotated[str, Format("email address")]
ScheduleExpression = Annotated[str, Format("schedule expression")]
TimeZone = Annotated[str, Format("time zone")]
Owner = Annotated[str, Format("owner")]
Reason = Annotated[str, Format("reason")]
DaysOfReminder = Annotated[int, WholeNumber(1, 365)]
DaysOfNotice = Annotated[int, WholeNumber(0, 365)]
AccountsAtOnce = Annotated[int, WholeNumber(1, 1000)]
MemoryMib = Annotated[int, WholeNumber(256, 10240)]
