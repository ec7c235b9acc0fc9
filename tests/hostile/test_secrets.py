"""Nothing that a run writes holds a credential: every one on the wire is looked for in everything that was left."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.emulator.faults import Fault
from demo.emulator.process import LocalAws
from tests.faults.end_state import Observer
from tests.faults.installation import ORGANIZATION, SETTINGS, install
from tests.faults.recording import effect_on
from tests.invocations import invoke

from .wiretap import NOTHING, Wiretap, wiretap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.installation import Installation

pytestmark = pytest.mark.network

ROOT = Path(__file__).parents[2]
CUT_OFF, DENIED = "200000000001", "200000000002"


@dataclass(frozen=True)
class Ran:
    """Everything that some runs wrote, by where, and what was on the wire meanwhile."""

    written: dict[str, str]
    wire: Wiretap
    installation: Installation


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Runs of the function at log level DEBUG and of the command, with failures in every call that takes or gives."""
    with ExitStack() as stack:
        aws = stack.enter_context(LocalAws(ORGANIZATION))
        installed = install(aws)
        wire = stack.enter_context(wiretap(aws.endpoint_url))
        environment = environment_of(installed, wire)
        written: dict[str, str] = {}

        def run_function(name: str, *faults: tuple[str, str, str | None]) -> None:
            aws.inject(*(fault(*one) for one in faults))
            ended = invoke(tmp_path_factory.mktemp("task"), [{}], environment)
            written[f"{name}: log"], written[f"{name}: result"] = ended.output, json.dumps(ended.outcomes)
            written[f"{name}: findings"] = json.dumps(Observer(installed).findings())
            aws.clear_faults()

        wire.refuses = b"Action=GetAccountSummary"
        run_function(
            "reads fail", ("sts:AssumeRole", "truncated_body", CUT_OFF), ("sts:AssumeRole", "access_denied", DENIED)
        )
        written |= on_the_terminal(environment, tmp_path_factory.mktemp("terminal"))
        wire.refuses = NOTHING
        run_function(
            "publishing fails",
            ("sns:Publish", "invalid_token", None),
            ("securityhub:BatchImportFindings", "expired_token", None),
        )
        run_function("all is well")
        run_function("the listing fails", ("organizations:ListAccounts", "page_of_a_proxy", None))
        written |= left_behind(aws, installed)
        yield Ran(written, wire, installed)


def fault(action: str, effect: str, account: str | None) -> Fault:
    """Return a fault by the name of its effect."""
    found = effect_on(action, effect)
    assert found
    return Fault(action, found, account=account)


def environment_of(installed: Installation, wire: Wiretap) -> dict[str, str]:
    """Return the environment of the function, with the wire in the place of AWS."""
    return {
        "AWS_ACCESS_KEY_ID": installed.function.access_key,
        "AWS_SECRET_ACCESS_KEY": installed.function.secret,
        "AWS_SESSION_TOKEN": installed.function.token or "",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": wire.url,
        "POWERTOOLS_SERVICE_NAME": "regionproof",
        "POWERTOOLS_METRICS_NAMESPACE": "RegionProof",
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "REGIONPROOF_TOPIC_ARN": installed.topic_arn,
        "REGIONPROOF_LEDGER_BUCKET": installed.bucket,
    }


def on_the_terminal(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """Return what the command writes, in both formats."""
    (folder / "regionproof.yaml").write_text("", encoding="utf-8")
    surroundings = {"PYTHONPATH": str(ROOT / "lambda_src"), "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder)}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    written: dict[str, str] = {}
    for form in ("table", "json"):
        command = [sys.executable, "-m", "regionproof.cli", "audit", "--format", form]
        ended = subprocess.run(  # noqa: S603  # this Python, this program
            [*command, "--member-role", SETTINGS.member_role.name],
            cwd=folder,
            env={**environment, **surroundings, **nothing},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode in {1, 3}, ended.stderr
        written[f"{form}: stdout"], written[f"{form}: stderr"] = ended.stdout, ended.stderr
    return written


def left_behind(aws: LocalAws, installed: Installation) -> dict[str, str]:
    """Return alerts, mails and every object of the ledger's bucket, as they lie in AWS."""
    observer = Observer(installed)
    s3: Any = installed.root.client("s3")
    objects = [
        s3.get_object(Bucket=installed.bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
        for version in s3.list_object_versions(Bucket=installed.bucket)["Versions"]
    ]
    return {
        "alerts": json.dumps(observer.alerts()),
        "mails": json.dumps(aws.mailbox()),
        "ledgers": "\n".join(gzip.decompress(packed).decode() for packed in objects),
    }


def test_the_runs_failed_as_they_should_and_were_heard(ran: Ran) -> None:
    """Else the promises below were kept by silence."""
    assert ran.wire.refused
    assert {"AccessKeyId", "SecretAccessKey", "SessionToken"} == ran.wire.issued.keys()
    assert len(ran.wire.issued["SecretAccessKey"]) >= 3
    assert {ran.installation.function.access_key, ran.installation.function.token} < ran.wire.used
    assert "SignatureDoesNotMatch" in ran.written["alerts"]
    assert "SignatureDoesNotMatch" in ran.written["reads fail: findings"]
    assert "SignatureDoesNotMatch" in ran.written["table: stdout"]
    assert "ResponseParserError" in ran.written["json: stdout"] + ran.written["alerts"]
    assert "sns.digest_not_published" in ran.written["publishing fails: log"]
    assert "security_hub.finding_not_imported" in ran.written["publishing fails: log"]
    assert '"audit.failed"' in ran.written["the listing fails: log"]
    assert "SetupError" in ran.written["the listing fails: result"]
    assert '"level":"DEBUG"' in ran.written["all is well: log"]
    assert "compliance" in ran.written["ledgers"]


def test_no_credential_stands_in_anything_that_was_written(ran: Ran) -> None:
    """The caller's and every session's: key ids too, although they open nothing alone; AWS's echoes are cut out."""
    function = ran.installation.function
    credentials = {function.access_key, function.secret, function.token or "", *ran.wire.used}
    credentials = credentials.union(*ran.wire.issued.values())
    assert len(credentials) >= 10
    assert min(map(len, credentials)) >= 16, "shorter ones would be found by chance"
    found = {
        (place, credential[:4])
        for place, text in ran.written.items()
        for credential in credentials
        if credential in text or json.dumps(credential)[1:-1] in text
    }
    assert found == set()
