"""The part of YAML that settings need: one small document of keys, lists and values, without references.

Everything else in YAML is an error with its line: aliases and anchors, merge keys, tags, deep nesting, and numbers
that YAML would change. A file that uses them could fill the memory, or mean something else than it shows.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from regionproof.domain.accounts import ACCOUNT_ID
from regionproof.domain.untrusted_text import sanitize_line, shorten

from .problems import MOST_PROBLEMS, Problem, SettingsError, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_FILE = 1024 * 1024
"""Bytes. Exemptions of 1,000 accounts take a quarter of it."""

DEEPEST = 20
"""Levels of nesting; the settings have five."""

MOST_NODES = 150_000
"""Keys, values and lists. Exemptions of 10,000 accounts are 110,000 of them, and are read in about 15 seconds."""

_QUOTED_LENGTH = 100

_NOT_AS_WRITTEN = re.compile(r"[-+]?(?:0[0-9a-z_]+|[0-9_]{10,})(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?", re.IGNORECASE)
"""A number that YAML changes (leading zeros, other bases) or that is as long as an account id. No setting is one."""


def read_text(file: Path) -> str:
    """Return the text of a settings file. Raises ``SettingsError`` if it is too large or no UTF-8, and ``OSError``."""
    with file.open("rb") as opened:
        content = opened.read(LARGEST_FILE + 1)
    _check_size(content, str(file))
    # As text files are read everywhere: with line ends of any system.
    return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def load_yaml(text: str, source: str) -> Any:
    """Return the content of a YAML text, with all lines. Raises ``SettingsError``, naming ``source``."""
    _check_size(text.encode("utf-8", "surrogatepass"), source)
    yaml = YAML()
    yaml.Composer = _BoundedComposer
    yaml.Constructor = _Constructor
    try:
        return yaml.load(text)
    except _UnsafeYamlError as cause:
        raise SettingsError(source, cause.problems) from cause
    except MarkedYAMLError as cause:
        line = cause.problem_mark.line + 1 if cause.problem_mark else None
        raise SettingsError(source, [Problem("", f"is not YAML: {_quoted(cause.problem)}", line)]) from cause
    except ReaderError as cause:
        line = text.count("\n", 0, cause.position) + 1
        raise SettingsError(source, [Problem("", f"is not YAML: {_quoted(cause.reason)}", line)]) from cause
    except (YAMLError, ValueError, RecursionError) as cause:
        raise SettingsError(source, [Problem("", f"cannot be read as YAML: {_quoted(cause)}")]) from cause


class _UnsafeYamlError(YAMLError):
    """A file uses a part of YAML that settings do not have."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


class _BoundedComposer(Composer):
    """Stops at the first alias, anchor, tag, merge key, or level or node too many, before anything is built of it."""

    nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node and its children."""
        event = self.parser.peek_event()
        self.nodes += 1
        refused = _refusal(event, self.depth)
        if self.nodes > MOST_NODES:
            refused = f"there are more than {MOST_NODES} keys and values up to here"
        if refused:
            raise _UnsafeYamlError(Problem("", refused, event.start_mark.line + 1))
        return super().compose_node(parent, index)


def _refusal(event: Any, depth: int) -> str | None:
    if isinstance(event, AliasEvent):
        return f"aliases are not allowed; write out what *{_quoted(event.anchor)} stands for"
    if event.anchor is not None:
        return f"anchors are not allowed; remove &{_quoted(event.anchor)}"
    if event.tag is not None:
        return f"tags are not allowed; remove {_quoted(event.tag)}, and put a text in quotes"
    if isinstance(event, ScalarEvent) and event.value == "<<" and event.style is None:
        return "merge keys (<<) are not allowed; write the keys out"
    if depth >= DEEPEST:
        return f"it is nested more than {DEEPEST} levels deep"
    return None


class _Constructor(RoundTripConstructor):
    """Leaves dates as texts, so one such as 2027-02-31 is an error with a place, like every other."""

    def construct_document(self, node: Any) -> Any:
        """Check the whole document, then build it."""
        if problems := list(islice(_problems(node, []), MOST_PROBLEMS)):
            raise _UnsafeYamlError(*problems)
        return super().construct_document(node)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _constructor, node: node.value)


def _problems(node: Any, location: list[str | int]) -> Iterator[Problem]:
    """Yield duplicate keys, in any notation, and numbers that YAML would change."""
    if isinstance(node, MappingNode):
        yield from _problems_of_keys(node, location)
        for key, value in node.value:
            yield from _problems(value, [*location, str(key.value)])
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _problems(item, [*location, index])
    elif _is_changed(node):
        yield _problem(node, location, f"expected a text in quotes{_as_written(node)}")


def _problems_of_keys(node: Any, location: list[str | int]) -> Iterator[Problem]:
    """Yield one problem for each key that is none, that an earlier one repeats, or that is a number."""
    times = Counter(key.value for key, _ in node.value if isinstance(key, ScalarNode))
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, ScalarNode):
            yield _problem(key, location, "expected texts as keys, not lists and not keys with values")
        elif key.value in seen:
            yield _problem(key, [], f'is not YAML: found duplicate key "{_quoted(key.value)}"')
        elif _is_changed(key) and times[key.value] == 1:
            yield _problem(
                key, [*location, key.value], f"expected an account id: 12 digits in quotes{_as_written(key)}"
            )
        seen.add(str(key.value))


def _is_changed(node: Any) -> bool:
    return node.style is None and bool(_NOT_AS_WRITTEN.fullmatch(node.value))


def _as_written(node: Any) -> str:
    digits = node.value.replace("_", "")
    cure = f'write "{digits}"' if ACCOUNT_ID.fullmatch(digits) else "put it in quotes if it is a text"
    return f" (got {_quoted(node.value)}); {cure}, because YAML reads a number here and may change it"


def _problem(node: Any, location: list[str | int], expected: str) -> Problem:
    shown = [shorten(step, _QUOTED_LENGTH) if isinstance(step, str) else step for step in location]
    return Problem(dotted(shown), expected, node.start_mark.line + 1)


def _quoted(said: object) -> str:
    return shorten(sanitize_line(str(said)), _QUOTED_LENGTH)


def _check_size(content: bytes, source: str) -> None:
    if len(content) > LARGEST_FILE:
        said = f"is larger than {LARGEST_FILE // 1024} KiB, which is more than settings take; is it the right file?"
        raise SettingsError(source, [Problem("", said)])
