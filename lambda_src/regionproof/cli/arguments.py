"""The command line: its grammar, and the checks of single arguments."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING

from regionproof import __version__
from regionproof.settings.checks import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .command import Command

PROGRAM = "regionproof"
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


def command_line(commands: Iterable[Command]) -> ArgumentParser:
    """Return the parser of the whole command line. It puts the chosen command into ``command``."""
    parser = ArgumentParser(
        prog=PROGRAM,
        description="Find the accounts of an AWS Organization whose session tokens fail in opt-in Regions.",
        epilog=f"`{PROGRAM} COMMAND --help` tells the options, examples and exit codes of a command.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    chosen = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        options = chosen.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            epilog=command.epilog,
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_options(options)
        options.set_defaults(command=command)
    return parser


def account_id(text: str) -> str:
    """Return an account id as given. Raises ``ArgumentTypeError`` with what was expected."""
    if not _ACCOUNT_ID.fullmatch(text):
        raise ArgumentTypeError(f"expected an account id: 12 digits, such as 123456789012 (got {text!r})")
    return text


def region(text: str) -> str:
    """Return the name of a Region as given. Raises ``ArgumentTypeError`` with what was expected."""
    return _checked("Region", text)


def role_name(text: str) -> str:
    """Return the name of an IAM role as given. Raises ``ArgumentTypeError`` with what was expected."""
    return _checked("role name", text)


def _checked(text_format: str, text: str) -> str:
    try:
        return FORMATS[text_format].check(text)
    except ValueError as cause:
        raise ArgumentTypeError(f"{cause} (got {text!r})") from cause
