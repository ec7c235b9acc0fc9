"""AWS clients that work without a network: with botocore's Stubber, or with raw HTTP responses."""

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
    """Return one recorded response of AWS by the name of its case."""
    observations = json.loads(RECORDINGS.read_text(encoding="utf-8"))["observations"]
    observation: dict[str, Any] = next(entry for entry in observations if entry["case"] == case)
    return observation


@cache
def _session() -> Any:
    return boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example", region_name="us-east-1")


def a_client(service: str, region: str = "us-east-1", attempts: int = 1) -> Any:
    """Return a new client with made-up credentials that makes ``attempts`` attempts at each call."""
    return _session().client(service, region_name=region, config=Config(retries={"total_max_attempts": attempts}))


@contextmanager
def stubbed(service: str, region: str = "us-east-1") -> Iterator[tuple[Any, Stubber]]:
    """Yield a client and its Stubber. At the end, every prepared response must have been used."""
    client = a_client(service, region)
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


class _Body(io.BytesIO):
    """The raw body of a response, as from urllib3."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Yield the body in one piece."""
        yield self.read()


def http_answer(status: int, body: str, content_type: str = "text/html") -> AWSResponse:
    """Return an HTTP response as it comes from the network."""
    raw: Any = _Body(body.encode())
    headers: Any = {"content-type": content_type}
    return AWSResponse("https://aws.example.com", status, headers, raw)


def answer_with(client: Any, answer: Callable[[AWSPreparedRequest], AWSResponse]) -> None:
    """Make a client call ``answer`` with its signed request instead of sending it."""
    client.meta.events.register("before-send", lambda request, **_: answer(request))


class PreparedAnswers:
    """Prepared responses for calls in any order. Only the calls of one operation must be in order."""

    def __init__(self, client: Any) -> None:
        self._prepared: dict[str, list[tuple[dict[str, Any] | None, dict[str, Any], int]]] = {}
        client.meta.events.register_first("before-parameter-build.*.*", self._note)
        client.meta.events.register_first("before-call.*.*", self._answer)

    def add_response(self, operation: str, answer: dict[str, Any], expected: dict[str, Any] | None = None) -> None:
        """Prepare a response. ``expected`` are the parameters that its call must have."""
        self._prepared.setdefault(operation, []).append((expected, answer, 200))

    def add_client_error(self, operation: str, code: str, message: str = "") -> None:
        """Prepare an error."""
        error = {"Error": {"Code": code, "Message": message}}
        self._prepared.setdefault(operation, []).append((None, error, 400))

    def assert_no_pending_responses(self) -> None:
        """Fail if a prepared response was not used."""
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
    """Yield a client whose operations may be called in any order. At the end, every response must have been used."""
    client = a_client(service, region)
    answers = PreparedAnswers(client)
    yield client, answers
    answers.assert_no_pending_responses()
