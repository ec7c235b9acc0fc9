"""Sessions and clients: made once, shared by all workers.

The caller's session acts as the caller. The members' session acts as whichever account the worker handles.
Timeouts, retries and the size of the connection pools come from ``Limits``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver
from botocore.loaders import create_loader

from regionproof import __version__

from .credentials import ContextCredentialProvider
from .redaction import know_profile
from .retrying import PATIENT, Patience, limit_calls

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from mypy_boto3_sts import STSClient

    from .limits import Limits

_REGION_AS_IN_CLI_2: Any = {"region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None)}
"""Botocore itself does not know ``AWS_REGION``, which the CDK and version 2 of the AWS CLI prefer.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
"""

GLOBAL_SERVICES = frozenset({"account", "iam", "organizations"})


def client_config(limits: Limits) -> Config:
    """Return the configuration of every client. Retries are those of ``retrying``."""
    return Config(
        connect_timeout=limits.connect_seconds,
        read_timeout=limits.read_seconds,
        # In place of what the environment asks for: the limiter of the adaptive mode could not be taken out again.
        retries={"mode": "standard", "total_max_attempts": limits.attempts},
        # The idle connections that are kept: more are made when needed, and closed after use. If all workers wait for
        # one service and then for the next, idle ones of the first must not use up the file descriptors.
        max_pool_connections=max(1, limits.workers // 3),
        # Botocore's own is put together again for each request, which took a tenth of all computing time.
        user_agent=f"RegionProof/{__version__} Boto3/{boto3.__version__} Botocore/{botocore.__version__}",
        parameter_validation=False,
        disable_request_compression=True,
        # In us-east-1, botocore asks for buckets at the host of no Region, s3.amazonaws.com, unless it is told not to.
        s3={"us_east_1_regional_endpoint": "regional"},
    )


def callers_session(profile: str | None = None, region: str | None = None) -> boto3.Session:
    """Return a session with the caller's own credentials, from the standard AWS configuration.

    Its STS clients use Regional endpoints, whatever the environment says. Without a configured Region it
    gets us-east-1. Raises botocore's ``ProfileNotFound`` for a profile that is not configured.
    """
    core = _core(profile)
    core.set_config_variable("sts_regional_endpoints", "regional")
    configured = region or core.get_config_variable("region")
    know_profile(core.full_config.get("profiles", {}), core.profile or "default")
    return boto3.Session(botocore_session=core, region_name=configured or global_region("aws"))


def members_session(region: str, profile: str | None = None) -> boto3.Session:
    """Return a session whose credentials are those of the account that the current worker handles.

    ``profile`` is the caller's: its endpoints and certificates hold for the members' clients too.
    """
    core = _core(profile)
    core.register_component("credential_provider", CredentialResolver([ContextCredentialProvider()]))
    return boto3.Session(botocore_session=core, region_name=region)


def _core(profile: str | None) -> botocore.session.Session:
    """Return a session that leaves times as AWS spells them: no one reads when a session of 15 minutes ends."""
    core = botocore.session.Session(session_vars=_REGION_AS_IN_CLI_2, profile=profile)
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    return core


@cache
def _loader(data_path: str | None) -> Loader:
    """Return what reads botocore's models: once per process, as that takes a third of the time to make all clients."""
    return create_loader(data_path)


def sts_client(session: boto3.Session, limits: Limits, patience: Patience = PATIENT) -> STSClient:
    """Return a client of the STS endpoint that issues the audit's own tokens.

    It is in the partition's global Region, which is enabled by default everywhere and whose STS cannot
    be deactivated. The Region of the stack may be an opt-in one, which a member may lack (recording
    ``assume_role_at_an_opt_in_endpoint_the_member_lacks``).
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
    """
    client: STSClient = _limited(session, "sts", _global_region_of(session), limits, patience)
    return client


def client(session: boto3.Session, service: Any, limits: Limits, patience: Patience = PATIENT) -> Any:
    """Return a client of a service: in the session's Region, or of a global service in the partition's global one.

    AWS resolves both to the same endpoint. At an endpoint of one's own, such as an emulator's, the request
    would be signed for the session's Region, where the global services are not.
    """
    region = _global_region_of(session) if service in GLOBAL_SERVICES else session.region_name
    return _limited(session, service, region, limits, patience)


def _limited(session: boto3.Session, service: Any, region: str, limits: Limits, patience: Patience) -> Any:
    made: Any = session.client(service, region_name=region, config=client_config(limits))
    limit_calls(made, limits, patience, limits.object_bytes if service == "s3" else limits.answer_bytes)
    return made


def _global_region_of(session: boto3.Session) -> str:
    return global_region(session.get_partition_for_region(session.region_name))


def global_region(partition: str) -> str:
    """Return the Region in which a partition's global services live, from botocore's data."""
    partitions = _loader(None).load_data("partitions")["partitions"]
    region: str = next(p["outputs"]["implicitGlobalRegion"] for p in partitions if p["id"] == partition)
    return region
