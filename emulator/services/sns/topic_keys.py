"""Check the KMS key of an SNS topic. ministack ignores the key in a template and publishes with any key.

SNS checks the key when it publishes, not before. The key that AWS manages for SNS is created in an account and Region
when it is first requested by its name, `alias/aws/sns`, as SNS does at the first Publish. An ARN of that alias is only
looked up. Publishing with the ARN therefore fails in an account that has never used SNS with encryption:
https://github.com/aws/aws-cdk/issues/22605 and DescribeKey in the model of KMS.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from emulator.patching import PrivateName

if TYPE_CHECKING:
    from emulator.http.answers import Answer

    Parameters = dict[str, list[str]]
    Properties = dict[str, Any]

MANAGED = "alias/aws/sns"
TYPE = "AWS::SNS::Topic"
_ATTRIBUTE = "KmsMasterKeyId"
_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
_DESCRIPTION = "Default key that protects my SNS data when no other key is defined"
_UNUSABLE = {"Disabled": ("KMSDisabled", "is disabled"), "PendingDeletion": ("KMSInvalidState", "is pending deletion")}


def install() -> None:
    """Keep topic keys, create the managed key on request, and refuse to publish without a usable key."""
    _keep_key_from_templates()
    _create_managed_key_on_description()
    publish = PrivateName.SNS_PUBLISH.get()

    def publish_with_key(parameters: Parameters) -> Answer:
        arn = next(iter(parameters.get("TopicArn") or parameters.get("TargetArn") or [""]))
        refusal = _refusal(PrivateName.SNS_TOPIC.get()(arn))
        if refusal is None:
            answer: Answer = publish(parameters)
            return answer
        code, message = refusal
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f'<ErrorResponse xmlns="{_NAMESPACE}">{error}<RequestId>0</RequestId></ErrorResponse>'
        return 400, {"Content-Type": "text/xml"}, body.encode()

    PrivateName.SNS_PUBLISH.replace(publish_with_key)


def _refusal(topic: dict[str, Any] | None) -> tuple[str, str] | None:
    """Return the code and message of KMS's error for a topic's key, or None if the key is usable."""
    key_id = topic["attributes"].get(_ATTRIBUTE) if topic else None
    if topic is None or not key_id:
        return None
    _, _, _, region, account_id, _ = topic["arn"].split(":", 5)
    with PrivateName.REQUEST_SCOPE.get()(account_id, region):
        if key_id == MANAGED:
            _require_managed_key()
        key = PrivateName.KMS_RESOLVE_KEY.get()(key_id)
    if key is None:
        return (
            "KMSNotFound",
            f"Invalid keyId {key_id} (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException)",
        )
    if key["KeyState"] in _UNUSABLE:
        code, state = _UNUSABLE[key["KeyState"]]
        return code, f"{key['Arn']} {state}."
    return None


def _require_managed_key() -> None:
    """Create AWS's managed key for SNS in the account and Region of the request, unless it exists."""
    if PrivateName.KMS_RESOLVE_KEY.get()(MANAGED) is not None:
        return
    existing = set(PrivateName.KMS_KEYS.get())
    PrivateName.KMS_CREATE_KEY.get()({"Description": _DESCRIPTION})
    (key_id,) = set(PrivateName.KMS_KEYS.get()) - existing
    PrivateName.KMS_CREATE_ALIAS.get()({"AliasName": MANAGED, "TargetKeyId": key_id})


def _create_managed_key_on_description() -> None:
    describe = PrivateName.KMS_DESCRIBE_KEY.get()

    def describe_as_aws(request: dict[str, Any]) -> Answer:
        if request.get("KeyId") == MANAGED:
            _require_managed_key()
        answer: Answer = describe(request)
        return answer

    PrivateName.KMS_DESCRIBE_KEY.replace(describe_as_aws)


def _keep_key_from_templates() -> None:
    handlers = PrivateName.RESOURCE_HANDLERS.get()
    topic_handlers = handlers[TYPE]
    create, update = topic_handlers["create"], topic_handlers["update"]

    @wraps(create)
    def create_with_key(logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        created: tuple[str, Properties] = create(logical_id, properties, stack)
        _set_key(created[0], properties)
        return created

    @wraps(update)
    def update_with_key(
        arn: str, old: Properties, properties: Properties, stack: str, logical_id: str | None = None
    ) -> tuple[str, Properties]:
        updated: tuple[str, Properties] = update(arn, old, properties, stack, logical_id)
        _set_key(updated[0], properties)
        return updated

    handlers[TYPE] = {**topic_handlers, "create": create_with_key, "update": update_with_key}


def _set_key(arn: str, properties: Properties) -> None:
    attributes = PrivateName.SNS_TOPIC.get()(arn)["attributes"]
    attributes.pop(_ATTRIBUTE, None)
    if properties.get(_ATTRIBUTE):
        attributes[_ATTRIBUTE] = properties[_ATTRIBUTE]
