"""Shared clients, own credentials: every request is signed as the account that its worker handles."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.credentials import CredentialProvider, CredentialResolver, ReadOnlyCredentials, RefreshableCredentials

from regionproof.audit.collect import ReadLimits
from regionproof.aws.account_reader import AccountReader
from regionproof.aws.central_reads import CentralReads
from regionproof.aws.credentials import ContextCredentialProvider, acting_as
from regionproof.aws.limits import Limits
from regionproof.aws.member_access import RoleAccess
from regionproof.aws.retrying import PATIENT, limit_calls
from regionproof.aws.sessions import client, client_config, members_session
from regionproof.domain.facts import RegionOptStatuses, TokenVersion
from regionproof.probes import all_probes
from regionproof.settings.shape import MemberRole
from tests.support.builders import IDENTITY, NOW, an_account
from tests.support.collect_all import collect
from tests.support.stubs import answer_with, http_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts

WORKERS = 128
LIMITS = Limits(workers=WORKERS)
ACCOUNTS = [an_account(str(200000000000 + number)) for number in range(3_000)]
HOME = an_account(IDENTITY.account_id)
HOUR = timedelta(hours=1)
CUT_OFF = {account.id for account in ACCOUNTS[::10]}
"""Accounts for which the first try of each call is answered by 503."""
IN_THE_MIDDLE = ACCOUNTS[len(ACCOUNTS) // 2].id
LONGEST_WAIT_SECONDS = 30
_SIGNER = re.compile(r"Credential=AKID(\d{12}|OWN\d)/")
_ENTERED = re.compile(r"iam%3A%3A(\d{12})%3Arole")
_SUMMARY = (
    "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap><entry><key>GlobalEndpointTokenVersion</key>"
    "<value>{}</value></entry></SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"
)
_SESSION = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{0}</AccessKeyId><SecretAccessKey>{1}"
    "</SecretAccessKey><SessionToken>{2}</SessionToken><Expiration>2026-11-21T06:15:00Z</Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>"
)


def _keys_of(signer: str) -> tuple[str, str, str]:
    return f"AKID{signer}", f"secret of {signer}", f"token of {signer}"


def _credentials_of(signer: str) -> ReadOnlyCredentials:
    return ReadOnlyCredentials(*_keys_of(signer))


@dataclass
class CallerProfile(CredentialProvider):
    """Someone whose own session ends within an hour and is renewed by botocore, as that of a profile with a role."""

    METHOD = "example"
    now: datetime = NOW
    sessions: int = 1

    def load(self) -> RefreshableCredentials:
        """Return the credentials: AKIDOWN1, and after each renewal the next one."""
        return RefreshableCredentials(*_keys_of("OWN1"), NOW + HOUR, self._renew, "example", lambda: self.now)

    def let_the_session_end(self) -> None:
        """Go on to the last minute of the first session."""
        self.now = NOW + HOUR - timedelta(minutes=1)

    def _renew(self) -> dict[str, str]:
        self.sessions += 1
        key, secret, token = _keys_of(f"OWN{self.sessions}")
        end = (self.now + HOUR).isoformat()
        return {"access_key": key, "secret_key": secret, "token": token, "expiry_time": end}


@dataclass
class SigningAws:
    """Answers as the account whose credentials signed the request, and keeps who signed what.

    ``halfway`` is called when the one in the middle of all accounts is entered.
    """

    halfway: Callable[[], None] = lambda: None
    signed: list[tuple[str, str, str]] = field(default_factory=list)
    tries: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    all_workers: threading.Barrier = field(default_factory=lambda: threading.Barrier(WORKERS))

    def answer(self, request: AWSPreparedRequest) -> AWSResponse:
        """Return what the signing account has: an odd one version 1, an even one version 2."""
        signer = _signer_of(request)
        service = next(name for name in ("sts", "iam", "account") if f"//{name}." in request.url)
        about = _entered_by(request) if service == "sts" else signer
        with self.lock:
            self.signed.append((service, about, signer))
            self.tries[service, about] += 1
            first = self.tries[service, about] == 1
        if (first, service, about) == (True, "sts", IN_THE_MIDDLE):
            self.halfway()
        if first and about in CUT_OFF:
            return http_answer(503, "", "text/plain")
        if service == "sts":
            return http_answer(200, _SESSION.format(*_keys_of(about)), "text/xml")
        if service == "iam":
            self._meet(about)
            return http_answer(200, _SUMMARY.format(_version_of(about)), "text/xml")
        region = {"RegionName": f"region-of-{about}", "RegionOptStatus": "ENABLED"}
        return http_answer(200, json.dumps({"Regions": [region]}), "application/json")

    def _meet(self, signer: str) -> None:
        """Let the first accounts wait for each other, so they are certainly read at the same time."""
        if signer in {account.id for account in ACCOUNTS[:WORKERS]}:
            self.all_workers.wait(LONGEST_WAIT_SECONDS)


def _signer_of(request: AWSPreparedRequest) -> str:
    headers = {key.lower(): _text(value) for key, value in request.headers.items()}
    found = _SIGNER.search(headers["authorization"])
    assert found
    assert headers["x-amz-security-token"] == f"token of {found.group(1)}"
    return found.group(1)


def _entered_by(request: AWSPreparedRequest) -> str:
    found = _ENTERED.search(_text(request.body))
    assert found
    return found.group(1)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _version_of(signer: str) -> int:
    return 1 if int(signer[-1]) % 2 else 2


def _clients(aws: SigningAws) -> dict[str, Any]:
    session: Any = members_session("us-east-1")
    clients = {service: client(session, service, LIMITS) for service in ("iam", "account")}
    for made in clients.values():
        answer_with(made, aws.answer)
    return clients


def _reader(aws: SigningAws, caller: CallerProfile) -> AccountReader:
    """Return the reader of a run: the caller opens the accounts' sessions by its own, which is renewed in mid-run."""
    core = botocore.session.Session()
    core.register_component("credential_provider", CredentialResolver([caller]))
    session: Any = boto3.Session(botocore_session=core, region_name="us-east-1")
    sts = session.client("sts", config=client_config(LIMITS))
    limit_calls(sts, LIMITS, PATIENT, LIMITS.answer_bytes)
    answer_with(sts, aws.answer)
    access = RoleAccess(sts, IDENTITY, session.get_credentials(), MemberRole(), all_probes())
    return AccountReader(access, all_probes(), _clients(aws), CentralReads({}, LIMITS), LIMITS)


@dataclass(frozen=True)
class Ran:
    """What a run over thousands of accounts found and asked; the caller's own account is read before and after it."""

    aws: SigningAws
    caller: CallerProfile
    found: dict[Account, AccountFacts]
    home: tuple[AccountFacts, AccountFacts]


@pytest.fixture(scope="module")
def ran() -> Ran:
    """Return a run of which the first tries fail in a tenth of the accounts, and the caller's session ends halfway."""
    caller = CallerProfile()
    aws = SigningAws(caller.let_the_session_end)
    reader = _reader(aws, caller)
    before = reader.read(HOME)
    found = collect(ACCOUNTS, reader, frozenset(), ReadLimits(WORKERS), lambda _account, _facts: None)
    return Ran(aws, caller, found, (before, reader.read(HOME)))


def test_thousands_of_interleaved_accounts_are_each_read_as_themselves(ran: Ran) -> None:
    """Three shared clients, 128 threads at once, 9,900 requests: each is signed and answered for its own account."""
    assert len(ran.found) == len(ACCOUNTS)
    for account, facts in ran.found.items():
        assert facts.get(TokenVersion) == TokenVersion(_version_of(account.id)), facts
        regions = facts.get(RegionOptStatuses)
        assert regions
        assert list(regions.by_region) == [f"region-of-{account.id}"]


def test_a_retried_request_is_signed_for_its_own_account_again(ran: Ran) -> None:
    """Each call that was cut off was tried again, by the account that it was for, and no other call was."""
    for service in ("sts", "iam", "account"):
        for account in ACCOUNTS:
            assert ran.aws.tries[service, account.id] == (2 if account.id in CUT_OFF else 1)


def test_no_session_of_an_account_is_ever_used_for_another_or_by_the_caller(ran: Ran) -> None:
    """Reads are signed by the account itself, and sessions are opened by the caller alone."""
    for service, about, signer in ran.aws.signed:
        assert signer.startswith("OWN") if service == "sts" else signer == about


def test_a_session_of_the_caller_that_is_renewed_in_mid_run_serves_from_then_on(ran: Ran) -> None:
    """Once for all workers. Both sessions opened accounts, and the own account is read by the one that holds."""
    assert ran.caller.sessions == 2
    opened = Counter(signer for service, _about, signer in ran.aws.signed if service == "sts")
    assert opened.keys() == {"OWN1", "OWN2"}
    assert opened.total() == len(ACCOUNTS) + len(CUT_OFF)
    assert min(opened.values()) > len(ACCOUNTS) / 3
    regions = [list(facts.get(RegionOptStatuses).by_region) for facts in ran.home]  # type: ignore[union-attr]  # read
    assert regions == [["region-of-OWN1"], ["region-of-OWN2"]]
    assert [facts.get(TokenVersion) for facts in ran.home] == [TokenVersion(1), TokenVersion(2)]


def test_one_thread_can_handle_accounts_in_turn_and_inside_each_other() -> None:
    """Leaving the inner account returns to the outer one."""
    aws = SigningAws()
    iam = _clients(aws)["iam"]
    first, second = "900000000001", "900000000002"
    with acting_as(_credentials_of(first)):
        iam.get_account_summary()
        with acting_as(_credentials_of(second)):
            iam.get_account_summary()
        iam.get_account_summary()
    assert [signer for _service, _about, signer in aws.signed] == [first, second, first]


def test_outside_of_an_account_nothing_is_signed() -> None:
    """Better no request than one as someone else."""
    aws = SigningAws()
    iam = _clients(aws)["iam"]
    with pytest.raises(LookupError):
        iam.get_account_summary()
    assert not aws.signed


def test_an_error_inside_of_an_account_takes_its_credentials_away_too() -> None:
    """The next thing in this thread is not that account any more."""

    def fail() -> None:
        with acting_as(_credentials_of("900000000001")):
            raise RuntimeError("a defect")

    with pytest.raises(RuntimeError):
        fail()
    with pytest.raises(LookupError):
        ContextCredentialProvider().load().get_frozen_credentials()


def test_another_thread_does_not_inherit_the_account() -> None:
    """A thread that was started inside of an account is no one until it enters one itself."""
    credentials = ContextCredentialProvider().load()
    with acting_as(_credentials_of("900000000001")), ThreadPoolExecutor(1) as pool:
        assert credentials.get_frozen_credentials().access_key == "AKID900000000001"
        with pytest.raises(LookupError):
            pool.submit(credentials.get_frozen_credentials).result()
