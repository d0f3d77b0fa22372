"""Clickable text that keeps its colours."""

from __future__ import annotations

from textual import events
from textual.style import Style
from textual.widget import Widget

_META = "dsql_action"


def link(action: str) -> Style:
    """Return a style that runs an action when the text is clicked in a `Linked` widget."""
    return Style.from_meta({_META: action})


class Linked(Widget):
    """A widget that runs the actions of `link`s."""

    async def on_click(self, event: events.Click) -> None:
        """Run the action under the mouse."""
        action = event.style.meta.get(_META)
        if action is not None:
            event.stop()
            await self.run_action(action)
