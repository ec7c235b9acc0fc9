"""Faults that one retry fixes leave no trace, except that throttled calls are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.faults.fault import Fault, Hang
from tests.faults.fault_free import findings_of
from tests.faults.recording import effect_on
from tests.faults.stage import IMPATIENT, PATIENT

if TYPE_CHECKING:
    from tests.faults.fault_free import FaultFree
    from tests.faults.stage import Stage

pytestmark = pytest.mark.network

THROTTLED = "throttled"
CURED_BY_A_RETRY = (THROTTLED, "internal_failure", "connection_reset", "hang")
"""botocore does not ask again after an answer that it cannot parse."""


@pytest.mark.parametrize("name", CURED_BY_A_RETRY)
def test_what_a_retry_cures_leaves_no_trace(stage: Stage, fault_free: FaultFree, name: str) -> None:
    """Every call of a first run fails once, all in the same run: report, Security Hub, ledger and alert are as ever."""
    faults = [
        Fault(call.action, effect, account=call.account, times=1)
        for call in fault_free.first
        if call.place == 0 and (effect := effect_on(call.action, name))
    ]
    with stage.aws.inject(*faults) as injection:
        ended = stage.run_anew(IMPATIENT if any(isinstance(fault.effect, Hang) for fault in faults) else PATIENT)
        assert injection.injected() == len(faults)
    assert ended.outcome is not None
    assert findings_of(ended.outcome) == fault_free.findings
    assert [receipt.undelivered for receipt in ended.outcome.receipts] == [(), ()]
    assert stage.observer.end_state() == fault_free.end
    assert stage.told() == fault_free.told
    assert ended.throttles == (len(faults) if name == THROTTLED else 0)
