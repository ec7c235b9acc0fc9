"""The Lambda entry, invoked as Lambda does: in its own process, against answers on 127.0.0.1."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from regionproof.aws.member_access import session_policy
from regionproof.domain.findings import Severity
from regionproof.permissions import member_actions
from regionproof.settings.shape import AuditSettings
from regionproof.storage.ledger_file import unpack

from .support.aws_stub import (
    ACCESS_KEY_PREFIX,
    AT_RISK,
    FINE,
    LOCKED,
    MANAGEMENT,
    SECRET,
    SUSPENDED,
    LocalAws,
    local_aws,
)
from .support.invocations import TIME_LEFT, Invocations, invoke

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.network

TOPIC = "arn:aws:sns:eu-central-1:111111111111:RegionProofFindings"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": f"{ACCESS_KEY_PREFIX}{MANAGEMENT}",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_MAX_ATTEMPTS": "1",
    "POWERTOOLS_SERVICE_NAME": "regionproof",
    "POWERTOOLS_METRICS_NAMESPACE": "RegionProof",
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "REGIONPROOF_TOPIC_ARN": TOPIC,
    "REGIONPROOF_LEDGER_BUCKET": "regionproof-ledger",
}
LEDGER = "/regionproof-ledger/ledger/ledger.json.gz"
REFUSED_FINDING = f"regionproof/o-exampleorg/{FINE}/Coverage.1"


@dataclass(frozen=True)
class Ran:
    """What some invocations came to, and what AWS was asked."""

    invocations: Invocations
    aws: LocalAws


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """One invocation with the event of the schedule."""
    with local_aws(REFUSED_FINDING) as aws:
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}
        yield Ran(invoke(tmp_path_factory.mktemp("task"), [{}], environment), aws)


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """A dry run, a run of one account and a run of an account that is not there, one after the other, warm."""
    events = [{"dry_run": True}, {"accounts": [AT_RISK]}, {"accounts": ["999999999999"]}]
    with local_aws() as aws:
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url, "POWERTOOLS_LOG_LEVEL": "INFO"}
        yield Ran(invoke(tmp_path_factory.mktemp("task"), events, environment), aws)


def _counted(invocations: Invocations) -> dict[tuple[str, str | None], list[float]]:
    return {
        (metric["Name"], line.get("Rule")): line[metric["Name"]]
        for line in invocations.metrics
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def test_a_run_returns_its_summary(whole: Ran) -> None:
    """Run, organization, summary and what was delivered."""
    (outcome,) = whole.invocations.outcomes
    result = outcome["result"]
    assert list(result) == ["run", "organization", "summary", "not_tried", "changes", "delivery", "throttled_calls"]
    assert result["changes"] == {"NEWLY_NONCOMPLIANT": 1, "NOT_AUDITABLE": 1}
    assert result["run"]["id"] == "request-1"
    assert (result["run"]["audit_account"], result["run"]["region"]) == (MANAGEMENT, "eu-central-1")
    assert result["summary"]["accounts_listed"] == 5
    assert result["summary"]["accounts_by_state"] == {"ACTIVE": 4, "SUSPENDED": 1}
    assert (result["summary"]["accounts_audited"], result["summary"]["accounts_not_audited"]) == (3, 1)
    assert result["summary"]["noncompliant_by_rule"] == {"Coverage.1": 1, "Regions.1": 0, "STS.1": 1}
    assert result["delivery"] == {
        "Security Hub": {"delivered": 6, "undelivered": 1},
        "SNS": {"delivered": 2, "undelivered": 0},
    }


def test_every_account_is_read_as_itself_and_the_own_one_without_a_role(whole: Ran) -> None:
    """A suspended account is not read at all."""
    assert sorted(whole.aws.asked["ListRegions"]) == [MANAGEMENT, AT_RISK, FINE]
    entered = [form["RoleArn"].split(":")[4] for form in whole.aws.asked["AssumeRole"]]
    assert Counter(entered) - Counter(entered[:1]) == Counter((AT_RISK, FINE, LOCKED)), (
        "and one to see whether it works"
    )
    roles = {form["RoleArn"].partition(":role/")[2] for form in whole.aws.asked["AssumeRole"]}
    assert roles == {"RegionProofAudit"}
    narrowed_to = {form["Policy"] for form in whole.aws.asked["AssumeRole"]}
    assert narrowed_to == {session_policy(member_actions(AuditSettings()), "aws")}
    assert SUSPENDED not in str(whole.aws.asked["BatchImportFindings"])


def test_findings_and_the_digest_reach_their_destinations(whole: Ran) -> None:
    """One batch, what was refused again, and one message to the topic of the stack."""
    batch, again = whole.aws.asked["BatchImportFindings"]
    assert [finding["Id"] for finding in again] == [REFUSED_FINDING]
    failed = {finding["Id"] for finding in batch if finding["Compliance"]["Status"] == "FAILED"}
    organization = "regionproof/o-exampleorg"
    assert failed == {f"{organization}/{AT_RISK}/STS.1", f"{organization}/{LOCKED}/Coverage.1"}
    (message,) = whole.aws.asked["Publish"]
    assert message["TopicArn"] == TOPIC
    told = json.loads(json.loads(message["Message"])["sqs"])["changes"]
    assert {change["account_id"] for change in told} == {AT_RISK, LOCKED}


def _replaced(aws: LocalAws) -> list[str]:
    """Return what each write of the ledger replaced."""
    conditions = [condition for key, condition in aws.asked["PutObject"] if key == LEDGER]
    return ["the one before" if condition.startswith('"') else condition for condition in conditions]


def test_what_was_published_is_remembered(whole: Ran) -> None:
    """In the bucket of the stack, if nothing was before; what was refused is not remembered as sent."""
    assert _replaced(whole.aws) == ["*", "the one before"]
    ledger = unpack(whole.aws.objects[LEDGER], datetime.now(UTC))
    assert set(ledger.accounts) == {MANAGEMENT, AT_RISK, FINE, LOCKED}
    assert ledger.entries[AT_RISK, "STS.1"].alerted_severity is Severity.HIGH
    unsent = {key for key, entry in ledger.entries.items() if entry.sent_at is None and key[1] != "Regions.1"}
    assert unsent == {(FINE, "Coverage.1")}


def test_the_log_has_one_line_per_account_and_one_of_the_run(whole: Ran) -> None:
    """Each is JSON and carries the request; what was refused is reported once."""
    logged = whole.invocations.logged
    assert {line["request_id"] for line in logged} == {"request-1"}
    assert {line["service"] for line in logged} == {"regionproof"}
    read = {line["account_id"]: line["audited"] for line in logged if line["message"] == "audit.account_read"}
    assert read == {MANAGEMENT: True, AT_RISK: True, FINE: True, LOCKED: False}
    others = [(line["level"], line["message"]) for line in logged if line["message"] != "audit.account_read"]
    assert others == [("ERROR", "security_hub.finding_not_imported"), ("INFO", "audit.finished")]
    assert len(logged) == len(read) + len(others)


def test_no_line_holds_a_credential(whole: Ran) -> None:
    """Neither the caller's nor an account's, not even at DEBUG."""
    for credential in (SECRET, ACCESS_KEY_PREFIX, "SessionToken"):
        assert credential not in whole.invocations.output
        assert credential not in json.dumps(whole.invocations.outcomes)


def test_the_metrics_are_those_of_the_alarms(whole: Ran) -> None:
    """In CloudWatch's embedded format, per rule where it is a matter of rules."""
    counted = _counted(whole.invocations)
    duration = counted.pop(("RunDuration", None))
    assert duration[0] > 0
    assert counted == {
        ("AccountsInScope", None): [4.0],
        ("AccountsAudited", None): [3.0],
        ("AccountsNotAudited", None): [1.0],
        ("AccountsNotTried", None): [0.0],
        ("RunCompleted", None): [1.0],
        ("LedgerSetAside", None): [0.0],
        ("SettingsWithoutEffect", None): [0.0],
        ("ThrottledCalls", None): [0.0],
        ("FindingsNotDelivered", None): [1.0],
        ("NonCompliant", "Coverage.1"): [1.0],
        ("NonCompliant", "Regions.1"): [0.0],
        ("NonCompliant", "STS.1"): [1.0],
    }
    namespaces = {d["Namespace"] for line in whole.invocations.metrics for d in line["_aws"]["CloudWatchMetrics"]}
    assert namespaces == {"RegionProof"}


def test_a_dry_run_publishes_nothing_and_a_warm_function_starts_anew(partial: Ran) -> None:
    """Of three invocations in one process only the second one publishes, about its own account."""
    dry, part, _unknown = partial.invocations.outcomes
    assert dry["result"]["delivery"] == {}
    assert dry["result"]["summary"]["noncompliant"] == 2
    assert (part["result"]["run"]["partial"], part["result"]["run"]["id"]) == (True, "request-2")
    (batch,) = partial.aws.asked["BatchImportFindings"]
    assert {finding["ProductFields"]["AccountId"] for finding in batch} == {AT_RISK}
    assert len(partial.aws.asked["Publish"]) == 1


def test_a_dry_run_remembers_nothing_and_a_partial_run_its_own_accounts(partial: Ran) -> None:
    """Of three invocations only the second one writes the ledger: its intent and its outcome."""
    assert _replaced(partial.aws) == ["*", "the one before"]
    assert {account for account, _rule in unpack(partial.aws.objects[LEDGER], datetime.now(UTC)).entries} == {AT_RISK}


def test_a_second_run_tells_nothing_and_replaces_the_ledger_that_it_read(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Nothing changed: no message, and every finding is imported again with a later time."""
    with local_aws() as aws:
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}
        ran = invoke(tmp_path_factory.mktemp("task"), [{}, {}], environment)
    assert [len(outcome["result"]["changes"]) for outcome in ran.outcomes] == [2, 0]
    assert len(aws.asked["Publish"]) == 1
    first, second = aws.asked["BatchImportFindings"]
    times = {finding["Id"]: (finding["CreatedAt"], finding["UpdatedAt"]) for finding in first}
    assert {finding["Id"] for finding in second} == set(times)
    for finding in second:
        created, updated = times[finding["Id"]]
        assert finding["CreatedAt"] == created
        assert finding["UpdatedAt"] > updated
    assert _replaced(aws) == ["*", "the one before", "the one before"]


def test_a_ledger_that_is_none_is_kept_aside_logged_and_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An alarm and an alert tell of it, and everything is reported as by a first run."""
    with local_aws() as aws:
        aws.objects[LEDGER] = b"no ledger"
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}
        ran = invoke(tmp_path_factory.mktemp("task"), [{}], environment)
    aside = "/regionproof-ledger/ledger/set-aside/request-1"
    assert aws.objects[aside] == b"no ledger"
    assert [path for path, _condition in aws.asked["PutObject"]] == [aside, LEDGER, LEDGER]
    (line,) = (line for line in ran.logged if line["message"] == "ledger.set_aside")
    assert line["level"] == "ERROR"
    assert line["reason"].startswith("it is damaged")
    assert _counted(ran)["LedgerSetAside", None] == [1.0]
    assert list(ran.outcomes[0]["result"]["changes"].values()) == [1, 1, 1]


def test_a_run_that_aws_throttles_ends_in_time_and_reports_the_rest(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whom it could not enter counts as not attempted: in the summary, the metrics, the alert and the ledger."""
    with local_aws() as aws:
        aws.throttles_sessions = True
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url, TIME_LEFT: "12000"}
        ran = invoke(tmp_path_factory.mktemp("task"), [{}], environment)
    result = ran.outcomes[0]["result"]
    assert result["run"]["duration_seconds"] < 12
    assert (result["summary"]["accounts_audited"], result["summary"]["accounts_not_tried"]) == (1, 3)
    assert _counted(ran)["AccountsNotTried", None] == [3.0]
    (message,) = aws.asked["Publish"]
    assert "3 of 4 accounts: the run's time was up." in json.loads(message["Message"])["default"]
    assert {finding["ProductFields"]["AccountId"] for finding in aws.asked["BatchImportFindings"][0]} == {MANAGEMENT}
    assert LEDGER in aws.objects


def test_an_account_that_is_not_there_fails_the_invocation(partial: Ran) -> None:
    """In one sentence, which also is in the log."""
    *_, unknown = partial.invocations.outcomes
    assert unknown == {
        "error": "UnknownAccounts",
        "message": "organization o-exampleorg has no account 999999999999; check the id",
    }
    logged = [(line["request_id"], line["message"]) for line in partial.invocations.logged]
    assert logged == [("request-1", "audit.finished"), ("request-2", "audit.finished"), ("request-3", "audit.failed")]
    assert partial.invocations.logged[-1]["reason"] == unknown["message"]


def test_a_wrong_event_is_refused_before_anything_is_asked(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With the reason in the log."""
    with local_aws() as aws:
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}
        ran = invoke(tmp_path_factory.mktemp("task"), [[], {"account": AT_RISK}, {"dry_run": "yes"}], environment)
    assert [outcome["error"] for outcome in ran.outcomes] == ["InvalidEvent"] * 3
    assert [line["reason"] for line in ran.logged] == [outcome["message"] for outcome in ran.outcomes]
    assert aws.asked == {}


def test_a_function_without_its_topic_its_bucket_or_its_credentials_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """No stack trace of a missing key."""
    without_topic = {name: value for name, value in ENVIRONMENT.items() if name != "REGIONPROOF_TOPIC_ARN"}
    ran = invoke(tmp_path_factory.mktemp("task"), [{}], without_topic)
    assert [outcome["error"] for outcome in ran.outcomes] == ["SetupError"]
    assert "REGIONPROOF_TOPIC_ARN; deploy the stack again" in ran.outcomes[0]["message"]
    without_bucket = {name: value for name, value in ENVIRONMENT.items() if name != "REGIONPROOF_LEDGER_BUCKET"}
    ran = invoke(tmp_path_factory.mktemp("task"), [{}], without_bucket)
    assert "REGIONPROOF_LEDGER_BUCKET; deploy the stack again" in ran.outcomes[0]["message"]
    nobody = {
        "REGIONPROOF_TOPIC_ARN": TOPIC,
        "REGIONPROOF_LEDGER_BUCKET": "regionproof-ledger",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    ran = invoke(tmp_path_factory.mktemp("task"), [{}], nobody)
    assert [outcome["error"] for outcome in ran.outcomes] == ["SetupError"]
    assert "no AWS credentials found" in ran.outcomes[0]["message"]
