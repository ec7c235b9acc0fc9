"""Findings of the AwsSolutions rules that are acknowledged, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import IConstruct


def acknowledge(construct: IConstruct, evidence: Mapping[str, str]) -> None:
    """Record why a finding, by its exact id, is acceptable. A test fails on an id that no longer occurs."""
    for finding, reason in evidence.items():
        Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
