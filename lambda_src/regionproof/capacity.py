"""How many accounts a process can read at once, from what it was given."""

from __future__ import annotations

ROOT_SESSIONS_AT_ONCE = 32
"""In the mode ``root`` the pace of central ListRegions, 4 a second, leaves more of them nothing to do but wait."""

_MIB_BEFORE_THE_FIRST = 160
_MIB_FOR_EACH = 0.25
"""Both are more than ``make bench`` sees: 140 MiB with 500 workers, over TLS. The rest is for findings, which come
later."""

_DESCRIPTORS_FOR_THE_REST = 192
_DESCRIPTORS_FOR_EACH = 1.6
"""A worker holds one connection at a time, and leaves idle ones behind in the pools of other clients: 1.5 in all
in ``make bench``. Where they run out, a connection is not made, and the call is tried again."""


def accounts_at_once(wanted: int, *, memory_mib: int | None, descriptors: int, by_root: bool) -> int:
    """Return how many accounts to read at once: what is wanted, or less where the process could not bear it.

    ``memory_mib`` None: not limited. ``descriptors`` is how many files and connections the process may have
    open; Lambda allows 1,024. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    bounds = [wanted, int((descriptors - _DESCRIPTORS_FOR_THE_REST) / _DESCRIPTORS_FOR_EACH)]
    if memory_mib is not None:
        bounds.append(int((memory_mib - _MIB_BEFORE_THE_FIRST) / _MIB_FOR_EACH))
    if by_root:
        bounds.append(ROOT_SESSIONS_AT_ONCE)
    return max(1, min(bounds))
