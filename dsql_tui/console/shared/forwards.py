"""Actions of a widget that another object performs: one line each."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

from dsql_tui.console.shared.ui import Flow, Ui


class HasUi(Protocol):
    """A widget, or the object that performs its actions."""

    @property
    def ui(self) -> Ui:
        """Runs asynchronous flows."""
        ...


Holder = TypeVar("Holder", bound=HasUi)


class Forwards(Generic[Holder]):
    """Makes actions that receive a `Holder`."""

    def at_once(self, act: Callable[[Holder], object]) -> Callable[[Holder], None]:
        """Return an action that runs at once."""

        def action(holder: Holder) -> None:
            act(holder)

        return action

    def awaited(
        self, act: Callable[[Holder], Coroutine[Any, Any, None]]
    ) -> Callable[[Holder], Coroutine[Any, Any, None]]:
        """Return an action that delays the next key, which may be for the dialog it opens."""

        async def action(holder: Holder) -> None:
            await act(holder)

        return action

    def flow(self, act: Callable[[Holder], Flow]) -> Callable[[Holder], None]:
        """Return an action that runs as a flow while keys and messages are handled."""

        def action(holder: Holder) -> None:
            holder.ui.start(act(holder))

        return action
