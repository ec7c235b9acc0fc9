"""A person's way through README, with what they see and change on it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3

from .inventory import Account
from .placeholders import filled_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.process import LocalAws

    from .terminal import Ended, Terminal

REGION = "eu-central-1"
MANAGEMENT, AUDIT, MEMBER = "111111111111", "222222222222", "400000000001"
STACK = "RegionProof"
SECURITY_HUB = re.compile(r"aws securityhub enable-security-hub[^,\n]*")
PREFLIGHT = ".venv/bin/regionproof preflight"


@dataclass(frozen=True)
class Step:
    """One command of README.

    Attributes:
        command: as README has it
        by: the account that the person has credentials of, for each journey that the step is part of
        status: how it ends
        until: what it prints before the person presses Ctrl-C; then the status does not matter
        before: what README says to do first
        after: what has to be true then
    """

    command: str
    by: Mapping[str, str]
    status: int = 0
    until: str = ""
    before: Callable[[Journey], None] | None = None
    after: Callable[[Journey, Ended], None] | None = None


@dataclass
class Journey:
    """One journey. ``keys`` are an administrator's of each account; ``empty`` is what was there before, by account."""

    name: str
    aws: LocalAws
    terminal: Terminal
    keys: Mapping[str, Mapping[str, str]]
    empty: Mapping[str, set[str]]
    account: str = MANAGEMENT
    outputs: dict[str, str] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        """Take one step, if this journey has it."""
        if self.name not in step.by:
            return
        self.account = step.by[self.name]
        if step.before:
            step.before(self)
        ended = self.run(step.command, until=step.until)
        assert step.until in ended.printed, ended.printed[-2000:]
        if not step.until:
            assert ended.status == step.status, f"{step.command}\n{ended.printed[-2000:]}"
        if step.after:
            step.after(self, ended)

    def run(self, command: str, until: str = "") -> Ended:
        """Run a command of README with the credentials of the step."""
        return self.terminal.run(filled_in(command, self.outputs), self.keys[self.account], until=until)

    def succeed(self, command: str) -> str:
        """Run a command that has to succeed, and return what it printed."""
        ended = self.run(command)
        assert ended.status == 0, f"{command}\n{ended.printed[-2000:]}"
        return ended.printed

    def change_settings(self, old: str, new: str) -> None:
        """Replace what is in the settings once."""
        file = self.terminal.folder / "regionproof.yaml"
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        file.write_text(text.replace(old, new), encoding="utf-8")

    def read_outputs(self) -> None:
        """Note the outputs of the stack."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def client(self, service: str, account: str = "") -> Any:
        """Return a client of the root of an account, that of the step by default, to look with."""
        session: Any = self._session(account)
        return session.client(service, endpoint_url=self.aws.endpoint_url)

    def resources(self, account: str = "") -> set[str]:
        """Return what is in an account."""
        return Account(self._session(account), self.aws.endpoint_url).resources()

    def wait(self, fulfilled: Callable[[], Any], seconds: float = 60) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not fulfilled():
            assert time.monotonic() < end, f"not within {seconds:.0f} seconds"
            time.sleep(0.2)

    def audit(self) -> dict[str, Any]:
        """Run the deployed function to its end and return the summary."""
        answer = self.client("lambda").invoke(FunctionName=self.outputs["FunctionName"], Payload=b"{}")
        summary: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, summary
        return summary

    def _session(self, account: str) -> boto3.Session:
        key = account or self.account
        return boto3.Session(aws_access_key_id=key, aws_secret_access_key="test", region_name=REGION)
