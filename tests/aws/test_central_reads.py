"""Central reads: what the caller is answered about members, and when it is not asked any more."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from regionproof.aws.central_reads import DENIALS_BEFORE_GIVING_UP, CentralReads
from regionproof.aws.limits import Limits
from regionproof.domain.facts import OUT_OF_TIME, OptStatus, ReadFailure, RegionOptStatuses
from regionproof.errors import OutOfTime
from regionproof.probes.account_regions import CALL, PROBE
from regionproof.probes.account_summary import PROBE as INSIDE_ONLY
from tests.support.builders import an_account

if TYPE_CHECKING:
    from collections.abc import Callable

STATUSES = RegionOptStatuses({"ap-east-1": OptStatus.ENABLED})
CALLER = "arn:aws:sts::111111111111:assumed-role/RegionProofAuditFunction/RegionProofAuditFunction"
NO_TRUSTED_ACCESS = (
    f"User: {CALLER} is not authorized to perform: account:ListRegions (Your organization must first enable trusted "
    "access with AWS Account Management.)"
)
NO_RIGHT = (
    "User: {caller} is not authorized to perform: account:ListRegions on resource: "
    "arn:aws:account::111111111111:account/o-a1b2c3d4e5/{account} because no identity-based policy allows the "
    "account:ListRegions action"
)
MEMBERS = [f"2{number:011d}" for number in range(20)]


def denied(account_id: str, message: str = NO_RIGHT) -> ClientError:
    """Return the denial of a central read."""
    said = message.format(caller=CALLER, account=account_id)
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": said}}, "ListRegions")


def throttled(_account_id: str) -> ClientError:
    """Return the error of a call that AWS throttled until the retries ended."""
    return ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Rate exceeded"}}, "ListRegions")


@dataclass
class Aws:
    """Answers central reads, account by account, and remembers who was asked about and what was noticed."""

    answer: Callable[[str], Any] = lambda _account_id: STATUSES
    asked: list[str] = field(default_factory=list)
    refusals: list[ReadFailure] = field(default_factory=list)
    seconds_left: float = 600

    def reads(self) -> CentralReads:
        """Return central reads that this answers."""
        clients = {"account": self}
        return CentralReads(clients, Limits(), lambda: self.seconds_left, self.refusals.append)

    def read(self, _client: object, account_id: str) -> RegionOptStatuses:
        """Play the probe."""
        self.asked.append(account_id)
        found = self.answer(account_id)
        if isinstance(found, Exception):
            raise found
        return STATUSES

    @property
    def probe(self) -> Any:
        """Return the probe of the Regions, which asks this."""
        return replace(PROBE, read_centrally=self.read)


def read_all(aws: Aws, reads: CentralReads, members: list[str]) -> list[Any]:
    """Read accounts one after another, each after its own denial."""
    return [reads.read_after_denial(aws.probe, an_account(account_id)) for account_id in members]


def test_the_caller_is_asked_about_the_account() -> None:
    """By its id."""
    aws = Aws()
    assert aws.reads().read(aws.probe, an_account(MEMBERS[0])) == STATUSES
    assert read_all(aws, aws.reads(), MEMBERS[1:3]) == [STATUSES, STATUSES]
    assert aws.asked == MEMBERS[:3]


def test_missing_trusted_access_is_asked_about_once() -> None:
    """Every account after the first has the same cause, and no one is asked about it."""
    aws = Aws(lambda account_id: denied(account_id, NO_TRUSTED_ACCESS))
    found = read_all(aws, aws.reads(), MEMBERS)
    assert set(found) == {ReadFailure(CALL, "AccessDeniedException", NO_TRUSTED_ACCESS)}
    assert aws.asked == MEMBERS[:1]
    assert [refusal.message for refusal in aws.refusals] == [NO_TRUSTED_ACCESS]


def test_a_missing_right_is_asked_about_three_times() -> None:
    """The others have the refusal without the id of an account that it was not about."""
    aws = Aws(denied)
    found = read_all(aws, aws.reads(), MEMBERS)
    assert aws.asked == MEMBERS[:DENIALS_BEFORE_GIVING_UP]
    named = NO_RIGHT.format(caller=CALLER, account="{account}")
    assert [one.message for one in found[:3]] == [named.format(account=one) for one in MEMBERS[:3]]
    assert {one.message for one in found[3:]} == {named.format(account="THIS_ACCOUNT")}
    assert len(aws.refusals) == 1


def test_the_denial_of_one_account_says_nothing_of_the_others() -> None:
    """It may have left the organization since it was listed."""
    aws = Aws(lambda account_id: denied(account_id) if account_id == MEMBERS[0] else STATUSES)
    found = read_all(aws, aws.reads(), MEMBERS)
    assert isinstance(found[0], ReadFailure)
    assert found[1:] == [STATUSES] * (len(MEMBERS) - 1)
    assert aws.refusals == []


def test_once_answered_every_account_is_asked_about() -> None:
    """However many are denied: the caller has shown that it may ask."""
    aws = Aws(lambda account_id: STATUSES if account_id == MEMBERS[0] else denied(account_id))
    read_all(aws, aws.reads(), MEMBERS)
    assert aws.asked == MEMBERS
    assert aws.refusals == []


def test_throttling_is_no_refusal() -> None:
    """Every account is asked about, as the next answer may be one."""
    aws = Aws(throttled)
    found = read_all(aws, aws.reads(), MEMBERS)
    assert {one.code for one in found} == {"TooManyRequestsException"}
    assert aws.asked == MEMBERS


def test_each_run_asks_again() -> None:
    """Someone may have enabled trusted access since."""
    aws = Aws(lambda account_id: denied(account_id, NO_TRUSTED_ACCESS))
    read_all(aws, aws.reads(), MEMBERS)
    read_all(aws, aws.reads(), MEMBERS)
    assert len(aws.asked) == 2


def test_many_workers_wait_for_the_first_answer() -> None:
    """So that a thousand accounts read at once do not all ask a caller's right that is missing."""
    first_asked, may_answer = threading.Event(), threading.Event()

    def answer(account_id: str) -> ClientError:
        first_asked.set()
        assert may_answer.wait(10)
        return denied(account_id, NO_TRUSTED_ACCESS)

    aws = Aws(answer)
    reads, found = aws.reads(), []
    workers = [threading.Thread(target=lambda one=one: found.extend(read_all(aws, reads, [one]))) for one in MEMBERS]
    for worker in workers:
        worker.start()
    assert first_asked.wait(10)
    may_answer.set()
    for worker in workers:
        worker.join(10)
    assert len(aws.asked) == 1
    assert len(found) == len(MEMBERS)
    assert len(set(found)) == 1


def test_who_waits_for_the_first_answer_waits_no_longer_than_the_run() -> None:
    """The account was not attempted then."""
    asked, may_answer = threading.Event(), threading.Event()

    def answer(_account_id: str) -> RegionOptStatuses:
        asked.set()
        assert may_answer.wait(10)
        return STATUSES

    aws = Aws(answer)
    reads = aws.reads()
    first = threading.Thread(target=read_all, args=(aws, reads, MEMBERS[:1]))
    first.start()
    assert asked.wait(10)
    aws.seconds_left = 0
    assert read_all(aws, reads, MEMBERS[1:2]) == [OUT_OF_TIME]
    may_answer.set()
    first.join(10)
    assert aws.asked == MEMBERS[:1]


def test_a_read_without_time_is_not_attempted_and_shows_nothing() -> None:
    """The next account that has time is asked about."""
    aws = Aws(lambda account_id: OutOfTime("ListRegions") if account_id == MEMBERS[0] else STATUSES)
    assert read_all(aws, aws.reads(), MEMBERS[:2]) == [OUT_OF_TIME, STATUSES]


def test_what_aws_answers_only_to_the_account_is_not_asked_for() -> None:
    """It would be a defect of this program."""
    with pytest.raises(LookupError, match="iam:GetAccountSummary"):
        Aws().reads().read(INSIDE_ONLY, an_account())
