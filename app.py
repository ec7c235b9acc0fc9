"""Compose the CDK app: settings in, stacks out. The CDK CLI runs it; `make synth` shows what it makes.

The settings file is `regionproof.yaml`, or the one that the context names: `cdk deploy -c settings=my.yaml`.
Wrong settings end with exit code 2 and every error on stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aws_cdk import App

from regionproof.settings.problems import SettingsError
from regionproof.settings.reading import DEFAULT_FILE, read_settings
from stacks.audit_stack import AuditStack
from stacks.function_asset import AssetError
from stacks.member_role_stack import MemberRoleStack


def compose(app: App) -> None:
    """Add the stacks to an app. Raises ``SettingsError`` and ``AssetError``."""
    settings = read_settings(Path(app.node.try_get_context("settings") or DEFAULT_FILE))
    AuditStack(app, "RegionProof", settings=settings)
    MemberRoleStack(app, "RegionProofMemberRole", settings=settings)


def main() -> int:
    """Write the cloud assembly and return the exit code."""
    app = App(analytics_reporting=False)
    try:
        compose(app)
    except (SettingsError, AssetError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
