"""The local AWS starts, explains a failed start, and leaves nothing behind."""

from __future__ import annotations

import io
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import boto3
import pytest

from emulator.process import INTERPRETER, ROOT, LocalAws, LocalAwsFailed
from tests.emulator.identities import MEMBER, Identity, refused

pytestmark = pytest.mark.network

PARENT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
from emulator.process import LocalAws
with LocalAws() as aws:
    print(aws.pid, aws.log.parent, flush=True)
    time.sleep(60)
"""

LOG_BINDS = """
import sys

def log_bind(event, arguments):
    if event == "socket.bind" and isinstance(arguments[1], tuple):
        with open({file!r}, "a") as binds:
            binds.write(arguments[1][0] + "\\n")

sys.addaudithook(log_bind)
"""

CHANGED_MINISTACK = """
import sys
import ministack.app, ministack.services.iam
del ministack.services.iam._IAM_HANDLERS
ministack.app.SERVICE_HANDLERS = "no longer a dict"
from emulator.__main__ import main
sys.exit(main(["--state", sys.argv[1]]))
"""


def members_of_group(group: int) -> list[int]:
    """Return the ids of the running processes in a group."""
    command = [shutil.which("ps") or "ps", "-eo", "pid=,pgid=,stat="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # no input in it
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


def wait_until_empty(group: int) -> list[int]:
    """Wait up to two seconds until a process group is empty. Return the ids of the remaining processes."""
    deadline = time.monotonic() + 2
    while members_of_group(group) and time.monotonic() < deadline:
        time.sleep(0.02)
    return members_of_group(group)


def test_nothing_is_left_after_the_block() -> None:
    """Its processes and files are gone, even after an exception."""
    message = "whatever happened"
    aws = LocalAws()
    groups = []

    def fail_inside() -> None:
        with aws:
            groups.extend(members_of_group(aws.pid))
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match=message):
        fail_inside()

    assert groups
    assert members_of_group(groups[0]) == []
    assert not aws.log.parent.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_program_that_started_it(number: signal.Signals) -> None:
    """If that program ends by Ctrl-C, SIGTERM or SIGKILL, the local AWS stops and its folder is deleted."""
    with subprocess.Popen(  # noqa: S603  # the program above
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()
        group = int(pid)
        assert members_of_group(group)
        parent.send_signal(number)
        parent.wait(5)

    assert wait_until_empty(group) == []
    assert not Path(folder).exists()


def test_a_port_in_use_is_reported_in_one_sentence(aws: LocalAws, tmp_path: Path) -> None:
    """The sentence names the port and the fix, and the exit code is 2."""
    port = aws.endpoint_url.rpartition(":")[2]
    ended = subprocess.run(  # noqa: S603  # a program of this project
        [INTERPRETER, "-m", "emulator", "--port", port, "--state", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Cannot listen on 127.0.0.1:{port} ")
    assert ended.stderr.count("\n") == 1


def test_a_worker_of_a_lambda_function_ends_with_it() -> None:
    """Processes that the function has started end too, even after a plain SIGTERM."""
    code = "import subprocess\n\ndef handler(event, context):\n    return subprocess.Popen(['sleep', '60']).pid\n"
    with LocalAws() as aws:
        sleeper = run_function(Identity(aws.endpoint_url, MEMBER), code)
        assert sleeper in members_of_group(aws.pid)

        os.kill(aws.pid, signal.SIGTERM)

        assert wait_until_empty(aws.pid) == []


def test_a_lambda_function_does_not_inherit_the_callers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only PATH and a few other variables reach it."""
    monkeypatch.setenv("SECRET_OF_THE_USER", "secret")
    code = "import os\n\ndef handler(event, context):\n    return int('SECRET_OF_THE_USER' in os.environ)\n"
    with LocalAws() as aws:
        assert run_function(Identity(aws.endpoint_url, MEMBER), code) == 0


def run_function(owner: Identity, code: str) -> int:
    """Create a Lambda function, invoke it, and return its result."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", code)
    role = owner.make_role("Function", "*", MEMBER)
    functions = owner.client("lambda")
    functions.create_function(
        FunctionName="function",
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": content.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName="function", WaiterConfig={"Delay": 0.1, "MaxAttempts": 50}
    )
    return int(functions.invoke(FunctionName="function")["Payload"].read())


def test_an_invalid_organization_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    """The message names the file and the problem."""
    broken = tmp_path / "organization.yaml"
    broken.write_text("organization: {id: o-1}\norganizational_units: {}\naccounts: []\n", encoding="utf-8")

    with pytest.raises(LocalAwsFailed) as failed, LocalAws(broken):
        pass

    assert f"{broken} lacks 'management_account_id'" in str(failed.value)
    assert "Traceback" not in str(failed.value)


def test_a_missing_environment_is_reported_with_the_fix(tmp_path: Path) -> None:
    """The message names `make setup`."""
    with pytest.raises(LocalAwsFailed, match="run `make setup` first"), LocalAws(interpreter=tmp_path / "python"):
        pass


def test_a_ministack_without_the_private_names_is_refused(tmp_path: Path) -> None:
    """One sentence has all missing names and the pinned version, and the exit code is 2."""
    ended = subprocess.run(  # noqa: S603  # the program above
        [INTERPRETER, "-c", CHANGED_MINISTACK, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "ministack.services.iam._IAM_HANDLERS (dict)" in ended.stderr
    assert "ministack.app.SERVICE_HANDLERS (dict)" in ended.stderr
    assert "ministack 1.5.33" in ended.stderr


def test_the_environment_has_the_credentials_of_an_accounts_root(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS_PROFILE of the surrounding environment is left out."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    environment = aws.environment(MEMBER)

    assert "AWS_PROFILE" not in environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE")
    assert boto3.Session().client("sts").get_caller_identity()["Account"] == MEMBER


def test_a_reset_restores_the_sample(aws: LocalAws, management: Identity, member: Identity) -> None:
    """It restores settings, Regions and the organization, and clears findings and the call log."""
    member.client("iam").set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    member.client("account").disable_region(RegionName="ap-east-1")
    member.client("securityhub").enable_security_hub()
    management.client("organizations").close_account(AccountId=MEMBER)

    aws.reset()

    assert aws.calls() == []
    summary = member.client("iam").get_account_summary()["SummaryMap"]
    region = member.client("account").get_region_opt_status(RegionName="ap-east-1")
    account = management.client("organizations").describe_account(AccountId=MEMBER)["Account"]
    assert summary["GlobalEndpointTokenVersion"] == 1
    assert region["RegionOptStatus"] == "ENABLED"
    assert account["State"] == "ACTIVE"
    assert refused(member.client("securityhub"), "describe_hub").code == "InvalidAccessException"


def test_it_and_its_children_bind_only_to_the_loopback_interface(tmp_path: Path) -> None:
    """An audit hook logs every bind. The bind in a Lambda function shows that the hook reaches its workers."""
    binds = tmp_path / "binds"
    hook = LOG_BINDS.format(file=str(binds))
    (tmp_path / "sitecustomize.py").write_text(hook, encoding="utf-8")
    interpreter = tmp_path / "python"
    interpreter.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {INTERPRETER} "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    code = (
        "import socket\n\ndef handler(event, context):\n"
        "    return socket.create_server(('127.0.0.1', 0)).getsockname()[1]\n"
    )
    with LocalAws(interpreter=interpreter) as aws:
        assert aws.mailbox() == []
        run_function(Identity(aws.endpoint_url, MEMBER), code)

    addresses = {ipaddress.ip_address(line) for line in binds.read_text(encoding="utf-8").splitlines()}
    assert ipaddress.ip_address("127.0.0.1") in addresses
    assert all(address.is_loopback for address in addresses)


def test_it_listens_on_one_address(aws: LocalAws) -> None:
    """It listens on 127.0.0.1. The next address of the loopback interface is closed."""
    port = int(aws.endpoint_url.rpartition(":")[2])

    with pytest.raises(OSError, match=r"refused|timed out|assign"):
        socket.create_connection(("127.0.0.2", port), timeout=1)
