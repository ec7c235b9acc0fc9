"""How Python's interpreter runs during an audit; see docs/decisions/0014."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SWITCH_SECONDS = 0.1
"""How long a thread that computes may go on while others want to. Python's own is 0.005.

Each thread that wants to asks again after this time. Of hundreds, the asking takes more than the computing: after
a pause of the process, such as Lambda makes, a run took long to come back to its pace. A worker computes for
about a millisecond until it waits for AWS, and that lets the others in anyway.
https://docs.python.org/3/library/sys.html#sys.setswitchinterval
"""

OBJECTS_UNTIL_COLLECTION = 20_000
"""Python's own is 700, fewer than the requests under way hold, so they were looked through again and again.

https://docs.python.org/3/library/gc.html#gc.set_threshold
"""


@contextmanager
def for_many_accounts() -> Iterator[None]:
    """Let hundreds of threads that mostly wait, and many small records, cost less. It holds for the whole process."""
    switch_seconds, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(OBJECTS_UNTIL_COLLECTION, *thresholds[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(switch_seconds)
        gc.set_threshold(*thresholds)
