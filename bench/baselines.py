"""The usual ways to read every account with boto3: a session per account, or new clients per account."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import boto3

from .organization import APPROVED, ROLE
from .verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    Client = Callable[[str], Any]
    """Makes a client of a service that acts as one account."""

_USED = frozenset({"ENABLED", "ENABLING", "DISABLING"})
_making = threading.Lock()
"""boto3 makes clients safely in one thread at a time only."""


def session_per_account(threads: int) -> Verdicts:
    """Make a session for each account, as multi-account libraries do."""

    def clients_of(credentials: dict[str, Any]) -> Client:
        client: Any = boto3.Session(**credentials).client
        return cast("Client", client)

    return _read_all(threads, clients_of)


def clients_per_account(threads: int) -> Verdicts:
    """Make new clients of one session for each account."""
    make: Any = boto3.Session().client

    def clients_of(credentials: dict[str, Any]) -> Client:
        def client(service: str) -> Any:
            with _making:
                return make(service, **credentials)

        return client

    return _read_all(threads, clients_of)


def _read_all(threads: int, clients_of: Callable[[dict[str, Any]], Client]) -> Verdicts:
    session = boto3.Session()
    pages = session.client("organizations").get_paginator("list_accounts").paginate()
    accounts = [account["Id"] for page in pages for account in page["Accounts"]]
    sts = session.client("sts")

    def read(account: str) -> tuple[str, int, set[str]]:
        to_credentials = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="benchmark")
        return account, *_facts(clients_of(_credentials(dict(to_credentials["Credentials"]))))

    with ThreadPoolExecutor(threads) as pool:
        facts = list(pool.map(read, accounts))
    return Verdicts(
        frozenset(account for account, version, _ in facts if version == 1),
        frozenset(account for account, _, regions in facts if regions - {APPROVED}),
    )


def _credentials(to_credentials: dict[str, Any]) -> dict[str, Any]:
    return {
        "aws_access_key_id": to_credentials["AccessKeyId"],
        "aws_secret_access_key": to_credentials["SecretAccessKey"],
        "aws_session_token": to_credentials["SessionToken"],
    }


def _facts(client: Client) -> tuple[int, set[str]]:
    summary = client("iam").get_account_summary()["SummaryMap"]
    pages = client("account").get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 50})
    used = {region["RegionName"] for page in pages for region in page["Regions"] if region["RegionOptStatus"] in _USED}
    return int(summary["GlobalEndpointTokenVersion"]), used
