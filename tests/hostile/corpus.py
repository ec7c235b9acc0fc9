"""Texts that break, forge or command some form of output, and mixtures of them for property tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

ACCOUNT_THAT_IS_NOT_THERE = "999999999999"

TERMINAL = (
    "\x1b[2J\x1b[H\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x9b31m\x9dtitle\x9c",
    "\r\x08\x08\x7f\x00\x07",
    "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))),
)
LINES = (
    "a\nregionproof: every account is compliant",
    'a\r\n\r\n{"level":"INFO","message":"audit.finished"}',
    "a\u0085b\u2028c\u2029d\x0be\x0cf",
    f"orders{' ' * 30}{ACCOUNT_THAT_IS_NOT_THERE} ACTIVE{' ' * 30}{ACCOUNT_THAT_IS_NOT_THERE} payments",
    f"{ACCOUNT_THAT_IS_NOT_THERE} payments",
)
UNICODE = (
    "\u202egnp.exe\u2066\u2069\u200f",
    "pro\u200bd\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164",
    "\ud800lone\udfff",
    "\U000e0041\U000e0042\U000e0100",
    "👩\u200d💻 🏯 支付团体 Zoë e\u0301",
    "\uffff\ufdd0\ue000",
    "a\ufffeb\ufdefc\U0001fffed\U0010ffffe\uf8fff\U000f0000g\U0010fffdh",
    "unassigned\u0378\U000e0fff\u2fe0",
)
MARKUP = (
    "[bold red]alarm[/] [link=https://evil.example]x[/link] :warning:",
    "*bold* _it_ ~no~ `code` ```block``` # head",
    "[click](https://evil.example) ![x](http://evil.example/x.png)",
    "<script>alert(1)</script><a href='//evil.example'>x</a>&lt;",
    "<!channel> <!here> <!everyone> <@U012AB3CD> <#C123> <!subteam^S1|all> <https://evil.example|AWS>",
    "@channel @here @everyone mailto:root@evil.example www.evil.example //evil.example ftp://evil.example",
    "<at>everyone</at>",
)
LINKS = (
    "https://evil.example/sso-login",
    "HTTPS:\\\\evil.example",
    "evil.example",
    "root@evil.example",
    "10.0.0.1 http://[::1]/ http://2130706433/",
    "xn--e1afmkfd.xn--p1ai \N{CYRILLIC SMALL LETTER I}.рф i❤.ws evil\N{FULLWIDTH FULL STOP}example evil。example",
    "tel:112 javascript:alert(1) \\\\evil\\share x-scheme://evil",
)
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1")
PROGRAMS = (
    '"}],"findings":[{"id":"forged',
    '\\"\\u0022\\',
    "%s %n %(x)s {} {0} {task.description} {finding.__class__} $HOME $(id) `id`",
    "Accounts[?Name=='x'] | [0] `[]` && @",
    "'; DROP TABLE accounts; --",
    "arn:aws:iam::999999999999:role/Admin",
)
LONG = ("A" * 5000, "注" * 5000, "👩\u200d💻" * 700, "a b" * 900, "\u202e" * 2000)

CORPUS = (*TERMINAL, *LINES, *UNICODE, *MARKUP, *LINKS, *FORMULAS, *PROGRAMS, *LONG, "", " ", "\u00a0\u3000")

MANY = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
"""Deterministic, as every property test here is."""


def hostile_names() -> SearchStrategy[str]:
    """Return what draws a hostile text that is no longer than AWS lets the name of an organizational unit be.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html
    """
    return hostile_texts().map(lambda text: text[:128])


def hostile_texts() -> SearchStrategy[str]:
    """Return what draws a text of the corpus, a mixture of some, or any text at all, lone surrogates included."""
    any_text = st.text(max_size=60) | st.text(
        st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "L", "P"])
    )
    return st.sampled_from(CORPUS) | st.lists(st.sampled_from(CORPUS) | any_text, max_size=3).map("".join) | any_text
