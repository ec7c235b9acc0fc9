"""OrganizationAccountAccessRole: the role that Organizations creates in every new account.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from emulator.sample import RefusalReason
from emulator.services.cloudformation.stack_instances import Blueprint, apply, new_instance

if TYPE_CHECKING:
    from emulator.sample import SampleOrganization

NAME = "OrganizationAccountAccessRole"
_REGION = "us-east-1"


def seed_access_roles(sample: SampleOrganization) -> None:
    """Create the role in every account, except the management account and accounts whose roles are deleted."""
    blueprint = Blueprint(_template(sample.management_account_id), ())
    for account in sample.accounts:
        if account.id != sample.management_account_id and account.refusal is not RefusalReason.NO_ROLE:
            apply(new_instance(NAME, account.id, _REGION), blueprint)


def _template(management_account_id: str) -> str:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trusted = {"AWS": f"arn:aws:iam::{management_account_id}:root"}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    role = {
        "RoleName": NAME,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [
            {"PolicyName": "Everything", "PolicyDocument": {"Version": "2012-10-17", "Statement": [everything]}}
        ],
    }
    return json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}})
