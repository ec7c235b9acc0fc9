"""Start and stop the local AWS from another program: `with LocalAws() as aws:`.

This module runs in the project's environment and imports nothing from the emulator's environment.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.faults.injection import FAULTS, Injection
from emulator.faults.json_format import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from emulator.faults.fault import Fault

ROOT = Path(__file__).resolve().parents[1]
INTERPRETER = ROOT / ".venv-emulator" / "bin" / "python"
ORGANIZATION = ROOT / "emulator" / "organization.yaml"
REGION = "us-east-1"

_START_SECONDS = 30.0
_ANSWER_SECONDS = 10.0
_GRACE_SECONDS = 2.0
_LOG_LINES = 15
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "NODE_PATH")


class LocalAwsFailed(RuntimeError):
    """The local AWS did not start, or stopped unexpectedly. The message holds the end of its log."""


class LocalAws:
    """A running local AWS. The end of the `with` block stops it and all processes that it has started.

    Attributes:
        endpoint_url: the value for AWS_ENDPOINT_URL, on a free port of 127.0.0.1
        log: the emulator's log file, which is deleted with it
    """

    endpoint_url: str
    log: Path

    def __init__(
        self,
        organization: Path = ORGANIZATION,
        *,
        options: tuple[str, ...] = (),
        interpreter: Path = INTERPRETER,
    ) -> None:
        """Store the organization file and further options for `python -m emulator`."""
        self._organization = organization
        self._options = options
        self._interpreter = interpreter
        self._cleanup = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it answers. Raise LocalAwsFailed if it does not."""
        if not self._interpreter.exists():
            message = f"{self._interpreter} is missing: run `make setup` first."
            raise LocalAwsFailed(message)
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._start()
            self._wait_until_healthy()
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it, even after an exception."""
        self.stop()

    @property
    def pid(self) -> int:
        """Return the emulator's process id, which is also its process group id."""
        return self._running().pid

    def environment(self, account_id: str, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return environment variables that point AWS clients to this emulator, with an account's root credentials.

        They are added to `base`, or to this process's environment. Other AWS_* variables, such as AWS_PROFILE, are
        left out.
        """
        surrounding = os.environ if base is None else base
        plain = {name: value for name, value in surrounding.items() if not name.startswith("AWS_")}
        return {
            **plain,
            "AWS_ACCESS_KEY_ID": account_id,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def calls(self, after: int = 0, role: str | None = None) -> list[dict[str, Any]]:
        """Return the logged calls in order, as dicts of call_log.Call. With `role`, only those of its sessions."""
        query = urllib.parse.urlencode({"after": after, **({"role": role} if role else {})})
        calls: list[dict[str, Any]] = json.loads(self._ask(f"/_regionproof/calls?{query}"))["calls"]
        return calls

    def inject(self, *faults: Fault) -> Injection:
        """Activate faults until they are removed, their `with` block ends, or the next reset."""
        content = json.dumps([to_json(fault) for fault in faults]).encode()
        numbers = json.loads(self._ask(FAULTS, method="POST", content=content))["numbers"]
        return Injection(self._ask, numbers)

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._ask(FAULTS, method="DELETE")

    def mailbox(self) -> list[dict[str, str]]:
        """Return the e-mails that topics have sent, in order, with endpoint, topic_arn, subject and message."""
        mails: list[dict[str, str]] = json.loads(self._ask("/_regionproof/mailbox"))["mails"]
        return mails

    def change_organization(self, **state: str) -> None:
        """Change what organization_state names: feature_set, hub_disabled_in. Until the next reset."""
        self._ask(f"/_regionproof/organization?{urllib.parse.urlencode(state)}", method="PUT")

    def change_subscription(self, topic: str, endpoint: str, state: str) -> int:
        """Bring the subscriptions of an address to a state of subscriptions.py, and return how many there were."""
        query = urllib.parse.urlencode({"topic": topic, "endpoint": endpoint, "state": state})
        changed: int = json.loads(self._ask(f"/_regionproof/subscriptions?{query}", method="PUT"))["changed"]
        return changed

    def reset(self) -> None:
        """Reset the emulated AWS to the sample organization."""
        self._ask("/_ministack/reset", method="POST")

    def advance_clock(self, seconds: float) -> None:
        """Move the emulator's clock forward, for Regions that are ENABLING or DISABLING and for new token versions."""
        self._ask(f"/_regionproof/clock?advance={seconds}", method="POST")

    def stop(self) -> None:
        """Stop the emulator with its whole process group, and delete its folder. Safe to call twice."""
        process, self._process = self._process, None
        try:
            if process is not None:
                _end(process)
        finally:
            self._cleanup.close()

    def _start(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="regionproof-aws-"))
        self._cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        self.log = folder / "emulator.log"
        with socket.create_server(("127.0.0.1", 0)) as listener, self.log.open("wb") as log:
            port = listener.getsockname()[1]
            self.endpoint_url = f"http://127.0.0.1:{port}"
            self._process = subprocess.Popen(  # noqa: S603  # the command consists of this project's own names
                self._command(folder, port, listener.fileno()),
                cwd=ROOT,
                env={**_inherited_environment(), "HOME": str(folder), "TMPDIR": str(folder)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(listener.fileno(),),
                start_new_session=True,
            )

    def _command(self, folder: Path, port: int, listener: int) -> list[str]:
        options = {
            "--organization": self._organization.resolve(),
            "--port": port,
            "--listener": listener,
            "--state": folder,
        }
        arguments = [str(part) for pair in options.items() for part in pair]
        return [str(self._interpreter), "-m", "emulator", *arguments, "--temporary", *self._options]

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._running().poll() is not None:
                raise LocalAwsFailed(self._with_log("The local AWS stopped while starting."))
            try:
                self._ask("/_ministack/health")
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return
        raise LocalAwsFailed(self._with_log(f"The local AWS did not answer within {_START_SECONDS:.0f} seconds."))

    def _ask(self, path: str, *, method: str = "GET", content: bytes | None = None) -> bytes:
        url = f"{self.endpoint_url}{path}"
        request = urllib.request.Request(url, data=content, method=method)  # noqa: S310  # it is http://127.0.0.1
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310  # the same
            answered: bytes = answer.read()
        return answered

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            message = "The local AWS is not running."
            raise LocalAwsFailed(message)
        return self._process

    def _with_log(self, sentence: str) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return "\n".join((sentence, *lines))


def _inherited_environment() -> dict[str, str]:
    """Return the variables that the emulator inherits. It passes its own environment on to every Lambda function."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    finally:
        _kill_group(process.pid)
        process.wait()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # the group is empty
