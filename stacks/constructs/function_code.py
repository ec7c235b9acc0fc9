"""The function's zip as CDK sees it: an asset that is put together here, without Docker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import AssetHashType, BundlingOptions, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from stacks import function_asset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regionproof.settings.origin import Origin
    from regionproof.settings.shape import AuditSettings

RUNTIME = lambda_.Runtime.PYTHON_3_13


def function_code(settings: AuditSettings, origin: Origin) -> lambda_.Code:
    """Return the code of the audit function; its hash is that of the bytes in it. Raises ``AssetError``."""
    # Read here, not in the callback: an exception inside of one comes back wrapped in JavaScript's stack.
    files = function_asset.contents(settings, origin)
    return lambda_.Code.from_asset(
        str(function_asset.PACKAGE),
        asset_hash_type=AssetHashType.OUTPUT,
        bundling=BundlingOptions(
            image=RUNTIME.bundling_image,
            # Declared with keywords, but called by jsii with one more positional argument, the options.
            local=cast("ILocalBundling", _InMemoryBundling(files)),
        ),
    )


@jsii.implements(ILocalBundling)
class _InMemoryBundling:
    """Writes files that were read before; CDK calls it instead of a container."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def try_bundle(self, output_dir: str, _options: object) -> bool:
        """Write the files and say that it is done."""
        function_asset.write(self._files, Path(output_dir))
        return True
