"""Sessions and clients: made once, shared by all workers.

The caller's session acts as the caller. The members' session acts as whichever account the worker handles.
One botocore ``Config`` holds the retries, the time-outs and a connection pool as large as the workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver
from botocore.loaders import create_loader

from .credentials import ContextCredentialProvider

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 30
ATTEMPTS = 5


def client_config(workers: int) -> Config:
    """Return the configuration of every client."""
    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=workers,
        user_agent_extra="RegionProof",
    )


def callers_session(profile: str | None = None, region: str | None = None) -> boto3.Session:
    """Return a session with the caller's own credentials, from the standard AWS configuration.

    Its STS clients use Regional endpoints, whatever the environment says. Without a configured Region it
    gets us-east-1. Raises botocore's ``ProfileNotFound`` for a profile that is not configured.
    """
    core = botocore.session.Session(profile=profile)
    core.set_config_variable("sts_regional_endpoints", "regional")
    configured = region or core.get_config_variable("region")
    return boto3.Session(botocore_session=core, region_name=configured or global_region("aws"))


def members_session(region: str) -> boto3.Session:
    """Return a session whose credentials are those of the account that the current worker handles."""
    core = botocore.session.Session()
    core.register_component("credential_provider", CredentialResolver([ContextCredentialProvider()]))
    return boto3.Session(botocore_session=core, region_name=region)


def sts_client(session: boto3.Session, config: Config) -> STSClient:
    """Return a client of the STS endpoint that issues the audit's own tokens.

    It stands in the partition's global Region, which is enabled by default everywhere and whose STS can not
    be deactivated. The Region of the stack may be an opt-in one, which a member may lack (recording
    ``assume_role_at_an_opt_in_endpoint_the_member_lacks``).
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
    """
    partition = session.get_partition_for_region(session.region_name)
    return session.client("sts", region_name=global_region(partition), config=config)


def global_region(partition: str) -> str:
    """Return the Region in which a partition's global services live, from botocore's data."""
    partitions = create_loader().load_data("partitions")["partitions"]
    region: str = next(p["outputs"]["implicitGlobalRegion"] for p in partitions if p["id"] == partition)
    return region
