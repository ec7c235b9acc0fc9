"""The topic that alarms notify, and its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .test_findings_topic import WITHOUT_TLS

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized

TOPIC = "Operations/Topic"
THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def test_alarms_have_a_topic_apart_from_the_findings(audit: Synthesized) -> None:
    """Who reads findings need not be who repairs the audit."""
    assert sorted(audit.paths("AWS::SNS::Topic")) == ["Findings/Topic", TOPIC]
    assert (
        audit.properties("Audit/Function")["Environment"]["Variables"]["REGIONPROOF_TOPIC_ARN"] == "${Findings/Topic}"
    )


def test_topic_is_encrypted_with_a_key_that_alarms_may_use(audit: Synthesized) -> None:
    """With the key that AWS manages for SNS every alarm would fail to notify, in silence."""
    assert audit.properties(TOPIC)["KmsMasterKeyId"] == "${Operations/Key.Arn}"
    key = audit.properties("Operations/Key")
    administrators, alarms = key["KeyPolicy"]["Statement"]
    assert administrators["Principal"] == {"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    assert alarms == {
        "Effect": "Allow",
        "Principal": CLOUDWATCH,
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": THIS_ACCOUNT,
    }


def test_key_is_rotated_and_goes_with_the_stack(audit: Synthesized) -> None:
    """It covers messages on their way, so nothing is left to decrypt."""
    assert audit.properties("Operations/Key")["EnableKeyRotation"] is True
    assert audit.properties("Operations/Key")["PendingWindowInDays"] == 7
    assert audit.resource("Operations/Key")["DeletionPolicy"] == "Delete"


def test_only_alarms_of_this_account_publish_and_only_with_tls(audit: Synthesized) -> None:
    """A topic with a policy lets no one in whom the policy does not name."""
    denied, allowed = audit.properties(f"{TOPIC}/Policy")["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Principal"], denied["Condition"]) == ("Deny", "*", WITHOUT_TLS)
    assert (allowed["Effect"], allowed["Principal"]) == ("Allow", CLOUDWATCH)
    assert (allowed["Action"], allowed["Resource"]) == ("sns:Publish", "${Operations/Topic}")
    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
    assert allowed["Condition"] == {**THIS_ACCOUNT, "ArnLike": {"aws:SourceArn": alarms}}


def test_operators_addresses_are_subscribed_to_the_alarms_alone(weekly: Assembly) -> None:
    """Each topic has its readers."""
    assert weekly.audit.subscribers(TOPIC) == ["operators@example.com"]
    assert weekly.audit.subscribers("Findings/Topic") == ["findings@example.com"]


def test_without_addresses_of_their_own_alarms_go_to_those_of_the_findings(audit: Synthesized, other: Assembly) -> None:
    """Who names one list gets both."""
    assert other.audit.subscribers(TOPIC) == ["first@example.com", "second@example.com"]
    assert audit.subscribers(TOPIC) == []


def test_without_any_address_synth_warns(audit: Synthesized) -> None:
    """Findings and alarms that no one gets are none; the sentence names the setting."""
    (warning,) = audit.warnings
    assert "no one will be notified" in warning
    assert "alerts.emails" in warning
    assert "[ack: regionproof:no-address]" in warning
