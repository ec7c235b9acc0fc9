"""Answers that AWS should never send: values that are missing, unknown or of the wrong type."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from emulator.faults.fault import ChangedAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSION = r"(<key>GlobalEndpointTokenVersion</key>\s*<value>)\d+(</value>)"
_VERSION_ENTRY = r"<entry>\s*<key>GlobalEndpointTokenVersion</key>\s*<value>\d+</value>\s*</entry>"
_STATUS = r'("RegionOptStatus": ?")[A-Z_]+"'
_STATE = r'("(?:State|Status)": ?")[A-Z_]+"'

TOKEN_VERSION_7 = ChangedAnswer(_VERSION, r"\g<1>7\2")
TOKEN_VERSION_IN_WORDS = ChangedAnswer(_VERSION, r"\1two\2")
NO_TOKEN_VERSION = ChangedAnswer(_VERSION_ENTRY, "")
NO_SUMMARY_MAP = ChangedAnswer(r"(?s)<SummaryMap>.*</SummaryMap>", "")
REGION_STATUS_SLEEPING = ChangedAnswer(_STATUS, r'\1SLEEPING"')
NO_REGIONS = ChangedAnswer(r'"Regions"', '"Areas"')
ACCOUNT_STATE_HIBERNATED = ChangedAnswer(_STATE, r'\1HIBERNATED"')
NO_CREDENTIALS = ChangedAnswer(r"(?s)<Credentials>.*</Credentials>", "")

BY_ACTION: Mapping[str, Mapping[str, ChangedAnswer]] = MappingProxyType(
    {
        "iam:GetAccountSummary": {
            "token_version_7": TOKEN_VERSION_7,
            "token_version_in_words": TOKEN_VERSION_IN_WORDS,
            "no_token_version": NO_TOKEN_VERSION,
            "no_summary_map": NO_SUMMARY_MAP,
        },
        "account:ListRegions": {"region_status_sleeping": REGION_STATUS_SLEEPING, "no_regions": NO_REGIONS},
        "organizations:ListAccounts": {"account_state_hibernated": ACCOUNT_STATE_HIBERNATED},
        "sts:AssumeRole": {"no_credentials": NO_CREDENTIALS},
    }
)
"""Absurd answers by action and name."""
