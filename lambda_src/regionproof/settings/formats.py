"""Formats of the texts in ``regionproof.yaml``: account ids, Regions, addresses, schedules.

A format is a name on a type (``Annotated[str, Format("region")]``). The checks behind the names live in
``checks`` and are loaded only when a file is read, so that the function carries the shape without them.
"""

from __future__ import annotations

from dataclasses import dataclass
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


AccountId = Annotated[str, Format("account id")]
OrganizationalUnitId = Annotated[str, Format("organizational unit id")]
TargetId = Annotated[str, Format("root or organizational unit id")]
Region = Annotated[str, Format("Region")]
RoleName = Annotated[str, Format("role name")]
EmailAddress = Annotated[str, Format("email address")]
ScheduleExpression = Annotated[str, Format("schedule expression")]
TimeZone = Annotated[str, Format("time zone")]
Sentence = Annotated[str, Format("text")]
