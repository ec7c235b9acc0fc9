"""Everything that runs write, gathered: logs, results, findings, alerts, mails, and every object of the bucket."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.faults.fault import Fault
from emulator.process import LocalAws
from regionproof import permissions
from regionproof.cli.exit_status import ExitStatus
from tests.emulator.identities import document
from tests.faults.end_state import Observer
from tests.faults.installation import FUNCTION_ROLE, ORGANIZATION, SETTINGS, install
from tests.faults.recording import effect_on
from tests.support.invocations import invoke

from .wiretap import Wiretap, wiretap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

    from tests.faults.installation import Installation

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "table": ("audit", "--format", "table"),
    "json": ("audit", "--format", "json"),
    "preflight": ("preflight",),
}


@dataclass(frozen=True)
class Surveillance:
    """A local AWS, what is on the wire to it, and everything that runs wrote, by where."""

    aws: LocalAws
    wire: Wiretap
    installation: Installation
    folders: pytest.TempPathFactory
    written: dict[str, str] = field(default_factory=dict)

    def allow_root_sessions_in_steps(self) -> None:
        """Open the organization to root sessions, and give the function what it needs for them and for steps."""
        root = self.installation.root
        for principal in ("iam.amazonaws.com", "account.amazonaws.com"):
            root.client("organizations").enable_aws_service_access(ServicePrincipal=principal)
        iam = root.client("iam")
        iam.enable_organizations_root_credentials_management()
        actions = (
            permissions.ASSUME_ROOT,
            *permissions.ROOT_SETUP_ORGANIZATION_ACTIONS,
            *permissions.ROOT_SETUP_IAM_ACTIONS,
            *permissions.SECURITY_HUB_SETUP_ACTIONS,
            *permissions.central_actions(SETTINGS),
            *permissions.RUN_ACTIONS,
        )
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_role_policy(RoleName=FUNCTION_ROLE, PolicyName="ByRootInSteps", PolicyDocument=document(allowed))

    def call(
        self, name: str, *faults: tuple[str, str, str | None], events: Sequence[Any] = ({},), settings: str = "{}"
    ) -> None:
        """Call the function while calls fail: each by action, effect and account."""
        self.aws.inject(*(_fault(*one) for one in faults))
        ended = invoke(self.folders.mktemp("task"), events, self._environment, settings)
        self.written[f"{name}: log"], self.written[f"{name}: result"] = ended.output, json.dumps(ended.outcomes)
        self.written[f"{name}: findings"] = json.dumps(Observer(self.installation).findings())
        self.aws.clear_faults()

    def on_the_terminal(self, settings: str = "") -> None:
        """Run the commands: the audit in both formats, and the preflight."""
        folder = self.folders.mktemp("terminal")
        (folder / "regionproof.yaml").write_text(settings, encoding="utf-8")
        around = {"PYTHONPATH": str(ROOT / "lambda_src"), "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder)}
        nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        for name, options in COMMANDS.items():
            ended = subprocess.run(  # noqa: S603  # this Python, this program
                [sys.executable, "-m", "regionproof.cli", *options, "--member-role", SETTINGS.member_role.name],
                cwd=folder,
                env={**self._environment, **around, **nothing},
                capture_output=True,
                text=True,
                check=False,
            )
            assert 0 <= ended.returncode <= ExitStatus.INCOMPLETE, ended.stderr
            self.written[f"{name}: stdout"], self.written[f"{name}: stderr"] = ended.stdout, ended.stderr

    def look_behind(self) -> None:
        """Gather alerts, mails and every version of every object of the bucket, as they are in AWS."""
        bucket, s3 = self.installation.bucket, self.installation.root.client("s3")
        for version in s3.list_object_versions(Bucket=bucket)["Versions"]:
            found = s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
            text = gzip.decompress(found["Body"].read()).decode()
            self.written[f"{version['Key']} {version['VersionId']}"] = text
        self.written["alerts"] = json.dumps(Observer(self.installation).alerts())
        self.written["mails"] = json.dumps(self.aws.mailbox())

    @property
    def credentials(self) -> set[str]:
        """Return every credential: the caller's and every session's, key ids too, although they open nothing alone."""
        function = self.installation.function
        own = {function.access_key, function.secret, function.token or ""}
        return own.union(self.wire.used, *self.wire.issued.values())

    def leaks(self) -> set[tuple[str, str]]:
        """Return where a credential was written, with its first letters."""
        return {
            (place, credential[:4])
            for place, text in self.written.items()
            for credential in self.credentials
            if credential in text or json.dumps(credential)[1:-1] in text
        }

    @property
    def _environment(self) -> dict[str, str]:
        """Return the environment of the function, with the wire in the place of AWS."""
        return {
            "AWS_ACCESS_KEY_ID": self.installation.function.access_key,
            "AWS_SECRET_ACCESS_KEY": self.installation.function.secret,
            "AWS_SESSION_TOKEN": self.installation.function.token or "",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.wire.url,
            "POWERTOOLS_SERVICE_NAME": "regionproof",
            "POWERTOOLS_METRICS_NAMESPACE": "RegionProof",
            "POWERTOOLS_LOG_LEVEL": "DEBUG",
            "REGIONPROOF_TOPIC_ARN": self.installation.topic_arn,
            "REGIONPROOF_LEDGER_BUCKET": self.installation.bucket,
        }


@contextmanager
def surveillance(folders: pytest.TempPathFactory) -> Iterator[Surveillance]:
    """Start a local AWS with everything installed, and listen to the wire, until the end of the block."""
    with LocalAws(ORGANIZATION) as aws, wiretap(aws.endpoint_url) as wire:
        yield Surveillance(aws, wire, install(aws), folders)


def _fault(action: str, effect: str, account: str | None) -> Fault:
    found = effect_on(action, effect)
    assert found
    return Fault(action, found, account=account)
