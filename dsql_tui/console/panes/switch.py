"""One column of a narrow terminal: which pane is shown, and the digits that switch."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

_PANES = {"clusters": "1 Clusters", "schema": "2 Schema", "editor": "3 SQL", "results": "4 Results"}


class PaneSwitch(Widget):
    """A line of tabs, shown only where the panes do not fit beside each other."""

    only: reactive[str] = reactive("")

    def render(self) -> Content:
        """The panes, those shown in bold."""
        shown = {self.only} if self.only else {"editor", "results"}
        return Content(" ") + Content(" ┊ ").join(
            Content.styled(
                label, Style.from_meta({"@click": f"screen.focus_pane({pane!r})"})
            ).stylize("bold $text" if pane in shown else "$text-muted")
            for pane, label in _PANES.items()
        )
