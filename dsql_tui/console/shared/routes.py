"""Routes each kind of message to one owner, so that the order of handlers does not matter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeVar

from textual.message import Message

Kind = TypeVar("Kind", bound=Message)


class Routes:
    """Passes each message to its owner."""

    def __init__(self) -> None:
        self._owners: dict[type[Message], Callable[[Any], Awaitable[None] | None]] = {}

    @property
    def kinds(self) -> frozenset[type[Message]]:
        """The messages that have an owner."""
        return frozenset(self._owners)

    def add(self, kind: type[Kind], owner: Callable[[Kind], Awaitable[None] | None]) -> None:
        """Route messages of exactly this kind to `owner`.

        Raises:
            ValueError: They have an owner already.
        """
        if kind in self._owners:
            raise ValueError(f"{kind.__name__} has an owner already.")
        self._owners[kind] = owner

    async def deliver(self, message: Message) -> None:
        """Pass a message to its owner; a message without an owner is an error.

        Raises:
            KeyError: It has no owner.
        """
        handled = self._owners[type(message)](message)
        if isawaitable(handled):
            await handled
