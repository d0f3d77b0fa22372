"""Clickable text without Textual's link colours, which would paint over ours."""

from __future__ import annotations

from textual import events
from textual.style import Style
from textual.widget import Widget

_META = "dsql_action"


def link(action: str) -> Style:
    """Return a style that makes text start an action when it is clicked in a `Linked` widget."""
    return Style.from_meta({_META: action})


class Linked(Widget):
    """A widget whose `link`s work."""

    async def on_click(self, event: events.Click) -> None:
        """Start the action under the mouse."""
        action = event.style.meta.get(_META)
        if action is not None:
            event.stop()
            await self.run_action(action)
