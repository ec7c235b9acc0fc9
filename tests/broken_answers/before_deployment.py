"""What a preflight asks before the first deployment: nothing of the stack is there, and the CDK is bootstrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.stub.exchange import XML, Answer, json_answer, query_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BOOTSTRAP_VERSION = "30"

CLOUDFORMATION = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


def _query_error(code: str, message: str, status: int = 400) -> Answer:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode(), status, XML)


def _json_error(code: str) -> Answer:
    return json_answer({"__type": code, "message": "It does not exist."}, 400)


def _access_to_the_organization() -> Answer:
    return query_answer("DescribeOrganizationsAccess", CLOUDFORMATION, "<Status>ENABLED</Status>")


def _bootstrap() -> Answer:
    return json_answer({"Parameter": {"Name": "/cdk-bootstrap/hnb659fds/version", "Value": BOOTSTRAP_VERSION}})


BEFORE_DEPLOYMENT: Mapping[str, Callable[[], Answer]] = {
    "DescribeStacks": lambda: _query_error("ValidationError", "Stack with id RegionProof does not exist"),
    "DescribeStackSet": lambda: _query_error("StackSetNotFoundException", "StackSet RegionProofMemberRole not found"),
    "DescribeOrganizationsAccess": _access_to_the_organization,
    "GetRole": lambda: _query_error("NoSuchEntity", "The role with name RegionProof cannot be found.", 404),
    "ListDashboards": lambda: json_answer({"DashboardEntries": []}),
    "DescribeAlarms": lambda: json_answer({"MetricAlarms": []}),
    "DescribeStateMachine": lambda: _json_error("StateMachineDoesNotExist"),
    "GetParameter": _bootstrap,
    "DescribeEffectivePolicy": lambda: _json_error("EffectivePolicyNotFoundException"),
}
"""Operation -> answer."""
