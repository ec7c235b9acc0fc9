"""Shared clients, own credentials: every request is signed as the account that its worker handles."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials

from regionproof.aws.account_reader import AccountReader
from regionproof.aws.credentials import ContextCredentialProvider, acting_as
from regionproof.aws.member_access import Way
from regionproof.aws.sessions import members_session
from regionproof.collecting import Pace
from regionproof.domain.facts import RegionOptStatuses, TokenVersion
from regionproof.probes import all_probes
from tests.builders import an_account
from tests.stubs import answer_with, http_answer
from tests.whole_collections import collect

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

    from regionproof.domain.accounts import Account

WORKERS = 32
_CREDENTIAL = re.compile(r"Credential=AKID(\d{12})/")
_SUMMARY = (
    "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap><entry><key>GlobalEndpointTokenVersion</key>"
    "<value>{}</value></entry></SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"
)


def _credentials_of(account_id: str) -> ReadOnlyCredentials:
    return ReadOnlyCredentials(f"AKID{account_id}", "example", f"token of {account_id}")


class AccessByName:
    """Gives every account credentials that carry its own id."""

    def way_into(self, account: Account) -> Way:
        """Return the account's own credentials."""
        return Way("sts:AssumeRole", lambda: _credentials_of(account.id))


@dataclass
class SigningAws:
    """Answers as the account whose credentials signed the request, and keeps who signed what."""

    fails_first: bool = False
    signed: list[tuple[str, str]] = field(default_factory=list)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: AWSPreparedRequest) -> AWSResponse:
        """Return what the signing account has: an odd one version 1, an even one version 2."""
        headers = {key.lower(): _text(value) for key, value in request.headers.items()}
        signer = _CREDENTIAL.search(headers["authorization"])
        assert signer
        account_id = signer.group(1)
        assert headers["x-amz-security-token"] == f"token of {account_id}"
        service = "iam" if "iam" in request.url else "account"
        with self.lock:
            self.signed.append((service, account_id))
            self.seen[service, account_id] += 1
            first = self.seen[service, account_id] == 1
        if self.fails_first and first:
            return http_answer(503, "", "text/plain")
        if service == "iam":
            return http_answer(200, _SUMMARY.format(_version_of(account_id)), "text/xml")
        region = {"RegionName": f"region-of-{account_id}", "RegionOptStatus": "ENABLED"}
        return http_answer(200, json.dumps({"Regions": [region]}), "application/json")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _version_of(account_id: str) -> int:
    return 1 if int(account_id) % 2 else 2


def _clients(aws: SigningAws, attempts: int) -> dict[str, Any]:
    session: Any = members_session("eu-central-1")
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    clients = {service: session.client(service, config=config) for service in ("iam", "account")}
    for client in clients.values():
        answer_with(client, aws.answer)
    return clients


def _collect(aws: SigningAws, count: int, attempts: int = 1) -> None:
    accounts = [an_account(str(200000000000 + number)) for number in range(count)]
    reader = AccountReader(AccessByName(), all_probes(), _clients(aws, attempts), {})
    found = collect(accounts, reader, frozenset(), Pace(WORKERS), lambda _account, _facts: None)
    for account, facts in found.items():
        regions = facts.known(RegionOptStatuses)
        assert facts.known(TokenVersion) == TokenVersion(_version_of(account.id)), facts
        assert regions
        assert list(regions.by_region) == [f"region-of-{account.id}"]


def test_hundreds_of_interleaved_accounts_are_each_read_as_themselves() -> None:
    """Two shared clients, 32 threads, 1,200 requests: each is signed and answered for its own account."""
    aws = SigningAws()
    _collect(aws, 600)
    assert len(aws.signed) == len(set(aws.signed)) == 1200


def test_a_retried_request_is_signed_for_its_own_account_again() -> None:
    """Also when all accounts are retried at once."""
    aws = SigningAws(fails_first=True)
    _collect(aws, 12, attempts=3)
    assert set(aws.seen.values()) == {2}


def test_one_thread_can_handle_accounts_in_turn_and_inside_each_other() -> None:
    """Leaving the inner account returns to the outer one."""
    aws = SigningAws()
    iam = _clients(aws, 1)["iam"]
    with acting_as(_credentials_of("200000000001")):
        iam.get_account_summary()
        with acting_as(_credentials_of("200000000002")):
            iam.get_account_summary()
        iam.get_account_summary()
    assert [account_id[-1] for _service, account_id in aws.signed] == ["1", "2", "1"]


def test_outside_of_an_account_nothing_is_signed() -> None:
    """Better no request than one as somebody else."""
    aws = SigningAws()
    iam = _clients(aws, 1)["iam"]
    with pytest.raises(LookupError):
        iam.get_account_summary()
    assert aws.signed == []


def test_an_error_inside_of_an_account_takes_its_credentials_away_too() -> None:
    """The next thing in this thread is not that account any more."""

    def fail() -> None:
        with acting_as(_credentials_of("200000000001")):
            raise RuntimeError("a defect")

    with pytest.raises(RuntimeError):
        fail()
    with pytest.raises(LookupError):
        ContextCredentialProvider().load().get_frozen_credentials()


def test_another_thread_does_not_inherit_the_account() -> None:
    """A thread that was started inside of an account is nobody until it enters one itself."""
    credentials = ContextCredentialProvider().load()
    with acting_as(_credentials_of("200000000001")), ThreadPoolExecutor(1) as pool:
        assert credentials.get_frozen_credentials().access_key == "AKID200000000001"
        with pytest.raises(LookupError):
            pool.submit(credentials.get_frozen_credentials).result()
