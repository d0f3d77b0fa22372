"""Every key, the ones that work where the focus is first."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.shared.keys import KEYS, QUIT, Key, Place, display_key
from dsql_tui.console.widgets.dialog import Dialog

KEY_WIDTH = 18


class HelpDialog(Dialog[None]):
    """The key table as text.

    Args:
        first: Places whose keys work right now.
        bound: Keys in force by binding id, where they differ from the table's.
    """

    KEYS = "↑ ↓ scroll · esc closes"
    HEADING = "Keys"

    def __init__(self, first: Sequence[Place], bound: dict[str, str] | None = None) -> None:
        super().__init__()
        self._first = first
        self._bound = bound or {}

    def body(self) -> ComposeResult:
        """One section for each place."""
        others = [place for place in Place if place not in self._first]
        with VerticalScroll(classes="help-keys"):
            for place in (*self._first, *others):
                rows = [key for key in (*KEYS, QUIT) if key.place is place and key.keys]
                if rows:
                    yield Static(self._section(place, rows), classes="help-section")

    def _section(self, place: Place, rows: Sequence[Key]) -> Content:
        lines = [Content.styled(place, "bold $text-accent")]
        for key in rows:
            keys = self._bound.get(key.id, key.keys)
            shown = ", ".join(display_key(each) for each in keys.split(","))
            lines.append(
                Content.assemble((f"  {shown:<{KEY_WIDTH}}", "bold $text"), (key.help, "$muted"))
            )
        return Content("\n").join(lines)
