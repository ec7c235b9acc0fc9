"""A JSON Schema for BatchImportFindings, from the botocore model and the limits in the AWS documentation.

https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
https://docs.aws.amazon.com/securityhub/latest/userguide/asff-top-level-attributes.html
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
from jsonschema import Draft202012Validator

TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
LONGEST = {
    ("Id",): 512,
    ("GeneratorId",): 512,
    ("Title",): 256,
    ("Description",): 1024,
    ("CompanyName",): 128,
    ("ProductName",): 128,
    ("Remediation", "Recommendation", "Text"): 512,
    ("Remediation", "Recommendation", "Url"): 2048,
}
MOST_PRODUCT_FIELDS = 50
LONGEST_PRODUCT_FIELD_NAME = 128
LONGEST_PRODUCT_FIELD = 2048
LONGEST_DETAIL = 1024


@cache
def validator() -> Draft202012Validator:
    """Return a validator for the list of findings of one call."""
    model = botocore.session.get_session().get_service_model("securityhub")
    schema = _schema_of(model.operation_model("BatchImportFindings").input_shape)["properties"]["Findings"]
    _add_documented_limits(schema["items"]["properties"])
    return Draft202012Validator(schema)


def _schema_of(shape: Any, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the schema of a botocore shape. A shape inside itself accepts anything."""
    if shape.name in above:
        return {}
    inner = (*above, shape.name)
    match shape.type_name:
        case "structure":
            return {
                "type": "object",
                "properties": {name: _schema_of(member, inner) for name, member in shape.members.items()},
                "required": shape.required_members,
                "additionalProperties": False,
            }
        case "list":
            limits = {"minItems": shape.metadata.get("min", 0), "maxItems": shape.metadata.get("max", 10_000)}
            return {"type": "array", "items": _schema_of(shape.member, inner), **limits}
        case "map":
            keys, values = _schema_of(shape.key, inner), _schema_of(shape.value, inner)
            return {"type": "object", "propertyNames": keys, "additionalProperties": values}
        case "string":
            return _schema_of_text(shape)
        case kind:
            return {"type": {"boolean": "boolean", "integer": "integer", "long": "integer"}.get(kind, "number")}


def _schema_of_text(shape: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if "pattern" in shape.metadata:
        schema["pattern"] = shape.metadata["pattern"]
    if shape.enum:
        schema["enum"] = shape.enum
    return schema


def _add_documented_limits(finding: dict[str, Any]) -> None:
    for path, longest in LONGEST.items():
        schema: dict[str, Any] = {"properties": finding}
        for step in path:
            schema = schema["properties"][step]
        schema["maxLength"] = longest
    for name in ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"):
        finding[name]["pattern"] = TIMESTAMP
    finding["SchemaVersion"]["const"] = "2018-10-08"
    finding["AwsAccountId"]["pattern"] = r"^\d{12}$"
    product_fields = finding["ProductFields"]
    product_fields["maxProperties"] = MOST_PRODUCT_FIELDS
    product_fields["propertyNames"]["maxLength"] = LONGEST_PRODUCT_FIELD_NAME
    product_fields["additionalProperties"]["maxLength"] = LONGEST_PRODUCT_FIELD
    other = finding["Resources"]["items"]["properties"]["Details"]["properties"]["Other"]
    other["additionalProperties"]["maxLength"] = LONGEST_DETAIL
