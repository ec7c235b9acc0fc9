"""Compose the CDK app: settings in, stacks out. The CDK CLI runs it; `make synth` shows what it makes.

The settings file is `regionproof.yaml`, or the one that the context names: `cdk deploy -c settings=my.yaml`.
Wrong settings end with exit code 2 and every error on stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import App

from regionproof.settings.origin import DEFAULT_FILE, Origin
from regionproof.settings.problems import SettingsError
from regionproof.settings.reading import read_settings
from stacks import access_grants
from stacks.audit_stack import AuditStack
from stacks.function_asset import AssetError
from stacks.member_role_stack import MemberRoleStack

if TYPE_CHECKING:
    from constructs import Construct

    from regionproof.settings.shape import Settings


def compose(scope: Construct, settings: Settings, origin: Origin | None = None) -> None:
    """Add the stacks that the settings of this origin ask for. Raises ``AssetError``.

    There is no member role stack where no role is assumed, nor where one of that name is there already.
    ``origin`` None: the settings are of no file.
    """
    AuditStack(scope, "RegionProof", settings=settings, origin=origin or Origin())
    if access_grants.assumes_a_role(settings) and not settings.member_role.existing:
        MemberRoleStack(scope, "RegionProofMemberRole", settings=settings)


def main() -> int:
    """Write the cloud assembly and return the exit code."""
    app = App(analytics_reporting=False)
    try:
        settings, origin = read_settings(Path(app.node.try_get_context("settings") or DEFAULT_FILE))
        compose(app, settings, origin)
    except (SettingsError, AssetError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
