"""`python -m bench.stub '<JSON>'`: serve until killed. The first line of stdout is the address.

The JSON holds ``accounts``, ``latency`` (seconds by operation, and ``others``), ``quotas`` (rate and burst by
operation), ``core``, the one to run on, ``storms`` (the fields of each), ``seed``, ``tls``: the files ``chain`` and
``key`` of its certificate, or null to speak plain HTTP, and ``paths``, whether accounts come with theirs.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import ssl
import sys
import time
from random import Random
from typing import TYPE_CHECKING, Any

from bench.organization import Organization

from .connection import Connection, Connections
from .listing import Listing
from .quotas import Quota, Quotas
from .service import Latency, Service
from .storms import Disturbed, Storm
from .tally import Tally

if TYPE_CHECKING:
    from .connection import Respond

BACKLOG = 4096


def build(options: dict[str, Any], connections: Connections) -> Respond:
    """Return what answers as the options ask for."""
    latency = dict(options["latency"])
    quotas = {operation: Quota(*limits) for operation, limits in options["quotas"].items()}
    tally = Tally(time.monotonic)
    service = Service(
        Listing(Organization(options["accounts"]), paths=options["paths"]),
        Latency(latency, latency.pop("others")),
        Quotas(quotas, time.monotonic),
        tally,
        connections,
    )
    if not options["storms"]:
        return service.respond
    storms = tuple(map(Storm.from_json, options["storms"]))
    # The same calls are disturbed each time.
    random = Random(options["seed"])  # noqa: S311  # no secret
    return Disturbed(service.respond, storms, tally, time.monotonic, random).respond


async def serve(options: dict[str, Any]) -> None:
    """Serve on a free port of 127.0.0.1, for ever."""
    connections = Connections()
    respond = build(options, connections)
    loop = asyncio.get_running_loop()
    context = _server_context(options["tls"])
    server = await loop.create_server(
        lambda: Connection(respond, connections), "127.0.0.1", 0, ssl=context, backlog=BACKLOG
    )
    host, port = server.sockets[0].getsockname()
    sys.stdout.write(f"{'https' if context else 'http'}://{host}:{port}\n")
    sys.stdout.flush()
    await server.serve_forever()


def _server_context(files: dict[str, str] | None) -> ssl.SSLContext | None:
    if files is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["chain"], files["key"])
    return context


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    if asked["core"] is not None:
        os.sched_setaffinity(0, {asked["core"]})
    gc.freeze()
    asyncio.run(serve(asked))
