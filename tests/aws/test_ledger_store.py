"""The ledger in S3: read, and replaced only as it was read."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.response import StreamingBody

from regionproof.aws.ledger_store import ACTIONS, KEY, SET_ASIDE, S3LedgerStore
from regionproof.domain.ledger import KnownAccount, Ledger
from regionproof.domain.ports import LedgerConflict, LedgerSnapshot
from regionproof.errors import SetupError
from regionproof.storage.ledger_file import pack
from tests.support.builders import NOW, ORGANIZATION_ID
from tests.support.stubs import a_client, answer_with, http_answer, stubbed

if TYPE_CHECKING:
    from botocore.stub import Stubber

BUCKET = "regionproof-ledger"
ETAG = '"9b2cf535f27731c974343645a3985328"'
NEW_ETAG = '"d3b07384d113edec49eaa6238ad5ff00"'
LEDGER = Ledger(ORGANIZATION_ID, {"222222222222": KnownAccount("orders", NOW)})


def a_store(client: Any) -> S3LedgerStore:
    """Return the store as a run of this moment sees it."""
    return S3LedgerStore(client, BUCKET, lambda: NOW)


def _holds(stub: Stubber, content: bytes) -> None:
    body = StreamingBody(io.BytesIO(content), len(content))
    stub.add_response("get_object", {"Body": body, "ETag": ETAG}, {"Bucket": BUCKET, "Key": KEY})


def _expects(stub: Stubber, key: str = KEY, body: bytes | None = None, **condition: str) -> None:
    content = pack(LEDGER) if body is None else body
    stub.add_response("put_object", {"ETag": NEW_ETAG}, {"Bucket": BUCKET, "Key": key, "Body": content, **condition})


def test_nothing_there_is_a_first_run() -> None:
    """An empty ledger without a version."""
    with stubbed("s3") as (client, stub):
        stub.add_client_error("get_object", "NoSuchKey", "The specified key does not exist.", 404)
        assert a_store(client).read(ORGANIZATION_ID) == LedgerSnapshot(Ledger(ORGANIZATION_ID))


def test_a_ledger_comes_back_with_its_version() -> None:
    """The ETag is what the next write names."""
    with stubbed("s3") as (client, stub):
        _holds(stub, pack(LEDGER))
        assert a_store(client).read(ORGANIZATION_ID) == LedgerSnapshot(LEDGER, ETAG)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is damaged"),
        (b"no ledger", "it is damaged"),
        (pack(LEDGER)[:-9], "it is damaged"),
        (gzip.compress(b'{"format": 4}'), "its format is 4, but this version reads format 3"),
        (pack(Ledger("o-another")), "it is that of organization o-another"),
    ],
    ids=["empty", "text", "truncated", "newer", "another organization's"],
)
def test_what_is_no_ledger_of_this_organization_is_kept_and_not_used(content: bytes, reason: str) -> None:
    """With the version, so it is replaced only as it was read."""
    with stubbed("s3") as (client, stub):
        _holds(stub, content)
        found = a_store(client).read(ORGANIZATION_ID)
    assert (found.ledger, found.version, found.content) == (Ledger(ORGANIZATION_ID), ETAG, content)
    assert reason in found.unusable


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("AccessDenied", "Access Denied", "a right is missing.*GetObject: Access Denied"),
        ("AccessDenied", "User: x is not authorized to perform: s3:GetObject", "a right is missing.*s3:GetObject"),
        ("NoSuchBucket", "The specified bucket does not exist", "GetObject failed with NoSuchBucket"),
        ("ExpiredToken", "The provided token has expired.", "have expired"),
        ("SlowDown", "Reduce your request rate.", "GetObject failed with SlowDown"),
    ],
)
def test_a_read_that_s3_refuses_is_one_sentence(code: str, message: str, said: str) -> None:
    """It is never taken for a first run."""
    with stubbed("s3") as (client, stub):
        stub.add_client_error("get_object", code, message, 403)
        with pytest.raises(SetupError, match=said):
            a_store(client).read(ORGANIZATION_ID)


def test_an_answer_without_a_version_is_not_s3() -> None:
    """A proxy's page with status 200: nothing could be replaced by it."""
    client = a_client("s3")
    answer_with(client, lambda _request: http_answer(200, "<html>sign in</html>"))
    with pytest.raises(SetupError, match="without ETag; is there a proxy"):
        a_store(client).read(ORGANIZATION_ID)


def test_the_first_ledger_is_written_only_where_there_is_none() -> None:
    """Another first run may be faster."""
    with stubbed("s3") as (client, stub):
        _expects(stub, IfNoneMatch="*")
        a_store(client).write(LEDGER, LedgerSnapshot(Ledger(ORGANIZATION_ID)), "run-1")


def test_a_ledger_replaces_the_one_that_was_read() -> None:
    """By its ETag."""
    with stubbed("s3") as (client, stub):
        _expects(stub, IfMatch=ETAG)
        version = a_store(client).write(LEDGER, LedgerSnapshot(LEDGER, ETAG), "run-1")
    assert version == NEW_ETAG


@pytest.mark.parametrize(
    ("code", "status"), [("PreconditionFailed", 412), ("ConditionalRequestConflict", 409), ("NoSuchKey", 404)]
)
@pytest.mark.parametrize("version", [ETAG, None], ids=["replaced", "first"])
def test_a_ledger_that_moved_is_not_overwritten(code: str, status: int, version: str | None) -> None:
    """Another run wrote it, is just writing it, or someone deleted it."""
    with stubbed("s3") as (client, stub):
        stub.add_client_error("put_object", code, "At least one of the pre-conditions did not hold", status)
        with pytest.raises(LedgerConflict):
            a_store(client).write(LEDGER, LedgerSnapshot(LEDGER, version), "run-1")


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "InternalError"])
def test_a_write_that_s3_refuses_is_one_sentence(code: str) -> None:
    """It is not a race that was lost."""
    with stubbed("s3") as (client, stub):
        stub.add_client_error("put_object", code, "no", 403)
        with pytest.raises(SetupError, match="PutObject"):
            a_store(client).write(LEDGER, LedgerSnapshot(LEDGER, ETAG), "run-1")


def test_what_could_not_be_used_is_kept_aside_before_it_is_replaced() -> None:
    """Under the id of the run, byte by byte."""
    damaged = LedgerSnapshot(Ledger(ORGANIZATION_ID), ETAG, "it is damaged", b"no ledger")
    with stubbed("s3") as (client, stub):
        _expects(stub, f"{SET_ASIDE}run-1", b"no ledger")
        _expects(stub, IfMatch=ETAG)
        a_store(client).write(LEDGER, damaged, "run-1")


def test_what_could_not_be_kept_aside_is_not_replaced() -> None:
    """Better no new ledger than none to look at."""
    damaged = LedgerSnapshot(Ledger(ORGANIZATION_ID), ETAG, "it is damaged", b"no ledger")
    with stubbed("s3") as (client, stub):
        stub.add_client_error("put_object", "AccessDenied", "no", 403)
        with pytest.raises(SetupError):
            a_store(client).write(LEDGER, damaged, "run-1")


def test_the_actions_exist() -> None:
    """The function's policy is made of them."""
    model: Any = botocore.session.get_session().get_service_model("s3")
    assert {action.removeprefix("s3:") for action in ACTIONS} <= set(model.operation_names)
