"""The pane switcher of a narrow terminal, which shows one pane at a time."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from dsql_tui.console.widgets.links import Linked, link

_PANES = {"clusters": "1 Clusters", "schema": "2 Schema", "editor": "3 SQL", "results": "4 Results"}


class PaneSwitch(Linked):
    """A line of tabs, shown only where the panes do not fit next to each other."""

    only: reactive[str] = reactive("")

    def render(self) -> Content:
        """Return the pane names, those shown in bold."""
        shown = {self.only} if self.only else {"editor", "results"}
        return Content(" ") + Content(" ┊ ").join(
            Content.styled(label, link(f"screen.focus_pane({pane!r})")).stylize(
                "bold $text" if pane in shown else "$muted"
            )
            for pane, label in _PANES.items()
        )
