"""What a kind of broken answer is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.stub.exchange import Answer
    from tests.broken_answers.calls import Call
    from tests.broken_answers.wire import Wire
    from tests.broken_answers.world import World

    Break = Callable[["Hit"], bool]
    """Answers a call that is hit, and returns whether the connection stays open."""

JSON_PROTOCOLS = frozenset({"json", "rest-json"})
XML_PROTOCOLS = frozenset({"query", "s3"})
ALL_PROTOCOLS = JSON_PROTOCOLS | XML_PROTOCOLS


@dataclass(frozen=True)
class Hit:
    """A call whose answer is to be broken. ``number`` counts the hits of a run, from 0."""

    wire: Wire
    call: Call
    world: World
    protocol: str
    number: int

    def right(self) -> Answer:
        """Carry out the call and return the right answer."""
        return self.world.answer(self.call)

    def as_if(self) -> Answer:
        """Return the right answer without having carried out the call."""
        return self.world.without_traces().answer(self.call)

    def send(self, answer: Answer) -> bool:
        """Send an answer whole and keep the connection open."""
        self.wire.send(answer.encoded())
        return True


@dataclass(frozen=True)
class Kind:
    """A kind of broken answer.

    Attributes:
        family: the group that it belongs to
        protocols: the protocols that it fits
        operations: the operations that it fits; empty for all of its protocols
        may_be_read: whether a careful client may find the right value in it
        endless: whether it goes on until the client stops asking
    """

    name: str
    family: str
    answer: Break
    protocols: frozenset[str] = ALL_PROTOCOLS
    operations: frozenset[str] = frozenset()
    may_be_read: bool = False
    endless: bool = False


def replaced(build: Callable[[Hit], Answer]) -> Break:
    """Answer something else in place of the right answer; nothing is carried out."""
    return lambda hit: hit.send(build(hit))


def respelled(change: Callable[[bytes], bytes]) -> Break:
    """Carry out the call, and change the bytes of the right body."""

    def answer(hit: Hit) -> bool:
        right = hit.right()
        return hit.send(replace(right, body=change(right.body)))

    return answer


def raw(write: Callable[[Wire, bytes, bytes], None]) -> Break:
    """Carry out the call, and write its head and body by hand; then close the connection."""

    def answer(hit: Hit) -> bool:
        head, _, body = hit.right().encoded().partition(b"\r\n\r\n")
        write(hit.wire, head, body)
        return False

    return answer


def head_with(head: bytes, name: bytes, value: bytes | None) -> bytes:
    """Return the head with another value of a header; None leaves the header out."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(name.lower() + b":")]
    return b"\r\n".join(lines + ([name + b": " + value] if value is not None else [])) + b"\r\n\r\n"
