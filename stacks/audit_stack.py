"""The stack of the audit. It composes constructs and owns no resource itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations, CfnOutput, Stack

from regionproof.rules import enabled_rules
from stacks import access_grants, synth_warnings
from stacks.constructs.audit_alarms import AlarmSources, AuditAlarms
from stacks.constructs.audit_dashboard import AuditDashboard
from stacks.constructs.audit_function import LONGEST_RUN, AuditFunction, FunctionTargets
from stacks.constructs.audit_schedule import AuditSchedule
from stacks.constructs.audit_state_machine import LONGEST_RUN as LONGEST_RUN_IN_STEPS
from stacks.constructs.audit_state_machine import AuditStateMachine
from stacks.constructs.dead_letters import DeadLetters
from stacks.constructs.findings_topic import FindingsTopic
from stacks.constructs.ledger_bucket import LedgerBucket
from stacks.constructs.member_role_rollout import MemberRoleRollout
from stacks.constructs.operations_topic import OperationsTopic
from stacks.constructs.silence_alarm import SilenceAlarm

if TYPE_CHECKING:
    from constructs import Construct

    from regionproof.settings.origin import Origin
    from regionproof.settings.shape import Settings


class AuditStack(Stack):
    """The audit with its schedule, topic and ledger, what watches it, and the way into the accounts that it reads."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, origin: Origin) -> None:
        super().__init__(
            scope,
            construct_id,
            description="RegionProof: audits the organization for session tokens that fail in opt-in Regions.",
        )
        findings = FindingsTopic(self, "Findings", emails=settings.alerts.emails)
        dead_letters = DeadLetters(self, "DeadLetters")
        ledger = LedgerBucket(self, "Ledger", name=settings.deployment.ledger_bucket)
        around = FunctionTargets(topic=findings.topic, ledger=ledger.bucket, dead_letters=dead_letters.queue)
        audit = AuditFunction(self, "Audit", settings=settings, origin=origin, around=around)
        synth_warnings.warn_about_file(self, origin.warnings)
        # Every role that writes to the bucket, in both engines. Anyone who else is to write is named here, too.
        ledger.admit_writers(audit.role.role_arn)
        in_steps = settings.engine == "step-functions"
        machine = AuditStateMachine(self, "InSteps", function=audit.function) if in_steps else None
        schedule = AuditSchedule(
            self,
            "Schedule",
            settings=settings.schedule,
            starts=machine or audit.function,
            dead_letters=dead_letters.queue,
        )
        log_name = audit.log_group.log_group_name
        watched = AlarmSources(audit.function, log_name, dead_letters.queue, machine.machine if machine else None)
        operations = self._watch(settings, watched)
        self._open_accounts(settings, audit.role.role_arn)
        self._output(
            FunctionName=audit.function.function_name,
            AuditRoleArn=audit.role.role_arn,
            FindingsTopicArn=findings.topic.topic_arn,
            OperationsTopicArn=operations.topic.topic_arn,
            LedgerBucketName=ledger.bucket.bucket_name,
            DeadLetterQueueUrl=dead_letters.queue.queue_url,
            ScheduleName=schedule.schedule.schedule_name,
            **({"MemberRoleName": settings.member_role.name} if access_grants.assumes_a_role(settings) else {}),
            **({"StateMachineArn": machine.machine.state_machine_arn} if machine else {}),
        )

    def _watch(self, settings: Settings, watched: AlarmSources) -> OperationsTopic:
        """Make the alarms, the topic that they notify, and the dashboard.

        Without their own addresses the alarms go to those of the findings; without any, synth warns.
        """
        emails = settings.alerts.operations_emails or settings.alerts.emails
        operations = OperationsTopic(self, "Operations", emails=emails)
        if not emails:
            Annotations.of(operations).add_warning_v2(
                "regionproof:no-address",
                "alerts names no address: no one will be notified of findings or of failed runs. Name one "
                "under alerts.emails, or subscribe to both topics of the stack yourself.",
            )
        alarms = AuditAlarms(self, "Alarms", watched=watched, topic=operations.topic).alarms
        longest_run = LONGEST_RUN_IN_STEPS if watched.machine else LONGEST_RUN
        silence = SilenceAlarm(
            self, "Silence", schedule=settings.schedule, topic=operations.topic, longest_run=longest_run
        ).alarm
        AuditDashboard(
            self,
            "Dashboard",
            rules=[rule.id for rule in enabled_rules(settings.rules)],
            watched=watched,
            alarms=[*alarms, *([silence] if silence else [])],
        )
        return operations

    def _open_accounts(self, settings: Settings, audit_role_arn: str) -> None:
        """Roll the member role out if the settings need one; root sessions and existing roles do not.

        The audit's own account needs none either: the function reads it with its own credentials.
        """
        if settings.access == "role" and not settings.member_role.existing:
            MemberRoleRollout(self, "RollOut", settings=settings, audit_role_arn=audit_role_arn)
            return
        synth_warnings.warn_about_idle_roll_out(self, settings)
        synth_warnings.warn_about_organization(self, settings.deployment)
        if access_grants.assumes_a_role(settings):
            synth_warnings.warn_about_reach(self, settings.deployment)

    def _output(self, **values: str) -> None:
        for name, value in values.items():
            CfnOutput(self, name, value=value)
