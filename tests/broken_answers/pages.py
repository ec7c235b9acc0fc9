"""Listings that never end, tokens of the wrong type, and trees that contain themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench.stub.exchange import json_answer
from tests.broken_answers.kinds import JSON_PROTOCOLS, Hit, Kind
from tests.broken_answers.world import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Change = Callable[[dict[str, Any], Hit], dict[str, Any]]

LISTS = {
    "ListAccounts": "Accounts",
    "ListRoots": "Roots",
    "ListOrganizationalUnitsForParent": "OrganizationalUnits",
    "ListAccountsForParent": "Accounts",
    "ListRegions": "Regions",
    "ListAWSServiceAccessForOrganization": "EnabledServicePrincipals",
    "ListDelegatedServicesForAccount": "DelegatedServices",
    "GetFindings": "Findings",
}
"""The operations that answer page by page, and the member that holds a page."""

LATENCY = 0.02
"""Seconds until a page comes: a listing without an end must not take all computing time from the cells around it."""

_IDS = {"Accounts": "Id", "Roots": "Id", "OrganizationalUnits": "Id", "Regions": "RegionName", "Findings": "Id"}
TOKENS: dict[str, Any] = {
    "a number": 7, "a list": ["a"], "an object": {"a": "b"}, "true": True, "of 1 MiB": "t" * 2**20,
    "a lone surrogate": "\ud800",
}  # fmt: skip


def _first_page(hit: Hit) -> dict[str, Any]:
    """Return the page as it is, without its token."""
    page: dict[str, Any] = json.loads(hit.as_if().body)
    page.pop("NextToken", None)
    return page


def _paging(change: Change) -> Callable[[Hit], bool]:
    def answer(hit: Hit) -> bool:
        asked = hit.call.request.document
        first = replace(
            hit.call.request, body=json.dumps({k: v for k, v in asked.items() if k != "NextToken"}).encode()
        )
        at_first = replace(hit, call=replace(hit.call, request=first))
        hit.wire.pause(LATENCY)
        return hit.send(json_answer(change(_first_page(at_first), hit)))

    return answer


def _empty(page: dict[str, Any], hit: Hit) -> dict[str, Any]:
    return {**page, LISTS[hit.call.operation]: [], "NextToken": f"token-{hit.number}"}


def _always_new(page: dict[str, Any], hit: Hit) -> dict[str, Any]:
    key = LISTS[hit.call.operation]
    made = [
        {**item, _IDS.get(key, "ServicePrincipal"): _new_id(key, hit.number, n)} for n, item in enumerate(page[key])
    ]
    return {**page, key: made, "NextToken": f"token-{hit.number}"}


def _new_id(key: str, page: int, item: int) -> str:
    spelled = {
        "Accounts": f"9{page:010}{item % 10}",
        "OrganizationalUnits": f"ou-ab12-{page:08}{item}",
        "Roots": f"r-{page:08}{item}",
    }
    return spelled.get(key, f"new-{page}-{item}")


def _same(page: dict[str, Any], hit: Hit) -> dict[str, Any]:
    return {**page, "NextToken": f"token-{hit.number}"}


def _alternating(page: dict[str, Any], hit: Hit) -> dict[str, Any]:
    return {**page, "NextToken": "AB"[hit.number % 2]}


def _in_a_circle_of_nine(page: dict[str, Any], hit: Hit) -> dict[str, Any]:
    return {**page, LISTS[hit.call.operation]: [], "NextToken": str(hit.number % 9)}


def _repeated(page: dict[str, Any], _hit: Hit) -> dict[str, Any]:
    return {**page, "NextToken": "again"}


def _alternating_empty_and_same(page: dict[str, Any], hit: Hit) -> dict[str, Any]:
    return (_empty if hit.number % 2 else _same)(page, hit)


def _growing_page(page: dict[str, Any], hit: Hit) -> dict[str, Any]:
    key = LISTS[hit.call.operation]
    return {**page, key: page[key] * 2_000, "NextToken": f"token-{hit.number}"}


ENDLESS: dict[str, Change] = {
    "the same token again and again": _repeated,
    "tokens A, B, A, B, …": _alternating,
    "nine tokens in a circle": _in_a_circle_of_nine,
    "new tokens, empty pages": _empty,
    "new tokens, the same page": _same,
    "new tokens, empty and full pages in turn": _alternating_empty_and_same,
    "new tokens, new entries": _always_new,
    "new tokens, large pages": _growing_page,
}


def _token_kinds() -> Iterator[Kind]:
    listings = frozenset(LISTS)
    for name, change in ENDLESS.items():
        yield Kind(name, "pages", _paging(change), JSON_PROTOCOLS, listings, endless=True)
    for name, token in TOKENS.items():
        change = _with_token(token)
        yield Kind(f"token {name}", "pages", _paging(change), JSON_PROTOCOLS, listings)


def _with_token(token: Any) -> Change:
    return lambda page, _hit: {**page, "NextToken": token}


def _tree(child: Callable[[Hit], str], children: int = 1) -> Callable[[Hit], bool]:
    def answer(hit: Hit) -> bool:
        units = [{"Id": f"{child(hit)}{suffix or ''}", "Name": "unit"} for suffix in range(children)]
        hit.wire.pause(LATENCY)
        return hit.send(json_answer({"OrganizationalUnits": units}))

    return answer


def _asked_for(hit: Hit) -> str:
    parent: str = hit.call.request.document["ParentId"]
    return parent


def _tree_kinds() -> Iterator[Kind]:
    trees = {
        "a unit that contains itself": _tree(_asked_for),
        "units that contain the root": _tree(lambda _hit: ROOT),
        "units without an end": _tree(lambda hit: f"ou-ab12-{hit.number:08}"),
        "units without an end, more and more": _tree(lambda hit: f"ou-ab12-{hit.number:08}", children=10),
    }
    for name, answer in trees.items():
        operations = frozenset({"ListOrganizationalUnitsForParent"})
        yield Kind(name, "pages", answer, JSON_PROTOCOLS, operations, endless=True)


KINDS = (*_token_kinds(), *_tree_kinds())
