"""Objects in S3: what is there, what is not, and what someone else has changed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.response import StreamingBody

from regionproof.aws.calls import CallFailed
from regionproof.aws.s3_objects import ObjectChanged, S3Objects, StoredObject
from regionproof.errors import UnexpectedAnswer
from tests.support.stubs import a_client, answer_with, http_answer, stubbed

BUCKET, KEY, CONTENT = "regionproof-ledger", "ledger/ledger.json.gz", b"a ledger"
OLD, NEW = '"old"', '"new"'


def test_an_object_is_returned_with_its_version() -> None:
    """Which a write can name."""
    with stubbed("s3") as (client, stub):
        body = StreamingBody(io.BytesIO(CONTENT), len(CONTENT))
        stub.add_response("get_object", {"Body": body, "ETag": OLD}, {"Bucket": BUCKET, "Key": KEY})
        assert S3Objects(client, BUCKET).get(KEY) == StoredObject(CONTENT, OLD)


def test_only_a_missing_object_is_none() -> None:
    """A 404 that names no code may be a proxy's."""
    for code, raises in (("NoSuchKey", None), ("404", CallFailed), ("NoSuchBucket", CallFailed)):
        with stubbed("s3") as (client, stub):
            stub.add_client_error("get_object", code, "no", 404)
            if raises:
                with pytest.raises(raises):
                    S3Objects(client, BUCKET).get(KEY)
            else:
                assert S3Objects(client, BUCKET).get(KEY) is None


@pytest.mark.parametrize(("version", "condition"), [(OLD, {"IfMatch": OLD}), (None, {"IfNoneMatch": "*"})])
def test_a_replacement_names_what_it_replaces(version: str | None, condition: dict[str, str]) -> None:
    """And returns the version that it made."""
    with stubbed("s3") as (client, stub):
        expected = {"Bucket": BUCKET, "Key": KEY, "Body": CONTENT, **condition}
        stub.add_response("put_object", {"ETag": NEW}, expected)
        assert S3Objects(client, BUCKET).replace(KEY, CONTENT, version) == NEW


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409"])
def test_an_object_that_somebody_changed_is_not_replaced(code: str) -> None:
    """However S3 says so."""
    with stubbed("s3") as (client, stub):
        stub.add_client_error("put_object", code, "no", 412)
        with pytest.raises(ObjectChanged):
            S3Objects(client, BUCKET).replace(KEY, CONTENT, OLD)


@pytest.mark.parametrize("body", ["", "<html>sign in</html>"])
def test_an_answer_that_is_not_from_s3_is_no_object(body: str) -> None:
    """It has no version."""
    client: Any = a_client("s3")
    answer_with(client, lambda _request: http_answer(200, body))
    with pytest.raises(UnexpectedAnswer):
        S3Objects(client, BUCKET).get(KEY)
    with pytest.raises(UnexpectedAnswer):
        S3Objects(client, BUCKET).put(KEY, CONTENT)
