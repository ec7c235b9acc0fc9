"""The files of a run in S3."""

from __future__ import annotations

import io

import pytest
from botocore.response import StreamingBody

from regionproof.aws.run_objects import S3RunObjects
from regionproof.errors import SetupError
from regionproof.time_budget import no_time_limit
from regionproof.wiring import build_run_objects
from tests.support.stubs import a_client, answer_with, http_answer, stubbed

BUCKET = "regionproof-ledger"
KEY = "runs/run-1/plan.json.gz"
CONTENT = b"a plan"
ETAG = '"0123456789abcdef0123456789abcdef"'


def test_an_object_is_read_by_its_key() -> None:
    """Byte by byte."""
    with stubbed("s3") as (client, stub):
        body = StreamingBody(io.BytesIO(CONTENT), len(CONTENT))
        stub.add_response("get_object", {"Body": body, "ETag": ETAG}, {"Bucket": BUCKET, "Key": KEY})
        assert S3RunObjects(client, BUCKET).read(KEY) == CONTENT


def test_an_object_is_written_whatever_lay_there_before() -> None:
    """A step that is tried again replaces what it wrote: without any condition."""
    with stubbed("s3") as (client, stub):
        stub.add_response("put_object", {"ETag": ETAG}, {"Bucket": BUCKET, "Key": KEY, "Body": CONTENT})
        S3RunObjects(client, BUCKET).write(KEY, CONTENT)


def test_an_object_that_is_not_there_is_none() -> None:
    """And only that: a batch that left nothing."""
    with stubbed("s3") as (client, stub):
        stub.add_client_error("get_object", "NoSuchKey", "The specified key does not exist.", 404)
        assert S3RunObjects(client, BUCKET).read(KEY) is None


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "SlowDown", "404"])
def test_what_s3_refuses_is_one_sentence(code: str) -> None:
    """It is never taken for an object that is not there, nor for one that was written."""
    with stubbed("s3") as (client, stub):
        stub.add_client_error("get_object", code, "no", 403)
        with pytest.raises(SetupError, match="GetObject"):
            S3RunObjects(client, BUCKET).read(KEY)
    with stubbed("s3") as (client, stub):
        stub.add_client_error("put_object", code, "no", 403)
        with pytest.raises(SetupError, match="PutObject"):
            S3RunObjects(client, BUCKET).write(KEY, CONTENT)


def test_an_answer_that_is_none_of_s3_is_refused() -> None:
    """A proxy's page with status 200: nothing was written, and nothing was read."""
    client = a_client("s3")
    answer_with(client, lambda _request: http_answer(200, "<html>sign in</html>"))
    objects = S3RunObjects(client, BUCKET)
    with pytest.raises(SetupError, match="s3:GetObject was answered without ETag; is there a proxy"):
        objects.read(KEY)
    with pytest.raises(SetupError, match="s3:PutObject was answered without ETag; is there a proxy"):
        objects.write(KEY, CONTENT)


def test_the_function_reads_and_writes_with_its_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the standard AWS configuration; no call is made before it is needed."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    assert isinstance(build_run_objects(BUCKET, no_time_limit), S3RunObjects)
