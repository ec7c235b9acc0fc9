"""Identities in the local AWS (root users, role sessions, IAM users) and their clients."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT_SECRET = "test"
MANAGEMENT = "111111111111"
AUDIT = "222222222222"
MEMBER = "400000000001"
AUDIT_TASK = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
GLOBAL_STS = "sts.amazonaws.com"

_CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


@cache
def _session() -> Any:
    """Return one session for all tests, which loads the service models once."""
    return boto3.Session()


@dataclass(frozen=True)
class Identity:
    """Credentials and their endpoint."""

    endpoint_url: str
    access_key: str
    secret: str = ROOT_SECRET
    token: str | None = None

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Return a client with the credentials of this identity."""
        return _client(self, service, region)

    def assume(self, role_arn: str, region: str = "us-east-1", **options: str) -> Identity:
        """Assume a role and return its session."""
        sts = self.client("sts", region)
        return self.session(sts.assume_role(RoleArn=role_arn, RoleSessionName="session", **options))

    def assume_root(self, account_id: str, task: str = AUDIT_TASK, **options: int) -> Identity:
        """Open a root session in an account and return it."""
        sts = self.client("sts")
        return self.session(sts.assume_root(TargetPrincipal=account_id, TaskPolicyArn={"arn": task}, **options))

    def session(self, answer: dict[str, Any]) -> Identity:
        """Return the session in an answer of STS."""
        keys = answer["Credentials"]
        return Identity(self.endpoint_url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def global_sts(self) -> Any:
        """Return a client of the global endpoint of STS."""
        address = f"{self.endpoint_url}/{GLOBAL_STS}"
        return _client(replace(self, endpoint_url=address), "sts", "us-east-1")

    def make_role(self, name: str, actions: list[str] | str, trusted: str, resource: str = "*") -> str:
        """Create a role with permission for the actions in this root user's account, and return its ARN."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        if actions:
            allowed = {"Effect": "Allow", "Action": actions, "Resource": resource}
            iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=document(allowed))
        arn: str = role["Role"]["Arn"]
        return arn

    def make_user(self, name: str, actions: list[str] | str) -> Identity:
        """Create an IAM user with permission for the actions in this root user's account."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=document(allowed))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Identity(self.endpoint_url, key["AccessKeyId"], key["SecretAccessKey"])


@cache
def _client(identity: Identity, service: str, region: str) -> Any:
    return _session().client(
        service,
        region_name=region,
        endpoint_url=identity.endpoint_url,
        aws_access_key_id=identity.access_key,
        aws_secret_access_key=identity.secret,
        aws_session_token=identity.token,
        config=_CONFIG,
    )


@dataclass(frozen=True)
class Refused:
    """A refused call: error code, message, HTTP status."""

    code: str
    message: str
    status: int


def refused(client: Any, operation: str, **parameters: Any) -> Refused:
    """Call an operation that must be refused, and return the refusal."""
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        answer: Any = error.response
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        return Refused(answer["Error"]["Code"], answer["Error"]["Message"], status)
    message = f"{operation} was allowed"
    raise AssertionError(message)


def document(statement: dict[str, Any]) -> str:
    """Return a policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
