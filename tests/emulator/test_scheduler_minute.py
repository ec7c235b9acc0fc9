"""The minutes of EventBridge Scheduler can be shortened, which saves waiting for a schedule."""

from __future__ import annotations

import time

import pytest

from tests.emulator.identities import MEMBER, Identity, document

pytestmark = pytest.mark.network


def test_a_schedule_with_a_rate_of_one_minute_runs_after_a_second(member: Identity) -> None:
    """The local AWS of these tests has minutes of one second."""
    sqs = member.client("sqs")
    url = sqs.create_queue(QueueName="ticks")["QueueUrl"]
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = member.client("iam")
    role = iam.create_role(RoleName="Scheduler", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    iam.put_role_policy(RoleName="Scheduler", PolicyName="send", PolicyDocument=document(send))
    started = time.monotonic()
    member.client("scheduler").create_schedule(
        Name="ticks",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:sqs:us-east-1:{MEMBER}:ticks", "RoleArn": role, "Input": "tick"},
    )

    bodies: list[str] = []
    while not bodies and time.monotonic() < started + 10:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
        bodies += [message["Body"] for message in answer.get("Messages", [])]

    assert bodies == ["tick"]
