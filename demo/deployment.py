"""Deploy, update and remove RegionProof in the local AWS, with the real CDK CLI."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.process import LocalAws

ROOT = Path(__file__).resolve().parents[1]
CDK = ROOT / "node_modules" / ".bin" / "cdk"
STACK = "RegionProof"
MEMBER_STACK = "RegionProofMemberRole"
REGION = "us-east-1"
_SHOWN_LINES = 25


class CdkFailed(RuntimeError):
    """The CDK CLI failed. The message holds the command and the end of its output."""


@dataclass(frozen=True)
class Deployment:
    """One deployment into a local AWS, as the root of the management account.

    Attributes:
        aws: the running local AWS
        account_id: the account to deploy to
        settings: the settings file to deploy with
        folder: a private folder for the cloud assembly and the outputs
        region: the Region to deploy to
    """

    aws: LocalAws
    account_id: str
    settings: Path
    folder: Path
    region: str = REGION

    def bootstrap(self) -> None:
        """Bootstrap the account for the CDK, as every account needs once."""
        self._cdk("bootstrap", f"aws://{self.account_id}/{self.region}")

    def deploy(self, *, take_over: bool = False) -> dict[str, str]:
        """Deploy or update the stack and return its outputs. `take_over` imports the bucket named in the settings."""
        outputs = self.folder / "outputs.json"
        options = ["--import-existing-resources"] if take_over else []
        self._cdk("deploy", STACK, "--require-approval", "never", "--outputs-file", str(outputs), *options)
        deployed: dict[str, str] = json.loads(outputs.read_text(encoding="utf-8"))[STACK]
        return deployed

    def deploy_member_role(self, audit_role_arn: str) -> None:
        """Deploy the stack with the member role, which trusts `audit_role_arn`. This needs no bootstrap."""
        parameter = f"AuditRoleArn={audit_role_arn}"
        self._cdk("deploy", MEMBER_STACK, "--require-approval", "never", "--parameters", parameter)

    def destroy(self) -> None:
        """Destroy the stack."""
        self._cdk("destroy", STACK, "--force")

    def client(self, service: str) -> Any:
        """Return a client of the local AWS with the account's root credentials."""
        session: Any = self.session()  # boto3's types have one overload per service name and none for `str`
        return session.client(service, endpoint_url=self.aws.endpoint_url)

    def session(self) -> boto3.Session:
        """Return a session with the account's root credentials."""
        return boto3.Session(aws_access_key_id=self.account_id, aws_secret_access_key="test", region_name=self.region)

    def environment(self) -> dict[str, str]:
        """Return environment variables for a program that uses the account's root credentials."""
        return {
            **self.aws.environment(self.account_id),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "CDK_DISABLE_VERSION_CHECK": "1",
            # The CDK's template validation takes 8 seconds per synth. `make synth` and the tests of the stacks run it.
            "CDK_VALIDATION": "false",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        }

    def invoke(self, function_name: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function and return its result. Raise RuntimeError with the function's error if it fails."""
        answer = self.client("lambda").invoke(FunctionName=function_name, Payload=json.dumps(dict(event)).encode())
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{payload.get('errorType')}: {payload.get('errorMessage')}")
        return payload

    def _cdk(self, *arguments: str) -> None:
        command = [
            str(CDK),
            *arguments,
            "--context",
            f"settings={self.settings}",
            "--output",
            str(self.folder / "cdk.out"),
            "--no-notices",
            "--ci",
        ]
        completed = subprocess.run(  # noqa: S603  # the pinned CLI of node_modules
            command,
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if completed.returncode:
            output = "\n".join(completed.stdout.splitlines()[-_SHOWN_LINES:])
            raise CdkFailed(f"cdk {' '.join(arguments)} failed with exit code {completed.returncode}:\n{output}")
