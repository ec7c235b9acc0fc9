"""AWS clients that answer without a network: by botocore's Stubber, or with raw HTTP answers below its parsers."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.stub import ANY, Stubber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.awsrequest import AWSPreparedRequest

RECORDINGS = Path(__file__).parents[1] / "recordings" / "aws-2026-09.json"


def recorded(case: str) -> dict[str, Any]:
    """Return one recorded answer of AWS, by the name of its case."""
    observations = json.loads(RECORDINGS.read_text(encoding="utf-8"))["observations"]
    found: dict[str, Any] = next(entry for entry in observations if entry["case"] == case)
    return found


@cache
def _session() -> Any:
    return boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example", region_name="us-east-1")


def a_client(service: str, region: str = "us-east-1", attempts: int = 1) -> Any:
    """Return a new client with made-up credentials that tries every call once, or as often as it is said."""
    return _session().client(service, region_name=region, config=Config(retries={"total_max_attempts": attempts}))


@contextmanager
def stubbed(service: str, region: str = "us-east-1") -> Iterator[tuple[Any, Stubber]]:
    """Give a client and its Stubber; at the end every answer that was prepared must have been asked for."""
    client = a_client(service, region)
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


class _Body(io.BytesIO):
    """The raw body of an answer, as urllib3 gives it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Yield the body in one piece."""
        yield self.read()


def http_answer(status: int, body: str, content_type: str = "text/html") -> AWSResponse:
    """Return an HTTP answer as it comes from the wire."""
    raw: Any = _Body(body.encode())
    headers: Any = {"content-type": content_type}
    return AWSResponse("https://aws.example.com", status, headers, raw)


def answer_with(client: Any, answer: Callable[[AWSPreparedRequest], AWSResponse]) -> None:
    """Let a client, in place of sending, take what ``answer`` makes of its signed request."""
    client.meta.events.register("before-send", lambda request, **_: answer(request))


class PreparedAnswers:
    """Answers prepared for calls in any order: like botocore's Stubber, in order within one operation only."""

    def __init__(self, client: Any) -> None:
        self._prepared: dict[str, list[tuple[dict[str, Any] | None, dict[str, Any], int]]] = {}
        client.meta.events.register_first("before-parameter-build.*.*", self._note)
        client.meta.events.register_first("before-call.*.*", self._answer)

    def add_response(self, operation: str, answer: dict[str, Any], expected: dict[str, Any] | None = None) -> None:
        """Prepare an answer; ``expected`` are the parameters that its call must have."""
        self._prepared.setdefault(operation, []).append((expected, answer, 200))

    def add_client_error(self, operation: str, code: str, message: str = "") -> None:
        """Prepare a refusal."""
        error = {"Error": {"Code": code, "Message": message}}
        self._prepared.setdefault(operation, []).append((None, error, 400))

    def assert_no_pending_responses(self) -> None:
        """Fail where something was prepared that nobody asked for."""
        assert {operation for operation, answers in self._prepared.items() if answers} == set()

    def _note(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked_with"] = params

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        operation = xform_name(model.name)
        expected, answer, status = self._prepared[operation].pop(0)
        if expected is not None and ANY not in expected.values():
            assert context["asked_with"] == expected
        return AWSResponse("https://aws.example.com", status, {}, None), answer  # type: ignore[arg-type]  # no body


@contextmanager
def prepared(service: str, region: str = "us-east-1") -> Iterator[tuple[Any, PreparedAnswers]]:
    """Give a client whose operations may be called in any order; at the end all that was prepared was asked for."""
    client = a_client(service, region)
    answers = PreparedAnswers(client)
    yield client, answers
    answers.assert_no_pending_responses()
