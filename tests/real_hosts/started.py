"""The child process of these tests: the handler of an asset, or the command line, with no way out but the proxy.

``python started.py PROXY_PORT handler ASSET`` reads events from stdin and writes what they came to, as JSON, into
its last line. ``python started.py PROXY_PORT regionproof ARGUMENTS`` is the command line.
"""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace
from typing import Any


def _only_through(port: int) -> None:
    """Refuse every look-up of a name and every connection but those to the proxy."""

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and arguments[1] != ("127.0.0.1", port):
            raise OSError(f"a connection past the proxy: {arguments[1]}")
        if event == "socket.getaddrinfo" and arguments[0] != "127.0.0.1":
            raise OSError(f"a name looked up past the proxy: {arguments[0]}")

    sys.addaudithook(check)


def _handle(folder: str) -> None:
    sys.path.insert(0, folder)
    from regionproof.handler import lambda_handler  # noqa: PLC0415  # from the asset, which is on the path just now

    found = []
    for number, event in enumerate(json.load(sys.stdin), start=1):
        context: Any = SimpleNamespace(
            aws_request_id=f"request-{number}",
            function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            memory_limit_in_mb="512",
            get_remaining_time_in_millis=lambda: 60_000,
        )
        found.append(lambda_handler(event, context))
    sys.stdout.write("\n" + json.dumps(found))


def _main() -> None:
    port, what, *rest = sys.argv[1:]
    _only_through(int(port))
    if what == "handler":
        _handle(rest[0])
        return
    from regionproof.cli import main  # noqa: PLC0415  # what is installed; the handler comes from its asset

    sys.argv = ["regionproof", *rest]
    sys.exit(main())


if __name__ == "__main__":
    _main()
