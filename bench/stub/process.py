"""Start the stub as its own process, ask what it counted, and stop it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.organization import REGION
from tests.support.certificates import certificates

from .service import COUNTS_PATH
from .sessions import CALLERS_KEY, CALLERS_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .storms import Storm

REPOSITORY = Path(__file__).parents[2]
REALISTIC = {"AssumeRole": 0.08, "AssumeRoot": 0.08, "GetAccountSummary": 0.1, "ListRegions": 2.0, "others": 0.1}
"""Seconds. ListRegions was seen to take 2 to 2.8 seconds, the others about a tenth."""

AT_ONCE = {"others": 0.0}


@dataclass(frozen=True, slots=True)
class World:
    """What the stub plays: the number of accounts, seconds and quotas by operation, and the core it runs on.

    It speaks TLS as AWS does, unless ``tls`` is false, and gives accounts with their ``Paths``, unless ``paths`` is
    false. With the same ``seed`` the storms hit the same calls, if these
    come in the same order.
    """

    accounts: int
    latency: Mapping[str, float] = field(default_factory=lambda: REALISTIC)
    quotas: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    core: int | None = None
    storms: tuple[Storm, ...] = ()
    seed: int = 0
    tls: bool = True
    paths: bool = True

    def options(self) -> str:
        """Return the stub's argument."""
        spelled = {"latency": {**self.latency}, "quotas": {**self.quotas}}
        storms = [asdict(storm) for storm in self.storms]
        plain = {"accounts": self.accounts, "core": self.core, "storms": storms, "seed": self.seed}
        tls = {"chain": str(certificates().chain), "key": str(certificates().key)} if self.tls else None
        return json.dumps({**plain, **spelled, "tls": tls, "paths": self.paths})


@dataclass(frozen=True, slots=True)
class RunningStub:
    """A stub that answers at ``url``. ``ca_bundle`` is the file of the authorities to trust; None without TLS."""

    url: str
    ca_bundle: str | None = None

    def counts(self) -> dict[str, Any]:
        """Return what it was asked so far, as ``Tally`` and ``Connections`` say."""
        return self._asked("GET")

    def counts_to_now(self) -> dict[str, Any]:
        """Return what it was asked so far, and let it count again."""
        return self._asked("DELETE")

    def _asked(self, method: str) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}{COUNTS_PATH}", method=method)  # noqa: S310  # 127.0.0.1
        context = ssl.create_default_context(cafile=str(certificates().authority)) if self.ca_bundle else None
        with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310  # the same
            return dict(json.load(answer))

    def environment(self) -> dict[str, str]:
        """Return an environment in which AWS is this stub, and the caller its management account."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POWERTOOLS_"))}
        return {
            **plain,
            "AWS_ACCESS_KEY_ID": CALLERS_KEY,
            "AWS_SECRET_ACCESS_KEY": CALLERS_SECRET,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            **({"AWS_CA_BUNDLE": self.ca_bundle} if self.ca_bundle else {}),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }


@contextmanager
def running(world: World) -> Iterator[RunningStub]:
    """Serve the world until the block ends. Raises ``RuntimeError`` if the stub does not start."""
    command = [sys.executable, "-m", "bench.stub", world.options()]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # this Python
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise RuntimeError("the stub did not start")
            yield RunningStub(url, str(certificates().bundle) if world.tls else None)
        finally:
            process.terminate()
