"""The log: one line a record, whatever AWS said, and no credential in it."""

from __future__ import annotations

import ast
import io
import json
import logging
from pathlib import Path
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given

from regionproof.aws.calls import failure_of
from regionproof.domain.log_line import to_log_json
from regionproof.domain.untrusted_text import REDACTED

from .characters import acting
from .corpus import MANY, hostile_texts
from .organization import refused

PACKAGE = Path(__file__).parents[2] / "lambda_src" / "regionproof"
KEY_ID = "ASIAIOSFODNN7EXAMPLE"  # AWS's own example
TOKEN = "IQoJb3JpZ2luX2VjEOb//////////wEaCXVzLWVhc3QtMSJHMEUCIQ" * 8
ECHO = (
    "The request signature we calculated does not match the signature you provided. The Canonical String for this "
    f"request should have been\n'POST\n/\n\nhost:sts.amazonaws.com\nx-amz-security-token:{TOKEN}\n' "
    f"for the key {KEY_ID}."
)
"""A refusal as AWS words it; it repeats the headers that were signed."""


def logged(said: str, failure: Exception) -> str:
    """Return what the function's logger writes for a refusal with its traceback."""
    stream, service = io.StringIO(), f"test-{uuid4()}"
    # pytest would keep the raw record too, and no report with a lone surrogate can be sent between processes.
    logging.getLogger(service).propagate = False
    logger = Logger(service=service, stream=stream, json_serializer=to_log_json)
    logger.append_keys(request_id=said)
    try:
        raise failure
    except type(failure):
        logger.exception("sns.digest_not_published", code=said, reason=said)
    return stream.getvalue()


@MANY
@given(hostile_texts())
def test_a_record_is_one_line_of_json_whatever_aws_said(said: str) -> None:
    """In values and in the traceback; nothing can begin its own record."""
    text = logged(said, ValueError(said))
    assert text.isascii()
    assert acting(text) == {"\n"}
    assert text.count("\n") == 1
    record = json.loads(text)
    assert record["message"] == "sns.digest_not_published"
    assert (record["level"], record["reason"]) == ("ERROR", record["code"])


@pytest.mark.parametrize("credential", [KEY_ID, TOKEN])
def test_a_credential_that_aws_repeats_is_left_out(credential: str) -> None:
    """Of the log with its tracebacks, and of every finding and alert."""
    assert credential in ECHO
    assert credential not in logged(ECHO, ValueError(ECHO))
    for failure in (ValueError(ECHO), KeyError(ECHO)):
        assert credential not in failure_of("sts:AssumeRole", failure).message
    message = refused(ECHO).message
    assert credential not in message
    assert REDACTED in message
    assert message.startswith("The request signature we calculated does not match")


def test_every_logger_of_the_product_writes_so() -> None:
    """There is one, in the handler; a second one would need the same."""
    made = [
        (file.relative_to(PACKAGE).as_posix(), ast.unparse(node))
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"Logger", "getLogger"}
    ]
    assert made == [("handler.py", "Logger(json_serializer=partial(to_log_json, redact=redact))")]
