"""Start the local AWS from the command line: `.venv-emulator/bin/python -m emulator --port N`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import socket
import sys
from pathlib import Path

from emulator.patching import MinistackChanged, require_private_names
from emulator.sample import InvalidSample, read_sample

_WRONG_USAGE = 2


class PortUnavailable(Exception):
    """The emulator cannot listen on the requested port."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM. Return 2 with one sentence on stderr if the sample, ministack or the port cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        sample = read_sample(options.organization)
        _prepare_environment(options, sample.management_account_id)
        logging.disable(logging.WARNING)  # on import, ministack warns about missing optional packages
        require_private_names()
        logging.disable(logging.NOTSET)
        listener = _listener(options)
    except (InvalidSample, MinistackChanged, PortUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_USAGE
    # ministack reads the environment on import
    from emulator.emulated_aws import EmulatedAws, Options  # noqa: PLC0415
    from emulator.http.server import serve  # noqa: PLC0415

    emulated = EmulatedAws(
        sample,
        Options(
            region_change_seconds=options.region_change_seconds,
            scheduler_minute=options.scheduler_minute,
            blank_pages=not options.no_blank_pages,
            account_lacks=frozenset(options.account_lacks),
            token_version_by_caller=options.token_version_by_caller,
        ),
    )
    emulated.seed()
    asyncio.run(serve(emulated.install(), listener, temporary=options.state if options.temporary else None))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="emulator", description="A local AWS with a sample organization.")
    parser.add_argument(
        "--organization",
        type=Path,
        default=Path("emulator/organization.yaml"),
        metavar="FILE",
        help="the organization to emulate",
    )
    parser.add_argument("--port", type=int, default=4566, help="the port on 127.0.0.1")
    parser.add_argument("--listener", type=int, metavar="FD", help="serve on this listening socket instead of --port")
    parser.add_argument(
        "--state", type=Path, default=Path(".emulator"), metavar="FOLDER", help="for S3 objects and temporary files"
    )
    parser.add_argument(
        "--region-change-seconds",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds that a Region stays ENABLING or DISABLING",
    )
    parser.add_argument(
        "--scheduler-minute", type=float, default=60.0, metavar="S", help="seconds in a minute of EventBridge Scheduler"
    )
    parser.add_argument("--no-blank-pages", action="store_true", help="never send an empty page from ListAccounts")
    parser.add_argument(
        "--account-lacks",
        action="append",
        default=[],
        choices=("Paths", "State", "Status"),
        help="leave this member out of accounts in answers of Organizations; repeatable",
    )
    parser.add_argument(
        "--token-version-by-caller",
        action="store_true",
        help="take the version of a role's token from the caller's account, not the role's account",
    )
    parser.add_argument(
        "--temporary", action="store_true", help="stop when standard input is closed, and delete the --state folder"
    )
    return parser


def _prepare_environment(options: argparse.Namespace, management_account_id: str) -> None:
    state = options.state.resolve()
    for folder in ("tmp", "s3"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(options.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": management_account_id,
            "MINISTACK_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": management_account_id,
            "AWS_SECRET_ACCESS_KEY": "test",
            "S3_DATA_DIR": str(state / "s3"),
            "TMPDIR": str(state / "tmp"),
            # each of these two would open another port
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        },
    )


def _listener(options: argparse.Namespace) -> socket.socket:
    if options.listener is not None:
        return socket.socket(fileno=options.listener)
    try:
        return socket.create_server(("127.0.0.1", options.port))
    except OSError as error:
        message = f"Cannot listen on 127.0.0.1:{options.port} ({error.strerror}). Choose another port with --port."
        raise PortUnavailable(message) from error


if __name__ == "__main__":
    sys.exit(main())
