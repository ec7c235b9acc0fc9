"""Links: what clients make of a text, and that they make none of ours."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.links import without_links

LINKED = {
    "https://evil.example/sso-login": "https[:]//evil[.]example/sso-login",
    "HTTP://EVIL.EXAMPLE": "HTTP[:]//EVIL[.]EXAMPLE",
    "www.evil.example": "www[.]evil[.]example",
    "evil.example": "evil[.]example",
    "//evil.example/x": "[//]evil[.]example/x",
    "mailto:root@evil.example": "mailto[:]root[@]evil[.]example",
    "root@evil.example": "root[@]evil[.]example",
    "http://10.0.0.1/x": "http[:]//10[.]0[.]0[.]1/x",
    "10.0.0.1": "10[.]0[.]0[.]1",
    "10.0.0.110.0.0.1": "10[.]0[.]0[.]110[.]0[.]0[.]1",
    "http://[::1]/": "http[:]//[::1]/",
    "javascript:alert(1)": "javascript[:]alert(1)",
    "tel:112": "tel[:]112",
    "evil+x://host": "evil+x[:]//host",
    "пример.рф": "пример[.]рф",
    "xn--e1afmkfd.xn--p1ai": "xn--e1afmkfd[.]xn--p1ai",
    "💩.la": "💩[.]la",
    "evil。example": "evil[。]example",
    "evil\N{FULLWIDTH FULL STOP}example": "evil[\N{FULLWIDTH FULL STOP}]example",
    "evil.1password.example": "evil[.]1password[.]example",
    "\\\\evil\\share": "[\\\\]evil\\share",
    "(see evil.example).": "(see evil[.]example).",
    "<https://evil.example|AWS>": "<https[:]//evil[.]example|AWS>",
    "evil.example/regionproof.yaml": "evil[.]example/regionproof[.]yaml",
    "iam.amazonaws.com.evil.example": "iam[.]amazonaws[.]com[.]evil[.]example",
    "https://iam.amazonaws.com/x": "https[:]//iam[.]amazonaws[.]com/x",
    "evil.account.amazonaws.com": "evil[.]account[.]amazonaws[.]com",
    "evil@iam.amazonaws.com": "evil[@]iam[.]amazonaws[.]com",
    "phish.s3.amazonaws.com": "phish[.]s3[.]amazonaws[.]com",
}
HARMLESS = (
    "orders",
    "STS.1 and Coverage.1",
    "version 2.5",
    "One sentence. And another one.",
    "User: arn:aws:sts::111122223333:assumed-role/Audit/x is not authorized to perform: sts:AssumeRole on resource: y",
    "engine: step-functions in regionproof.yaml",
    "aws organizations enable-aws-service-access --service-principal account.amazonaws.com",
    "run it for iam.amazonaws.com, or member.org.stacksets.cloudformation.amazonaws.com.",
    "Root/Workloads/Production",
    "注文 本番",
    "@channel",
)
LINKS = re.compile(
    r"[a-z][a-z0-9+.-]*://|mailto:|\\\\\\w|\w@\w|[^\W_][.\u3002\uff0e\uff61\u2024][^\W\d_]|\d+\.\d+\.\d+\.\d+",
    re.IGNORECASE,
)
OURS = re.compile(
    r"regionproof\.yaml|(account|iam|member\.org\.stacksets\.cloudformation)\.amazonaws\.com", re.IGNORECASE
)
words = st.sampled_from([*LINKED, *HARMLESS, ".", "/", "://", "@", "1", "a", "-", " ", "。", "www"])


@pytest.mark.parametrize(("text", "shown"), LINKED.items(), ids=ascii)
def test_a_link_is_shown_with_brackets(text: str, shown: str) -> None:
    """It reads as what it is, and taking the brackets out gives it back."""
    assert without_links(text) == shown


@pytest.mark.parametrize("text", HARMLESS, ids=ascii)
def test_what_no_client_links_stays_as_it_is(text: str) -> None:
    """Rules, actions, ARNs, sentences."""
    assert without_links(text) == text


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(words | st.text(max_size=5), max_size=6).map("".join))
def test_no_text_is_linked_however_it_is_put_together(text: str) -> None:
    """And no character is lost."""
    shown = without_links(text)
    assert LINKS.findall(OURS.sub("", shown)) == []
    assert re.sub(r"[\[\]]", "", shown) == re.sub(r"[\[\]]", "", text)


def test_chats_have_brackets_of_their_own() -> None:
    """The common ones are markup there."""
    assert without_links("evil.example", "\uff3b\uff3d") == "evil\uff3b.\uff3dexample"
