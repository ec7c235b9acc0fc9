"""The function, its role and its log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from botocore.session import Session

from regionproof.settings.shape import RETENTION_DAYS

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized


def test_function_runs_the_handler_for_as_long_as_lambda_allows(audit: Synthesized) -> None:
    """The run has Lambda's whole 15 minutes, on arm64."""
    function = audit.properties("Audit/Function")
    assert function["Handler"] == "regionproof.handler.lambda_handler"
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert (function["Timeout"], function["MemorySize"]) == (900, 512)


def test_function_has_the_processor_of_the_settings(other: Assembly) -> None:
    """The zip is pure Python. AWS has no arm64 in some Regions.

    https://github.com/aws-samples/aws-security-reference-architecture-examples/issues/89
    """
    assert other.audit.properties("Audit/Function")["Architectures"] == ["x86_64"]


def test_function_has_the_memory_of_the_settings(other: Assembly) -> None:
    """More memory is more computing power as well."""
    assert other.audit.properties("Audit/Function")["MemorySize"] == 1769


def test_function_knows_its_topic_its_ledger_and_its_log_level(audit: Synthesized, other: Assembly) -> None:
    """Nothing but these variables reaches the function from the template."""
    assert audit.properties("Audit/Function")["Environment"]["Variables"] == {
        "REGIONPROOF_TOPIC_ARN": "${Findings/Topic}",
        "REGIONPROOF_LEDGER_BUCKET": "${Ledger/Bucket}",
        "POWERTOOLS_SERVICE_NAME": "regionproof",
        "POWERTOOLS_METRICS_NAMESPACE": "RegionProof",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    changed = other.audit.properties("Audit/Function")["Environment"]["Variables"]
    assert changed["POWERTOOLS_LOG_LEVEL"] == "DEBUG"


def test_function_is_in_no_vpc_and_reserves_no_concurrency(audit: Synthesized) -> None:
    """A VPC would need a way out to AWS, and a reservation fails in a new account."""
    assert (
        audit.properties("Audit/Function")
        .keys()
        .isdisjoint({"VpcConfig", "ReservedConcurrentExecutions", "Layers", "TracingConfig"})
    )


def test_failed_run_is_tried_once_more_and_then_becomes_a_dead_letter(audit: Synthesized) -> None:
    """A run that fails is never lost in silence."""
    assert audit.properties("Audit/Function/EventInvokeConfig") == {
        "FunctionName": "${Audit/Function}",
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 1,
        "MaximumEventAgeInSeconds": 3600,
        "DestinationConfig": {"OnFailure": {"Destination": "${DeadLetters/Queue.Arn}"}},
    }


def test_role_has_the_name_that_member_roles_trust(audit: Synthesized) -> None:
    """The name is fixed, and only Lambda can take the role."""
    role = audit.properties("Audit/Role")
    assert role["RoleName"] == "RegionProofAuditFunction"
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert audit.properties("Audit/Function")["Role"] == "${Audit/Role.Arn}"


def test_log_is_kept_as_long_as_the_settings_say(audit: Synthesized, other: Assembly) -> None:
    """The log group is the stack's own, so it has a retention and goes with the stack."""
    assert audit.properties("Audit/Function")["LoggingConfig"] == {"LogGroup": "${Audit/Log}"}
    assert audit.properties("Audit/Log") == {"RetentionInDays": 90}
    assert other.audit.properties("Audit/Log") == {"RetentionInDays": 365}
    assert audit.resource("Audit/Log")["DeletionPolicy"] == "Delete"


def test_every_retention_that_the_settings_offer_is_one_of_cloudwatch() -> None:
    """CloudWatch Logs takes certain numbers of days only, and says which in its model."""
    documentation = Session().get_service_model("logs").shape_for("Days").documentation
    possible = documentation.split("Possible values are:")[1].split("</p>")[0]
    assert [int(days) for days in re.findall(r"\d+", possible)] == list(get_args(RETENTION_DAYS))
