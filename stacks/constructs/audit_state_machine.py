"""The state machine of a run in steps: plan, the batches side by side, conclude, and what was left out again."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from regionproof.domain import fixed_names
from regionproof.steps.requests import BATCHES_AT_ONCE
from stacks import policies, step_policies
from stacks.acknowledgements import acknowledge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_lambda as lambda_

MACHINE_NAME = fixed_names.MACHINE_NAME
"""Fixed, so that its role can be told which machine's batches it may run before there is a machine."""
LABEL_OF_BATCHES, LABEL_OF_SECOND_PASS = LABELS = ("Batches", "SecondPass")
LONGEST_RUN = Duration.hours(6)
"""50,000 accounts at the pace of central ListRegions take three and a half hours (access: root)."""

SERVICE_FAULTS = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
"""What Lambda itself fails with; the last while the account's concurrency is used up.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
"""
RETRIES_OF_A_BATCH = 3
RETRIES_OF_A_STEP = 1

WHY_NO_LOG = (
    "Step Functions keeps the history of every execution for 90 days, and each step is an invocation of the "
    "function, which logs it. A log of the machine would need eight rights on all logs of the account, "
    "logs:PutResourcePolicy among them. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"
)
WHY_NO_TRACE = (
    "A few steps one after the other show their times in the history of the execution; the function sends no trace "
    "that could be joined to theirs. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html"
)


class AuditStateMachine(Construct):
    """A standard workflow over the audit function. Its input is an event of the function: ``{}`` audits all.

    A batch that fails for good does not keep the run from its conclusion: the accounts that it did not read are
    told as not tried. Then they are read again, as a run of the rest. If that fails too, the execution is FAILED,
    and a redrive reads them: it takes up the map that did not end, while one that bore its failures has ended.
    https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, function: lambda_.IFunction) -> None:
        super().__init__(scope, construct_id)
        self._function = function
        machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=MACHINE_NAME,
            comment="Audits the organization in batches of accounts.",
            definition_body=sfn.DefinitionBody.from_chainable(self._states()),
            role=self._role().without_policy_updates(),
            timeout=LONGEST_RUN,
        )
        # Attached to no role, it reaches no template, but cdk-nag would judge it. The role has these rights itself.
        machine.node.try_remove_child("DistributedMapPolicy")
        acknowledge(machine, {"AwsSolutions-SF1": WHY_NO_LOG, "AwsSolutions-SF2": WHY_NO_TRACE})
        self.machine = machine

    def _states(self) -> sfn.IChainable:
        done = sfn.Succeed(self, "Done")
        second_pass = self._collect_second_pass().next(self._conclude_second_pass()).next(done)
        left_out = sfn.Condition.number_greater_than("$.second_pass.accounts", 0)
        whole = self._plan().next(self._collect()).next(self._conclude())
        return whole.next(sfn.Choice(self, "AnythingLeftOut").when(left_out, second_pass).otherwise(done))

    def _plan(self) -> tasks.LambdaInvoke:
        run, request = sfn.JsonPath.execution_name, sfn.JsonPath.execution_input
        return self._call("Plan", {"step": "plan", "run": run, "request": request}, RETRIES_OF_A_STEP)

    def _collect(self) -> sfn.DistributedMap:
        collect = self._map("Collect", LABEL_OF_BATCHES, "$", tolerated=100)
        return collect.item_processor(self._call("CollectBatch", None, RETRIES_OF_A_BATCH))

    def _conclude(self) -> tasks.LambdaInvoke:
        run = sfn.JsonPath.string_at("$.run")
        return self._call("Conclude", {"step": "conclude", "run": run}, RETRIES_OF_A_STEP)

    def _collect_second_pass(self) -> sfn.DistributedMap:
        """Return the map that a redrive takes up: no failure is borne, so it has not ended where one failed."""
        collect = self._map("CollectSecondPass", LABEL_OF_SECOND_PASS, "$.second_pass", tolerated=0)
        return collect.item_processor(self._call("CollectBatchOfSecondPass", None, RETRIES_OF_A_STEP))

    def _conclude_second_pass(self) -> tasks.LambdaInvoke:
        """Return the last step. The execution returns the summary of the run, and that of the rest within it."""
        run = sfn.JsonPath.string_at("$.second_pass.run")
        beside: dict[str, Any] = {
            "output_path": "$",
            "result_selector": {"summary": sfn.JsonPath.object_at("$.Payload")},
            "result_path": "$.second_pass",
        }
        return self._call("ConcludeSecondPass", {"step": "conclude", "run": run}, RETRIES_OF_A_STEP, beside)

    def _map(self, name: str, label: str, run: str, *, tolerated: int) -> sfn.DistributedMap:
        """Return a map over the batches of the run at a path, which bears that many failures of a hundred."""
        return sfn.DistributedMap(
            self,
            name,
            label=label,
            items_path=f"{run}.batches",
            item_selector={
                "step": "collect",
                "run": sfn.JsonPath.string_at(f"{run}.run"),
                "batch": sfn.JsonPath.number_at("$$.Map.Item.Value"),
            },
            max_concurrency=BATCHES_AT_ONCE,
            tolerated_failure_percentage=tolerated,
            result_path=sfn.JsonPath.DISCARD,
        )

    def _call(
        self,
        name: str,
        event: Mapping[str, Any] | None,
        retries: int,
        result: Mapping[str, Any] = MappingProxyType({"output_path": "$.Payload"}),
    ) -> tasks.LambdaInvoke:
        """Return a call of the function with an event; None: with what the state gets."""
        call = tasks.LambdaInvoke(
            self,
            name,
            lambda_function=self._function,
            payload=sfn.TaskInput.from_object(dict(event)) if event else None,
            **result,
            retry_on_service_exceptions=False,
        )
        waiting: dict[str, Any] = {"interval": Duration.seconds(10), "jitter_strategy": sfn.JitterType.FULL}
        call.add_retry(errors=list(SERVICE_FAULTS), max_attempts=6, max_delay=Duration.minutes(5), **waiting)
        call.add_retry(errors=[sfn.Errors.ALL], max_attempts=retries, **waiting)
        return call

    def _role(self) -> iam.Role:
        """Return a role that only state machines of this account can take."""
        conditions = {
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": step_policies.machine_arn(self, "*")},
        }
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(step_policies.STATES, conditions=conditions),
            inline_policies={
                **policies.invoke(self._function.function_arn),
                **step_policies.run_batches(self, MACHINE_NAME, LABELS),
            },
        )
        acknowledge(role, step_policies.evidence_for_batches(MACHINE_NAME, LABELS))
        return role
