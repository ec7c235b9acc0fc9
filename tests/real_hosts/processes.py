"""Run the handler of a deployed asset, or the command line, behind a proxy that plays AWS in one Region."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import regionproof
from tests.support.aws_stub import ACCESS_KEY_PREFIX, MANAGEMENT, SECRET

from .aws import BUCKET, RegionOfAws
from .proxy import tls_proxy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .certificates import Authority
    from .places import Place
    from .proxy import Traffic

STARTED = Path(__file__).with_name("started.py")
PACKAGES = Path(regionproof.__file__).parents[1]
BARE = ("-I", "-S")
"""No installed package, no user's folder, no variable of Python's."""


@dataclass(frozen=True)
class Done:
    """A process that ended, and what its Region of AWS got from it."""

    exit_code: int
    output: str
    errors: str
    aws: RegionOfAws
    traffic: Traffic

    @property
    def results(self) -> list[dict[str, Any]]:
        """Return what each event of the handler came to."""
        results: list[dict[str, Any]] = json.loads(self.output.splitlines()[-1])
        return results

    @property
    def services(self) -> set[str]:
        """Return the services that were called."""
        return {request.service for request in self.traffic.requests}

    def assert_every_call_went_where_it_belongs(self) -> None:
        """Assert that no request strayed to another host, Region or partition, and that none was refused."""
        assert self.aws.strays == []
        assert self.traffic.refusals == []
        assert self.traffic.requests


@dataclass(frozen=True)
class Starter:
    """Starts processes whose HTTPS goes through a proxy with this authority's certificates."""

    authority: Authority
    bytecode: Path

    def handler(self, place: Place, asset: Path, events: Sequence[Any]) -> Done:
        """Call the handler of an unpacked asset once for each event, in an environment like Lambda's."""
        variables = {
            "AWS_LAMBDA_FUNCTION_NAME": "RegionProofAuditFunction",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_DEFAULT_REGION": place.region,
            "LAMBDA_TASK_ROOT": str(asset),
            "POWERTOOLS_SERVICE_NAME": "regionproof",
            "POWERTOOLS_METRICS_NAMESPACE": "RegionProof",
            "REGIONPROOF_TOPIC_ARN": f"arn:{place.partition}:sns:{place.region}:{MANAGEMENT}:RegionProofFindings",
            "REGIONPROOF_LEDGER_BUCKET": BUCKET,
        }
        return self._run(place, (*BARE, str(STARTED)), ("handler", str(asset)), variables, json.dumps(list(events)))

    def command(self, place: Place, *arguments: str) -> Done:
        """Run the command line as a person does whose shell sets ``AWS_REGION``, and an old setting of STS."""
        variables = {"PYTHONPATH": str(PACKAGES), "AWS_STS_REGIONAL_ENDPOINTS": "legacy"}
        return self._run(place, (str(STARTED),), ("regionproof", *arguments), variables)

    def _run(
        self,
        place: Place,
        program: Sequence[str],
        arguments: Sequence[str],
        variables: Mapping[str, str],
        stdin: str = "",
    ) -> Done:
        aws = RegionOfAws(place.partition, place.hosts)
        with tls_proxy(aws, self.authority) as traffic:
            port = traffic.url.rpartition(":")[2]
            finished = subprocess.run(  # noqa: S603  # this Python, this folder's program
                [sys.executable, "-X", f"pycache_prefix={self.bytecode}", *program, port, *arguments],
                input=stdin,
                env={**self._caller(traffic), **variables, "AWS_REGION": place.region, **place.variables},
                cwd=self.authority.folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        return Done(finished.returncode, finished.stdout, finished.stderr, aws, traffic)

    def _caller(self, traffic: Traffic) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": f"{ACCESS_KEY_PREFIX}{MANAGEMENT}",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": f"{SECRET}-token",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": str(self.authority.certificate),
            "HTTPS_PROXY": traffic.url,
        }
