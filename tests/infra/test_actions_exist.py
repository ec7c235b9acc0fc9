"""Every action in a template is one of AWS: a misspelt one would be a denial in production."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from botocore.session import Session

from .synthesis import rights, stack_set_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .synthesis import Assembly

MODES = ["default", "other", "root", "root_from_elsewhere", "existing", "distributed"]

NAMED_OTHERWISE = {
    "lambda:InvokeFunction": "lambda:Invoke",
    "s3:ListBucket": "s3:ListObjectsV2",
}
"""Actions whose name is not that of the operation that they allow, as the Service Authorization Reference says.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

MODELS = {"states": "stepfunctions"}
"""Services whose prefix in actions is not the name of botocore's model."""


@cache
def operations(service: str) -> frozenset[str]:
    """Return the operations of a service, by the models of botocore."""
    return frozenset(Session().get_service_model(MODELS.get(service, service)).operation_names)


def actions(assembly: Assembly) -> Iterator[str]:
    """Yield every action that a role of the stacks may take, also of the one that the StackSet rolls out."""
    for stack in assembly.stacks.values():
        for path in stack.paths("AWS::IAM::Role"):
            yield from (action for action, _ in rights(stack.properties(path)))
    if assembly.audit.paths("AWS::CloudFormation::StackSet"):
        yield from re.findall(r'"Action":"([^"]+)"', json.dumps(stack_set_template(assembly.audit)))


@pytest.mark.parametrize("mode", MODES)
def test_every_action_is_an_operation_of_its_service(mode: str, request: pytest.FixtureRequest) -> None:
    """By botocore's own models, which name all operations there are."""
    found = set(actions(request.getfixturevalue(mode)))
    assert found
    named = {action: NAMED_OTHERWISE.get(action, action).split(":") for action in found}
    assert {action for action, (service, operation) in named.items() if operation not in operations(service)} == set()


def test_every_exception_is_needed(default: Assembly, distributed: Assembly) -> None:
    """A name that AWS aligned, or that is no longer granted, has no place on the list."""
    assert {action.split(":")[0] for action in actions(distributed)} >= MODELS.keys()
    assert set(actions(default)) >= NAMED_OTHERWISE.keys()
    assert not [action for action in NAMED_OTHERWISE if action.split(":")[1] in operations(action.split(":")[0])]
