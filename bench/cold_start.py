"""The first call of the deployed zip, and the next ones, in the local AWS: it runs functions in its own Python."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

from emulator.process import LocalAws
from tests.emulator.identities import MANAGEMENT, Identity

STARTS = 5
"""Functions of the same zip; each starts cold once. There are as many warm calls."""

ONE_ACCOUNT = json.dumps({"accounts": [MANAGEMENT], "dry_run": True}).encode()
"""Little work, and it succeeds: the emulator starts a function again after an event that was refused."""

ENVIRONMENT = {
    "REGIONPROOF_TOPIC_ARN": f"arn:aws:sns:us-east-1:{MANAGEMENT}:findings",
    "REGIONPROOF_LEDGER_BUCKET": "regionproof-ledger",
    "POWERTOOLS_METRICS_NAMESPACE": "RegionProof",
    "POWERTOOLS_SERVICE_NAME": "regionproof",
}


def cold_start(packed: bytes, starts: int = STARTS) -> dict[str, float]:
    """Return the median seconds of a cold and of a warm call for one account, from the request to the answer."""
    with LocalAws() as aws:
        owner = Identity(aws.endpoint_url, MANAGEMENT)
        functions = owner.client("lambda")
        owner.client("s3").create_bucket(Bucket=ENVIRONMENT["REGIONPROOF_LEDGER_BUCKET"])
        role = owner.make_role("Function", "*", MANAGEMENT)
        names = [_create(functions, f"cold-{number}", role, packed) for number in range(starts)]
        cold = [_seconds(functions, name) for name in names]
        warm = [_seconds(functions, names[0]) for _ in range(starts)]
    return {
        "cold_call_seconds_in_the_emulator": round(statistics.median(cold), 3),
        "warm_call_seconds_in_the_emulator": round(statistics.median(warm), 3),
    }


def _create(functions: Any, name: str, role: str, packed: bytes) -> str:
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="regionproof.handler.lambda_handler",
        Code={"ZipFile": packed},
        Environment={"Variables": ENVIRONMENT},
        Timeout=60,
        MemorySize=512,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 50})
    return name


def _seconds(functions: Any, name: str) -> float:
    """Return the seconds of one call. Raises ``RuntimeError`` if it failed."""
    started_at = time.perf_counter()
    answer = functions.invoke(FunctionName=name, Payload=ONE_ACCOUNT)
    told = answer["Payload"].read()
    seconds = time.perf_counter() - started_at
    if "FunctionError" in answer:
        raise RuntimeError(f"the function failed: {told.decode()}")
    return seconds
