"""Documents of the right form with values of the wrong type, and spellings that a parser may choke on."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench.stub.exchange import Answer
from tests.broken_answers.kinds import JSON_PROTOCOLS, XML_PROTOCOLS, Hit, Kind, replaced, respelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.broken_answers.kinds import Break

DEPTH = 100_000
DIGITS = "9" * 10_000
MIB = 2**20
_NUMBER = re.compile(rb"(>|: )\d+(?=[<,}.])")
WHOLE = (
    "null",
    "[]",
    "7",
    '"text"',
    "true",
    "{}",
    "[[]]",
    "NaN",
    '{"a": {"b": {"c": null}}}',
    "[" * DEPTH,
    '{"a":' * DEPTH,
)
VALUES: dict[str, Any] = {
    "null": None, "a number": 7, "negative": -1, "an empty text": "", "a text": "unheard-of", "a list": [],
    "[null]": [None], "an object": {}, "true": True, "a large number": 1e308,
}  # fmt: skip

LOOKED_AT = (
    "Organization", "Accounts", "Roots", "OrganizationalUnits", "EnabledServicePrincipals", "DelegatedServices",
    "Regions", "Id", "MasterAccountId", "Name", "State", "Status", "Paths", "ServicePrincipal", "RegionName",
    "RegionOptStatus", "HubArn", "SuccessCount", "FailedCount", "FailedFindings", "JoinedTimestamp",
    "NextToken",
)  # fmt: skip
"""The members of JSON answers that are broken one by one, wherever they stand."""

ELEMENTS = (
    "Arn", "Account", "Credentials", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "SummaryMap",
    "entry", "key", "value", "EnabledFeatures", "member", "MessageId", "PublishResult", "GetAccountSummaryResult",
)  # fmt: skip
"""The same, in XML."""

_EMPTY_LISTS = {
    (name, value)
    for name in ("Accounts", "OrganizationalUnits", "Regions")
    for value in ("a list", "an object", "an empty text")
}
_RIGHT = _EMPTY_LISTS | {
    ("NextToken", "null"), ("NextToken", "an empty text"), ("RegionName", "a text"), ("MessageId", "a number"),
    ("MessageId", "negative"), ("MessageId", "text"), ("FailedFindings", "a list"),
}  # fmt: skip
"""What no one can know to be wrong: a listing may end, a Region may be new, an id may be any text.

Botocore reads each of ``_EMPTY_LISTS`` as an empty list.
"""

PROLOGUES = {
    "billion laughs": '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + "]>",
    "an external entity": '<!DOCTYPE a [<!ENTITY k SYSTEM "file:///etc/hostname">]>',
    "an undefined entity": "",
}
_ENTITY = {"billion laughs": "&k;", "an external entity": "&k;", "an undefined entity": "&nothing;"}


def set_members(document: Any, name: str, value: Any) -> Any:
    """Return a JSON document in which every member of a name has this value."""
    if isinstance(document, dict):
        return {key: value if key == name else set_members(inner, name, value) for key, inner in document.items()}
    return [set_members(inner, name, value) for inner in document] if isinstance(document, list) else document


def set_elements(document: bytes, name: str, content: bytes | None) -> bytes:
    """Return an XML document in which every element of a name has this content; None removes the element."""
    spelled = name.encode()
    new = b"" if content is None else b"<" + spelled + b">" + content + b"</" + spelled + b">"
    return re.sub(b"<" + spelled + b">.*?</" + spelled + b">", lambda _found: new, document)


def _member(name: str, value: Any) -> Break:
    def answer(hit: Hit) -> bool:
        right = hit.as_if()
        document = set_members(json.loads(right.body), name, value)
        return hit.send(replace(right, body=json.dumps(document).encode()))

    return answer


def _element(name: str, content: bytes | None) -> Break:
    def answer(hit: Hit) -> bool:
        right = hit.as_if()
        return hit.send(replace(right, body=set_elements(right.body, name, content)))

    return answer


def _whole(body: bytes) -> Break:
    return replaced(lambda _hit: Answer(body))


def _whole_kinds() -> Iterator[Kind]:
    for text in WHOLE:
        name = text if len(text) < DEPTH else f"{text[:5]}… {DEPTH} deep"
        yield Kind(f"JSON is {name}", "document", _whole(text.encode()), JSON_PROTOCOLS)
    deep = b"<a>" * DEPTH
    documents = {"<a/>": b"<a/>", f"<a>… {DEPTH} deep": deep, f"<a>… {DEPTH} deep, closed": deep + b"</a>" * DEPTH}
    for name, body in documents.items():
        yield Kind(f"XML is {name}", "document", _whole(body), XML_PROTOCOLS)


def _member_kinds() -> Iterator[Kind]:
    for name in LOOKED_AT:
        for value_name, value in VALUES.items():
            if (name, value_name) in _RIGHT:
                continue
            operations = frozenset(_OPERATIONS_WITH[name])
            kind = f"{name} is {value_name}"
            yield Kind(kind, "member", _member(name, value), JSON_PROTOCOLS, operations, may_be_read=True)


def _element_kinds() -> Iterator[Kind]:
    contents = {
        "empty": b"",
        "removed": None,
        "a number": b"7",
        "negative": b"-1",
        "nested": b"<a>b</a>",
        "text": b"unheard-of",
    }
    for name, operations in _OPERATIONS_WITH_ELEMENT.items():
        for content_name, content in contents.items():
            if (name, content_name) in _RIGHT:
                continue
            kind = f"{name} is {content_name}"
            yield Kind(
                kind, "member", _element(name, content), frozenset({"query"}), frozenset(operations), may_be_read=True
            )


_PAGED = ("ListAccounts", "ListRegions", "ListAccountsForParent")
_LISTED = {
    "Accounts": ("ListAccounts", "ListAccountsForParent"),
    "Roots": ("ListRoots",),
    "OrganizationalUnits": ("ListOrganizationalUnitsForParent",),
}
_TREE = tuple(operation for operations in _LISTED.values() for operation in operations)
_OPERATIONS_WITH: dict[str, tuple[str, ...]] = {
    **_LISTED,
    "Organization": ("DescribeOrganization",),
    "EnabledServicePrincipals": ("ListAWSServiceAccessForOrganization",),
    "DelegatedServices": ("ListDelegatedServicesForAccount",),
    "Regions": ("ListRegions",),
    "Id": ("DescribeOrganization", *_TREE),
    "MasterAccountId": ("DescribeOrganization",),
    "Name": _TREE,
    "State": ("ListAccounts",),
    "Status": ("ListAccounts",),
    "Paths": ("ListAccounts",),
    "JoinedTimestamp": ("ListAccounts",),
    "ServicePrincipal": ("ListAWSServiceAccessForOrganization", "ListDelegatedServicesForAccount"),
    "RegionName": ("ListRegions",),
    "RegionOptStatus": ("ListRegions",),
    "HubArn": ("DescribeHub",),
    "SuccessCount": ("BatchImportFindings",),
    "FailedCount": ("BatchImportFindings",),
    "FailedFindings": ("BatchImportFindings",),
    "NextToken": _PAGED,
}
_SESSIONS = ("AssumeRole", "AssumeRoot")
_OPERATIONS_WITH_ELEMENT: dict[str, tuple[str, ...]] = {
    "Arn": ("GetCallerIdentity",),
    "Account": ("GetCallerIdentity",),
    "Credentials": _SESSIONS,
    "AccessKeyId": _SESSIONS,
    "SecretAccessKey": _SESSIONS,
    "SessionToken": _SESSIONS,
    "Expiration": _SESSIONS,
    "SummaryMap": ("GetAccountSummary",),
    "entry": ("GetAccountSummary",),
    "key": ("GetAccountSummary",),
    "value": ("GetAccountSummary",),
    "EnabledFeatures": ("ListOrganizationsFeatures",),
    "member": ("ListOrganizationsFeatures",),
    "MessageId": ("Publish",),
    "PublishResult": ("Publish",),
    "GetAccountSummaryResult": ("GetAccountSummary",),
}


def _encoded(name: str, encode: Callable[[bytes], bytes]) -> Break:
    def answer(hit: Hit) -> bool:
        right = hit.right()
        headers = {**right.headers, "Content-Encoding": name}
        return hit.send(replace(right, body=encode(right.body), headers=headers))

    return answer


def _bomb(mebibytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(b" " * MIB) for _ in range(mebibytes)]
    return b"".join((*packed, packer.flush()))


def _spelling_kinds() -> Iterator[Kind]:
    spellings: dict[str, Callable[[bytes], bytes]] = {
        "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
        "UTF-16": lambda body: body.decode("utf-8", "replace").encode("utf-16"),
        "no UTF-8": lambda body: body.replace(b"a", b"\xff\xfe"),
        "NUL bytes": lambda body: body + b"\x00" * 10,
        "trailing text": lambda body: body + b"}{",
        "twice": lambda body: body + body,
        "half": lambda body: body[: len(body) // 2],
        "3 MiB of blanks around": lambda body: b" " * (3 * MIB) + body,
    }
    for name, change in spellings.items():
        yield Kind(f"body with {name}", "spelling", respelled(change), may_be_read=True)
    yield Kind("gzip claimed, plain", "spelling", _encoded("gzip", bytes), may_be_read=True)
    yield Kind(
        "gzip claimed, cut off", "spelling", _encoded("gzip", lambda body: gzip.compress(body)[:-9]), may_be_read=True
    )
    yield Kind("an unknown encoding", "spelling", _encoded("x-nothing", bytes), may_be_read=True)
    bomb = _bomb(256)
    yield Kind("gzip bomb of 256 MiB", "spelling", _encoded("gzip", lambda _body: bomb))
    doubled = respelled(lambda body: re.sub(rb'("[A-Z]\w+": )', rb"\1null, \1", body))
    yield Kind("every key twice", "spelling", doubled, JSON_PROTOCOLS, may_be_read=True)
    digits = replaced(lambda hit: Answer(_NUMBER.sub(rb"\g<1>" + DIGITS.encode(), hit.as_if().body)))
    with_numbers = frozenset({"GetCallerIdentity", "GetAccountSummary", "ListAccounts", "BatchImportFindings"})
    yield Kind("numbers of 10,000 digits", "spelling", digits, operations=with_numbers, may_be_read=True)
    for name, prologue in PROLOGUES.items():
        yield Kind(
            f"XML with {name}",
            "spelling",
            _with_entity(prologue, _ENTITY[name]),
            frozenset({"query"}),
            may_be_read=True,
        )


def _with_entity(prologue: str, entity: str) -> Break:
    def build(hit: Hit) -> Answer:
        body = hit.as_if().body
        return Answer(prologue.encode() + re.sub(rb">([^<]+)<", rb">" + entity.encode() + rb"<", body))

    return replaced(build)


KINDS = (*_whole_kinds(), *_member_kinds(), *_element_kinds(), *_spelling_kinds())
