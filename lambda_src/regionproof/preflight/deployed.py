"""The audit's stack in CloudFormation: what a person wants to deploy, and what was seen of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regionproof.domain.facts import ReadFailure
    from regionproof.settings.shape import Alerts

AUDIT_STACK = "RegionProof"

DEFAULT_QUALIFIER = "hnb659fds"
"""The qualifier of a CDK bootstrap, unless ``cdk.json`` has the context key ``@aws-cdk/core:bootstrapQualifier``.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""

BOOTSTRAP_VERSION = 6
"""The oldest version of the CDK bootstrap that the stack's template accepts."""

NOT_BOOTSTRAPPED = 0
NO_STACK = ""

NOT_MADE_YET = frozenset({NO_STACK, "REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""States without a usable stack: the CDK deletes what is left of a failed first deployment, and creates it again."""

NOT_CHANGEABLE = frozenset({"DELETE_FAILED", "UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"})
"""States in which CloudFormation refuses an update.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

PENDING = "PendingConfirmation"
DELETED = "Deleted"
"""What SNS shows in place of a subscription's ARN.

https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
"""

NO_BUCKET = "no bucket"
OWN_BUCKET = "own bucket"
BUCKET_ELSEWHERE = "in another Region"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackNeeds:
    """What a person is about to deploy, besides the audit itself. ``qualifier`` is that of the CDK bootstrap."""

    alerts: Alerts
    engine: Literal["lambda", "step-functions"] = "lambda"
    qualifier: str = DEFAULT_QUALIFIER


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """What was seen of the stack, and of what it needs.

    Attributes:
        status: CloudFormation's word for the stack's state, ``NO_STACK``, or why it was not read
        outputs: the outputs of the stack
        owned: the names that the stack has, by resource type; why they were not read
        taken: by resource type, which of the names that the stack fixes and does not have exist; why that is not known
        bootstrap: the version of the CDK bootstrap, ``NOT_BOOTSTRAPPED``, or why it was not read
        subscriptions: by topic ARN, the addresses in lower case with ``PENDING``, ``DELETED`` or a subscription's ARN
        bucket: whether the bucket that the settings name exists; None if the stack has it or the settings name none
    """

    status: str | ReadFailure
    outputs: Mapping[str, str] = field(default_factory=dict)
    owned: Mapping[str, frozenset[str]] | ReadFailure = field(default_factory=dict)
    taken: Mapping[str, frozenset[str] | ReadFailure] = field(default_factory=dict)
    bootstrap: int | ReadFailure = NOT_BOOTSTRAPPED
    subscriptions: Mapping[str, Mapping[str, str] | ReadFailure] = field(default_factory=dict)
    bucket: str | ReadFailure | None = None

    @property
    def is_made(self) -> bool:
        """Return whether there is a stack to update. A state that was not read counts as one that may be there."""
        return self.status not in NOT_MADE_YET
