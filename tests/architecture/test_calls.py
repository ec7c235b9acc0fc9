"""One place reads the fields of an error, so no handler of a failure fails on its own."""

from __future__ import annotations

import ast

import pytest

from .sources import Source, sources

PACKAGE = sources("lambda_src/regionproof")
THE_ONE_PLACE = "aws/calls.py"
OF_PARSED_ANSWERS = "aws/pacing.py"
"""It counts throttled answers by botocore's events, which hand over the parsed answer, and no error."""


def _reads_an_error(node: ast.AST) -> bool:
    """Return whether a node reads the answer of an error, or a member of it."""
    if isinstance(node, ast.Attribute):
        return node.attr == "response"
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value in {"Error", "ResponseMetadata"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return isinstance(node.args[0], ast.Constant) and node.args[0].value in {"Error", "ResponseMetadata"}
    return False


@pytest.mark.parametrize("source", PACKAGE, ids=lambda source: source.in_package)
def test_no_other_module_reads_the_fields_of_an_error(source: Source) -> None:
    """They may be missing, null or of any type; ``failure_of`` knows that."""
    if source.in_package not in {THE_ONE_PLACE, OF_PARSED_ANSWERS}:
        assert [ast.unparse(node) for node in ast.walk(source.tree) if _reads_an_error(node)] == []


def test_the_one_place_reads_them() -> None:
    """Else this test would hold nothing."""
    (place,) = [source for source in PACKAGE if source.in_package == THE_ONE_PLACE]
    assert any(_reads_an_error(node) for node in ast.walk(place.tree))


@pytest.mark.parametrize("source", PACKAGE, ids=lambda source: source.in_package)
def test_no_listing_goes_by_botocores_paginators(source: Source) -> None:
    """They stop at a token that comes twice in a row, and at nothing else."""
    names = {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    assert "get_paginator" not in names
