"""The schedule that starts the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, Duration, Stack, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from stacks import policies, step_policies
from stacks.constructs.audit_state_machine import AuditStateMachine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

    from regionproof.settings.shape import Schedule

RETRIES_OF_A_CALL = 3
LATEST_CALL = Duration.hours(1)

EVERYTHING = scheduler.ScheduleTargetInput.from_object({})
"""The event that asks for a full run. Without an input the Scheduler sends its own event shape.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
"""


class AuditSchedule(Construct):
    """An EventBridge schedule on the minute, in a time zone of its own; disabled, it stays but does not fire.

    It starts the function, or the state machine where runs have steps. Its dead letters are calls that could not
    be delivered. A run that was started and failed is the matter of what it started.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Schedule,
        starts: lambda_.IFunction | AuditStateMachine,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            description="Starts the RegionProof audit.",
            enabled=settings.enabled,
            schedule=scheduler.ScheduleExpression.expression(settings.expression, TimeZone.of(settings.time_zone)),
            time_window=scheduler.TimeWindow.off(),
            target=self._target(starts, dead_letters),
        )

    def _target(
        self, starts: lambda_.IFunction | AuditStateMachine, dead_letters: sqs.IQueue
    ) -> scheduler.IScheduleTarget:
        if isinstance(starts, AuditStateMachine):
            right = step_policies.start(starts.machine.state_machine_arn)
            return targets.StepFunctionsStartExecution(starts.machine, **self._delivery(right, dead_letters))
        right = policies.invoke(starts.function_arn)
        return targets.LambdaInvoke(starts, **self._delivery(right, dead_letters))

    def _delivery(self, right: Mapping[str, iam.PolicyDocument], dead_letters: sqs.IQueue) -> dict[str, Any]:
        return {
            "role": self._role({**right, **policies.report_failure(dead_letters)}).without_policy_updates(),
            "dead_letter_queue": dead_letters,
            "retry_attempts": RETRIES_OF_A_CALL,
            "max_event_age": LATEST_CALL,
            "input": EVERYTHING,
        }

    def _role(self, rights: Mapping[str, iam.PolicyDocument]) -> iam.Role:
        """Return a role that only schedules of this account's default group can take."""
        group = Stack.of(self).format_arn(service="scheduler", resource="schedule-group", resource_name="default")
        conditions = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": group}}
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions=conditions),
            inline_policies=rights,
        )
