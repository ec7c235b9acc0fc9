"""Read the models of AWS services once for all botocore sessions, because tests create hundreds of clients."""

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
    """Let all sessions share the content of botocore's files until the block ends."""
    read = cache(JSONFileLoader().load_file)

    def read_once(_loader: JSONFileLoader, path: str) -> Any:
        return read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", read_once)
        yield
