"""The models of AWS's services, read once for all sessions of botocore: tests make new clients hundreds of times."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import JSONFileLoader

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def read_service_models_once() -> Iterator[None]:
    """Let all sessions share what they read from botocore's files, until the block ends."""
    read = cache(JSONFileLoader().load_file)

    def read_once(_loader: JSONFileLoader, path: str) -> Any:
        return read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", read_once)
        yield
