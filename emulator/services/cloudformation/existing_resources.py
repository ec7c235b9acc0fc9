"""CloudFormation: accept a bucket that a change set imports. ministack reports it as a name conflict.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from emulator.patching import PrivateName

if TYPE_CHECKING:
    from collections.abc import Mapping

    ValidationError = tuple[str, str, str, str, str]

_NAME_CONFLICT = "NAME_CONFLICT_VALIDATION"
_imported: ContextVar[frozenset[str]] = ContextVar("imported", default=frozenset())


def install() -> None:
    """Let a stack import the existing buckets of its change set (ImportExistingResources)."""
    deploy = PrivateName.CHANGE_SETS_DEPLOY.get()
    validate = PrivateName.VALIDATION_ERRORS.get()

    async def deploy_with_imports(*stack: Any, imports: Mapping[str, Any] | None = None, **options: Any) -> None:
        _imported.set(frozenset(imports or ()))
        await deploy(*stack, imports=imports, **options)

    def errors_without_imports(*template: Any) -> list[ValidationError]:
        errors: list[ValidationError] = validate(*template)
        return [error for error in errors if error[0] not in _imported.get() or error[2] != _NAME_CONFLICT]

    PrivateName.CHANGE_SETS_DEPLOY.replace(deploy_with_imports)
    PrivateName.VALIDATION_ERRORS.replace(errors_without_imports)
