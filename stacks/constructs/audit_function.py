"""The function that runs the audit, with its role and its log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from constructs import Construct

from regionproof.domain import fixed_names
from stacks import access_grants, metrics, policies, step_policies
from stacks.acknowledgements import acknowledge
from stacks.constructs.function_code import RUNTIME, function_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    from regionproof.settings.origin import Origin
    from regionproof.settings.shape import Settings

ROLE_NAME = fixed_names.FUNCTION_ROLE
"""Fixed and readable, as the member roles trust it by name. So there is one audit per account."""

WHY_NOT_THE_LATEST_RUNTIME = (
    "python3.13 and python3.14 are supported until the same day, 2029-06-30. "
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
)
ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
HANDLER = "regionproof.handler.lambda_handler"
LONGEST_RUN = Duration.minutes(15)  # Lambda's own limit
RETRIES_OF_A_FAILED_RUN = 1
LATEST_START = Duration.hours(1)


@dataclass(frozen=True, slots=True)
class FunctionTargets:
    """What the function writes to: the findings' topic, the ledger's bucket, and the queue for a run that failed."""

    topic: sns.ITopic
    ledger: s3.IBucket
    dead_letters: sqs.IQueue


class AuditFunction(Construct):
    """A Lambda function, called asynchronously: a run that fails twice ends as a dead letter.

    It has no reserved concurrency: a new account, whose quota is 10, could not deploy a reservation at all.
    Two runs at once do no harm to findings and ledger, but both may tell the same change.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, origin: Origin, around: FunctionTargets
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = self._log_group(settings)
        self.role = self._role(
            settings,
            {
                **access_grants.documents(access_grants.audit_organization(settings)),
                **policies.publish_findings(self, settings, around.topic),
                **policies.keep_ledger(around.ledger),
                **step_policies.keep_run_files(settings, around.ledger),
                **policies.report_failure(around.dead_letters),
                **policies.write_log(self.log_group),
            },
        )
        acknowledge(self.role, policies.evidence_for_ledger(self, around.ledger))
        acknowledge(self.role, step_policies.evidence_for_run_files(settings, around.ledger))
        self.function = lambda_.Function(
            self,
            "Function",
            description="Audits every account of the organization for session tokens that fail in opt-in Regions.",
            runtime=RUNTIME,
            architecture=ARCHITECTURES[settings.deployment.architecture],
            code=function_code(settings, origin),
            handler=HANDLER,
            memory_size=settings.capacity.memory_mib,
            timeout=LONGEST_RUN,
            # All rights are in policies.py and access_grants.py: what CDK would grant on its own is more than is used.
            role=self.role.without_policy_updates(),
            log_group=self.log_group,
            environment={
                "REGIONPROOF_TOPIC_ARN": around.topic.topic_arn,
                "REGIONPROOF_LEDGER_BUCKET": around.ledger.bucket_name,
                "POWERTOOLS_SERVICE_NAME": metrics.SERVICE,
                "POWERTOOLS_METRICS_NAMESPACE": metrics.NAMESPACE,
                "POWERTOOLS_LOG_LEVEL": settings.logs.level,
            },
            retry_attempts=RETRIES_OF_A_FAILED_RUN,
            max_event_age=LATEST_START,
            on_failure=destinations.SqsDestination(around.dead_letters),
        )
        acknowledge(self.function, {"AwsSolutions-L1": WHY_NOT_THE_LATEST_RUNTIME})

    def _role(self, settings: Settings, rights: Mapping[str, iam.PolicyDocument]) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            role_name=ROLE_NAME,
            description="Role of the RegionProof audit function; the member roles trust it by this name.",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies=rights,
        )
        acknowledge(role, access_grants.evidence(access_grants.audit_organization(settings)))
        return role

    def _log_group(self, settings: Settings) -> logs.LogGroup:
        # The log tells of runs. What they found is in Security Hub and goes with no stack.
        log_group = logs.LogGroup(self, "Log", removal_policy=RemovalPolicy.DESTROY)
        # The days as they are in the settings: the construct takes only the names of an enum.
        resource = cast("logs.CfnLogGroup", log_group.node.default_child)
        resource.retention_in_days = settings.logs.retention_days
        return log_group
