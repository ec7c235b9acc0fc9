"""The part of the preflight on the deployment: what CloudFormation would refuse, and mail that no one would get."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from regionproof.domain import fixed_names
from regionproof.domain.access import STACK_SET
from regionproof.domain.facts import ReadFailure

from . import deployed
from .deployed import AUDIT_STACK, BOOTSTRAP_VERSION, DEFAULT_QUALIFIER
from .observed import CALL_AS, Check, CheckState, met_or_missing
from .unchecked import not_seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .deployed import DeployedStack, StackNeeds
    from .observed import PreflightScope, SetupSnapshot

DEPLOY = f"npx cdk deploy {AUDIT_STACK}"

_KINDS = {
    fixed_names.ROLE: "role",
    fixed_names.STACK_SETS: "StackSet",
    fixed_names.DASHBOARD: "dashboard",
    fixed_names.ALARM: "alarm",
    fixed_names.STATE_MACHINE: "state machine",
}
_REPAIRS = {"DELETE_FAILED": "delete-stack", "UPDATE_ROLLBACK_FAILED": "continue-update-rollback"}


def deployment_checks(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    """Yield what the deployment needs, in the order in which it would fail."""
    if seen.stack is None or needs.stack is None or needs.deployment is None:
        return
    yield _bootstrap(needs.stack, seen, seen.stack.bootstrap)
    yield _stack(seen, seen.stack)
    yield from _names(needs, seen, seen.stack)
    yield from _bucket(needs.deployment.ledger_bucket, seen, seen.stack.bucket)
    yield from _mail(needs.stack, seen, seen.stack)


def _bootstrap(wanted: StackNeeds, seen: SetupSnapshot, version: int | ReadFailure) -> Check:
    me, named = seen.identity, wanted.qualifier != DEFAULT_QUALIFIER
    which = f" with the qualifier {wanted.qualifier}" if named else ""
    need = f"the CDK bootstrap{which} in {me.account_id}, {me.region} has version {BOOTSTRAP_VERSION} or newer"
    if isinstance(version, ReadFailure):
        return not_seen(need, version, me)
    option = f" --qualifier {wanted.qualifier}" if named else ""
    return Check(
        need=need,
        state=met_or_missing(met=version >= BOOTSTRAP_VERSION),
        seen=f"it has version {version}" if version else "there is none",
        cure="if your bootstrap has a custom qualifier, name it in cdk.json (docs/deploy.md); otherwise bootstrap",
        commands=(f"npx cdk bootstrap aws://{me.account_id}/{me.region}{option}",),
    )


def _stack(seen: SetupSnapshot, stack: DeployedStack) -> Check:
    need, status = f"the stack {AUDIT_STACK} can be created or updated", stack.status
    if isinstance(status, ReadFailure):
        return not_seen(need, status, seen.identity)
    if status not in deployed.NOT_MADE_YET and status.endswith("_IN_PROGRESS"):
        return Check(need=need, state=CheckState.LATER, seen=f"it is {status}: wait until that has ended")
    operation = _REPAIRS.get(status, "describe-stack-events")
    return Check(
        need=need,
        state=met_or_missing(met=status not in deployed.NOT_CHANGEABLE),
        seen=f"it is {status}, and CloudFormation refuses to change it",
        cure="see in its events why it failed, then",
        commands=(f"aws cloudformation {operation} --stack-name {AUDIT_STACK} --region {seen.identity.region}",),
    )


def _names(needs: PreflightScope, seen: SetupSnapshot, stack: DeployedStack) -> Iterator[Check]:
    """Yield whether the names are free that the stack fixes, and that it does not have itself."""
    if isinstance(stack.owned, ReadFailure):
        yield not_seen("the names that the stack fixes are its own, or free", stack.owned, seen.identity)
        return
    for kind, taken in stack.taken.items():
        need = f"no other {_KINDS[kind]} has a name that the stack fixes"
        if isinstance(taken, ReadFailure):
            yield not_seen(need, taken, seen.identity)
            continue
        yield Check(
            need=need,
            state=met_or_missing(met=not taken),
            seen=f"there is already {', '.join(sorted(taken))}",
            cure="if a RegionProof in another Region has or left it, remove that (docs/uninstall.md); otherwise rename "
            "or delete it. To find its owner",
            commands=tuple(_owner(kind, name, needs, seen) for name in sorted(taken)),
        )


def _owner(kind: str, name: str, needs: PreflightScope, seen: SetupSnapshot) -> str:
    """Return the command that shows what a resource belongs to."""
    region = seen.identity.region
    if kind == fixed_names.STACK_SETS:
        call_as = CALL_AS[needs.deployment.account if needs.deployment else "management"]
        return (
            f"aws cloudformation describe-stack-set --stack-set-name {STACK_SET} --call-as {call_as} --region {region}"
        )
    physical = name
    if kind == fixed_names.STATE_MACHINE:
        me = seen.identity
        physical = f"arn:{me.partition}:states:{region}:{me.account_id}:stateMachine:{name}"
    return f"aws cloudformation describe-stack-resources --physical-resource-id {quote(physical)} --region {region}"


def _bucket(name: str | None, seen: SetupSnapshot, bucket: str | ReadFailure | None) -> Iterator[Check]:
    """Yield whether the stack can go on with the bucket that the settings name."""
    if bucket is None:
        return
    need = f"the bucket {name}, under deployment.ledger_bucket, can be the stack's"
    if isinstance(bucket, ReadFailure):
        cure = "the bucket belongs to another account, or the caller lacks s3:ListBucket on it"
        unknown = not_seen(need, bucket, seen.identity)
        yield Check(need=need, state=unknown.state, seen=unknown.seen, cure=cure)
    elif bucket == deployed.BUCKET_ELSEWHERE:
        cure = "deploy to the Region of the bucket, or name none: see docs/uninstall.md"
        yield Check(need=need, state=CheckState.MISSING, seen="it is in another Region", cure=cure)
    elif bucket == deployed.NO_BUCKET:
        said = "a bucket of that name does not exist: the deployment creates a new, empty one"
        yield Check(need=need, state=CheckState.LATER, seen=said)
    else:
        said, adopt = "it is there, and not the stack's yet", f"{DEPLOY} --import-existing-resources"
        yield Check(need=need, state=CheckState.LATER, seen=said, cure="to adopt it, deploy by", commands=(adopt,))


def _mail(wanted: StackNeeds, seen: SetupSnapshot, stack: DeployedStack) -> Iterator[Check]:
    """Yield whether each address gets mail of each topic.

    AWS deletes a subscription that no one confirmed within 48 hours, and CloudFormation does not notice.
    https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
    """
    alerts = wanted.alerts
    expected = {
        "FindingsTopicArn": ("findings", "alerts.emails", alerts.emails),
        "OperationsTopicArn": ("alarms", "alerts.operations_emails", alerts.operations_emails or alerts.emails),
    }
    for output, (what, _, addresses) in expected.items():
        if not addresses:
            continue
        need = f"each address gets the mail on {what}"
        topic = stack.outputs.get(output)
        if isinstance(stack.status, ReadFailure):
            yield not_seen(need, stack.status, seen.identity)
        elif topic is None or not stack.is_made:
            said = "not deployed yet: AWS then sends a mail to confirm, and takes the answer for 48 hours"
            yield Check(need=need, state=CheckState.LATER, seen=said)
        else:
            yield _subscribed(need, seen, topic, addresses, stack.subscriptions[topic])


def _subscribed(
    need: str, seen: SetupSnapshot, topic: str, addresses: tuple[str, ...], found: Mapping[str, str] | ReadFailure
) -> Check:
    if isinstance(found, ReadFailure):
        return not_seen(need, found, seen.identity)
    states = {address: found.get(address.lower(), _ABSENT) for address in addresses}
    unmet = {address: _SHOWN[state] for address, state in states.items() if state in _SHOWN}
    return Check(
        need=need,
        state=met_or_missing(met=not unmet),
        seen="; ".join(f"{address}: {said}" for address, said in unmet.items()),
        cure=f"confirm the mail that AWS sent, within 48 hours; {DEPLOY} subscribes addresses that are new in the "
        "settings. To get the mail again",
        commands=tuple(
            f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {quote(address)} "
            f"--region {seen.identity.region}"
            for address in unmet
        ),
    )


_ABSENT = "absent"
_SHOWN = {
    deployed.PENDING: "not confirmed",
    deployed.DELETED: "unsubscribed",
    _ABSENT: "no subscription: it was not confirmed, or not deployed yet",
}
