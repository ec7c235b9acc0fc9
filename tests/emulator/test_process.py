"""The local AWS starts by itself, says why it does not, and leaves nothing behind."""

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

NOTE_BINDS = """
import sys

def note(event, arguments):
    if event == "socket.bind" and isinstance(arguments[1], tuple):
        with open({file!r}, "a") as binds:
            binds.write(arguments[1][0] + "\\n")

sys.addaudithook(note)
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
    """Return the processes of a group that have not ended."""
    command = [shutil.which("ps") or "ps", "-eo", "pid=,pgid=,stat="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # no input in it
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


def wait_until_empty(group: int) -> list[int]:
    """Return who is left in a group after two seconds at most."""
    deadline = time.monotonic() + 2
    while members_of_group(group) and time.monotonic() < deadline:
        time.sleep(0.02)
    return members_of_group(group)


def test_nothing_is_left_of_it_after_the_block() -> None:
    """No process of its group, no file, also after an exception."""
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
    """Ctrl-C, SIGTERM and SIGKILL of that program end the local AWS too, and its folder goes."""
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


def test_a_taken_port_is_one_sentence(aws: LocalAws, tmp_path: Path) -> None:
    """It names the port and the cure, exit 2."""
    port = aws.endpoint_url.rpartition(":")[2]
    ended = subprocess.run(  # noqa: S603  # a program of this project
        [INTERPRETER, "-m", "emulator", "--port", port, "--state", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Port {port} of 127.0.0.1 can not be used")
    assert ended.stderr.count("\n") == 1


def test_a_worker_of_a_lambda_function_ends_with_it() -> None:
    """So does what the function started and left running, also after a mere SIGTERM."""
    code = "import subprocess\n\ndef handler(event, context):\n    return subprocess.Popen(['sleep', '60']).pid\n"
    with LocalAws() as aws:
        sleeper = run_function(Identity(aws.endpoint_url, MEMBER), code)
        assert sleeper in members_of_group(aws.pid)

        os.kill(aws.pid, signal.SIGTERM)

        assert wait_until_empty(aws.pid) == []


def test_a_lambda_function_knows_nothing_of_the_program_that_started_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of that environment only PATH and the like reach it."""
    monkeypatch.setenv("SECRET_OF_THE_USER", "secret")
    code = "import os\n\ndef handler(event, context):\n    return int('SECRET_OF_THE_USER' in os.environ)\n"
    with LocalAws() as aws:
        assert run_function(Identity(aws.endpoint_url, MEMBER), code) == 0


def run_function(owner: Identity, code: str) -> int:
    """Create a Lambda function and return what it answers."""
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


def test_a_broken_organization_file_is_one_sentence(tmp_path: Path) -> None:
    """The message names the file and what is wrong in it."""
    broken = tmp_path / "organization.yaml"
    broken.write_text("organization: {id: o-1}\norganizational_units: {}\naccounts: []\n", encoding="utf-8")

    with pytest.raises(LocalAwsFailed) as failed, LocalAws(broken):
        pass

    assert f"{broken} lacks 'management_account_id'" in str(failed.value)
    assert "Traceback" not in str(failed.value)


def test_without_its_environment_it_says_how_to_make_it(tmp_path: Path) -> None:
    """The cure is in the message."""
    with pytest.raises(LocalAwsFailed, match="run `make setup` first"), LocalAws(interpreter=tmp_path / "python"):
        pass


def test_a_ministack_without_a_patched_name_is_refused_with_all_that_is_missing(tmp_path: Path) -> None:
    """One sentence, the names, the pinned version, exit 2."""
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


def test_the_environment_is_that_of_an_accounts_root(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A surrounding profile is not in it."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    environment = aws.environment(MEMBER)

    assert "AWS_PROFILE" not in environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE")
    assert boto3.Session().client("sts").get_caller_identity()["Account"] == MEMBER


def test_a_reset_brings_the_sample_back(aws: LocalAws, management: Identity, member: Identity) -> None:
    """Settings, Regions, findings, the organization and the log of calls."""
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


def test_it_and_what_it_starts_bind_to_the_loopback_interface_only(tmp_path: Path) -> None:
    """Python tells each bind of a socket; that of a Lambda function's worker is there to show that it would be told."""
    binds = tmp_path / "binds"
    hook = NOTE_BINDS.format(file=str(binds))
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


def test_it_listens_on_one_address_only(aws: LocalAws) -> None:
    """That is 127.0.0.1: the next address of the loopback interface has nothing at its port."""
    port = int(aws.endpoint_url.rpartition(":")[2])

    with pytest.raises(OSError, match=r"refused|timed out|assign"):
        socket.create_connection(("127.0.0.2", port), timeout=1)
