"""CloudFormation: resolve pseudo parameters in a template's conditions. ministack compares their names instead.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from __future__ import annotations

from typing import Any

from emulator.patching import PrivateName

_EVERYWHERE = (
    PrivateName.EVALUATE_CONDITIONS,
    PrivateName.CHANGE_SETS_EVALUATE_CONDITIONS,
    PrivateName.HANDLERS_EVALUATE_CONDITIONS,
    PrivateName.STACKS_EVALUATE_CONDITIONS,
)
"""The function's own module, and three modules of ministack that import it by name."""


def install() -> None:
    """Resolve the account, Region and partition of the stack in conditions."""
    evaluate = PrivateName.EVALUATE_CONDITIONS.get()

    def evaluate_with_pseudo_parameters(template: dict[str, Any], parameters: dict[str, Any]) -> Any:
        return evaluate(template, {**parameters, **_pseudo_parameters()})

    for name in _EVERYWHERE:
        name.replace(evaluate_with_pseudo_parameters)


def _pseudo_parameters() -> dict[str, dict[str, str]]:
    values = {
        "AWS::AccountId": PrivateName.ACCOUNT_ID.get()(),
        "AWS::Partition": "aws",
        "AWS::Region": PrivateName.REGION.get()(),
    }
    return {name: {"Value": value} for name, value in values.items()}
