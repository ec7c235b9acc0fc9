"""Findings of the AwsSolutions rules that are right as they are, each said where it arises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import IConstruct


def acknowledge(construct: IConstruct, evidence: Mapping[str, str]) -> None:
    """Record, by the exact id of a finding, why it stands. A test fails on an id that no longer arises."""
    for finding, reason in evidence.items():
        Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
