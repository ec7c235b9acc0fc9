"""`python -m bench.storms.run '<JSON>'`: one run as the function makes it, in its own process.

The JSON holds ``accounts``, ``access`` (``role`` or ``root``), ``lambda_seconds`` and ``files``, the most file
descriptors that it may have. The last line of stdout is what the run came to. A run that goes on after its time has
its stacks on stderr.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from bench.organization import Organization
from bench.ours import BUCKET, SETTINGS, TOPIC
from regionproof.domain.findings import Compliance
from regionproof.domain.run import RunRequest
from regionproof.errors import RegionProofError
from regionproof.wiring import CallerProfile, Destinations, RunContext, build_audit

if TYPE_CHECKING:
    from regionproof.domain.report import Report

JUDGED = frozenset({Compliance.COMPLIANT, Compliance.NON_COMPLIANT})


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Make the run and return what it came to: ``failure`` is its sentence if it failed, else empty."""
    settings = replace(SETTINGS, access=options["access"])
    began = time.monotonic()
    around = RunContext(
        remaining_time=lambda: began + options["lambda_seconds"] - time.monotonic(),
        memory_mib=settings.capacity.memory_mib,
    )
    destinations = Destinations(TOPIC, BUCKET, Logger(service="storms", stream=sys.stderr))
    try:
        report = build_audit(settings, CallerProfile(), around, destinations).run(RunRequest(), "storm").report
    except RegionProofError as failure:
        return {"seconds": time.monotonic() - began, "failure": f"{type(failure).__name__}: {failure}"}
    return {"seconds": time.monotonic() - began, "failure": "", **counts_of(report)}


def counts_of(report: Report) -> dict[str, Any]:
    """Return the counts of a report that a storm may change, and why facts were not read."""
    unread = (cause for result in report.not_audited if result.facts for cause in result.facts.read_failures)
    return {
        "audited": len(report.audited),
        "not_attempted": len(report.not_tried),
        "not_audited": len(report.not_audited) - len(report.not_tried),
        "judged": sum(finding.verdict.compliance in JUDGED for finding in report.findings),
        "wrong": len(wrong_verdicts(report)),
        "causes": dict(Counter(f"{cause.call} {cause.code}" for cause in unread)),
    }


def wrong_verdicts(report: Report) -> list[str]:
    """Return the ids of findings that contradict how the accounts were made, missing facts aside."""
    organization = Organization(len(report.accounts))
    due = {"STS.1": organization.with_version_1(), "Regions.1": organization.with_unapproved_regions()}
    return [
        finding.id
        for finding in report.findings
        if finding.rule in due
        and finding.verdict.compliance in JUDGED
        and finding.is_noncompliant != (finding.account.id in due[finding.rule])
    ]


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(asked["files"], most), most))
    faulthandler.dump_traceback_later(asked["lambda_seconds"] + 1)
    sys.stdout.write(f"{json.dumps(run(asked))}\n")
    sys.stdout.flush()
    os._exit(0)  # Lambda does not wait for threads that a run leaves behind, either.
