"""A container of similar panes, one for each tab or endpoint, created when first needed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import count
from typing import Generic, TypeVar

from textual.widget import Widget
from textual.widgets import ContentSwitcher

Pane = TypeVar("Pane", bound=Widget)


class Stack(ContentSwitcher, Generic[Pane]):
    """Shows one of its panes; hidden panes keep their contents.

    Args:
        make: Returns a new pane with the id it is given.
        first: Key of the pane that is there from the start, so that the first frame has it.
    """

    def __init__(self, make: Callable[[str], Pane], first: Hashable, *, id: str) -> None:  # noqa: A002
        self._make, self._prefix, self._numbers = make, id, count(1)
        pane = self._new()
        self._panes: dict[Hashable, Pane] = {first: pane}
        self.front: Pane = pane
        super().__init__(pane, id=id, initial=pane.id)

    def pane(self, key: Hashable) -> Pane:
        """Return the pane of a key, created hidden if it does not exist."""
        if key not in self._panes:
            pane = self._panes[key] = self._new()
            pane.display = False
            self.mount(pane)
        return self._panes[key]

    def show(self, key: Hashable) -> Pane:
        """Show the pane of a key."""
        self.front = self.pane(key)
        self.current = self.front.id
        return self.front

    def keep(self, keys: set[Hashable]) -> None:
        """Remove the panes of all other keys, except the one shown."""
        for key, pane in list(self._panes.items()):
            if key not in keys and pane is not self.front:
                del self._panes[key]
                pane.remove()

    def _new(self) -> Pane:
        return self._make(f"{self._prefix}-{next(self._numbers)}")
