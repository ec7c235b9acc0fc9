"""c7n-org on the token half: it has no filter for the opt status of Regions.

https://cloudcustodian.io/docs/tools/c7n-org.html
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from .organization import REGION, ROLE, Organization
from .verdicts import Verdicts

ENVIRONMENT = Path(__file__).parents[1] / ".venv-bench-peers"
POLICY = {
    "name": "token-version",
    "resource": "aws.account",
    "filters": [{"type": "iam-summary", "key": "GlobalEndpointTokenVersion", "op": "ne", "value": 2}],
}


def c7n_org(accounts: int) -> Verdicts:
    """Let c7n-org find the accounts with tokens of version 1, one process a core as it does on its own.

    It gets the list of accounts as a file, so it lists no organization. Raises ``CalledProcessError``.
    """
    with tempfile.TemporaryDirectory() as folder:
        _write_configuration(Path(folder), accounts)
        command = [
            str(ENVIRONMENT / "bin" / "c7n-org"), "run", "--config", "accounts.json", "--use", "policies.json",
            "--output-dir", "output", "--region", REGION, "--cache-period", "0",
        ]  # fmt: skip
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)  # noqa: S603  # the pinned c7n-org
        matched = Path(folder, "output").glob(f"*/{REGION}/{POLICY['name']}/resources.json")
        found = frozenset(file.parts[-4] for file in matched if json.loads(file.read_text(encoding="utf-8")))
    return Verdicts(found, None)


def _write_configuration(folder: Path, accounts: int) -> None:
    """Write both files as JSON, which is YAML."""
    listed = [
        {"account_id": str(account), "name": str(account), "role": f"arn:aws:iam::{account}:role/{ROLE}"}
        for account in Organization(accounts).accounts
    ]
    for name, content in (("accounts", {"accounts": listed}), ("policies", {"policies": [POLICY]})):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
