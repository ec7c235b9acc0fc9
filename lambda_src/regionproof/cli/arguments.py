"""The command line: its grammar, and the checks of single arguments."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from regionproof import __version__
from regionproof.aws.redaction import redact
from regionproof.domain.accounts import ACCOUNT_ID
from regionproof.settings.checks import FORMATS
from regionproof.settings.origin import DEFAULT_FILE
from regionproof.settings.reading import read_settings
from regionproof.settings.shape import MemberRole

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from regionproof.settings.origin import Origin
    from regionproof.settings.shape import AuditSettings, Settings

    from .command import Command
    from .terminal import Terminal

PROGRAM = "regionproof"


class _Parser(ArgumentParser):
    """A parser whose errors, which quote the arguments, hold no credential."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the process. Raises ``SystemExit``."""
        super().exit(status, redact(message) if message else message)


def command_line(commands: Iterable[Command]) -> ArgumentParser:
    """Return the parser of the whole command line. It puts the chosen command into ``command``."""
    parser = _Parser(
        prog=PROGRAM,
        description="Find the accounts of an AWS Organization whose session tokens fail in opt-in Regions.",
        epilog=f"`{PROGRAM} COMMAND --help` shows the options, examples and exit codes of a command.",
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


def add_caller_options(parser: ArgumentParser) -> None:
    """Add the options that every command has: the settings file, who to act as, and by which role."""
    parser.add_argument(
        "--settings",
        type=Path,
        default=Path(DEFAULT_FILE),
        metavar="FILE",
        help=f"the settings file (default: {DEFAULT_FILE} in the working directory)",
    )
    parser.add_argument("--profile", metavar="NAME", help="the profile of the AWS configuration to act as")
    parser.add_argument(
        "--region", type=region, metavar="REGION", help="the Region to act in (default: that of the AWS configuration)"
    )
    parser.add_argument(
        "--member-role",
        type=role_name,
        metavar="NAME",
        help="a role in every member account that you may assume (default: the one of the settings file, which "
        "trusts the deployed function only)",
    )


def settings_of(options: Namespace, terminal: Terminal) -> tuple[Settings, Origin]:
    """Return the settings of the file in the options, and their origin in it.

    Warnings go to stderr. Raises ``SettingsError``.
    """
    settings, origin = read_settings(options.settings)
    for warning in origin.warnings:
        terminal.message(f"warning: {origin.file}: {warning}")
    return settings, origin


def with_role(settings: AuditSettings, member_role: str | None) -> AuditSettings:
    """Return the settings with the role that a person named, which is there already; None: as they are."""
    if member_role is None:
        return settings
    return replace(settings, access="role", member_role=MemberRole(name=member_role, existing=True))


def account_id(text: str) -> str:
    """Return an account id as given. Raises ``ArgumentTypeError`` with the expected form."""
    if not ACCOUNT_ID.fullmatch(text):
        raise ArgumentTypeError(f"expected an account id: 12 digits, such as 123456789012 (got {text!r})")
    return text


def region(text: str) -> str:
    """Return the name of a Region as given. Raises ``ArgumentTypeError`` with the expected form."""
    return _checked("Region", text)


def role_name(text: str) -> str:
    """Return the name of an IAM role as given. Raises ``ArgumentTypeError`` with the expected form."""
    return _checked("role name", text)


def _checked(text_format: str, text: str) -> str:
    try:
        return FORMATS[text_format].check(text)
    except ValueError as cause:
        raise ArgumentTypeError(f"{cause} (got {text!r})") from cause
