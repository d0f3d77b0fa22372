"""The first frame: the workspace's outline, painted before the workspace is imported.

The panes, the SQL lexer and their style sheets cost about as much to load as Textual itself. So the
outline is drawn by one widget first; what is typed meanwhile is handed on.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

SIDEBAR_WIDTH = 30
NARROW_BELOW = 100
KEYS = " F5 Run  F2 Clusters  F7 Roles"
ALWAYS = "^p Palette  ? Help "


class Outline(Widget):
    """Frames and titles where the panes will be."""

    def render(self) -> Content:
        """Draw the outline for the terminal's size."""
        width, height = self.size
        if width < NARROW_BELOW:
            body = _box("Clusters", width, max(height - 3, 2))
        else:
            sidebar = _column(SIDEBAR_WIDTH, height - 2, ("Clusters", "Schema"))
            work = _column(width - SIDEBAR_WIDTH, height - 2, ("query 1 ┊ +", "Results ┊ Messages"))
            body = [left + right for left, right in zip(sidebar, work, strict=True)]
        top = [" ◌ starting…".ljust(width)] + ([" "] if width < NARROW_BELOW else [])
        footer = KEYS + ALWAYS.rjust(max(width - len(KEYS), 0))
        return Content("\n".join([*top, *body, footer[:width]]))


class FirstFrame(Screen[None]):
    """Shows the outline and keeps what is typed."""

    DEFAULT_CSS: ClassVar[str] = "Outline { width: 1fr; height: 1fr; color: $frame; }"

    def __init__(self) -> None:
        super().__init__(id="first-frame")
        self.typed: list[events.Key] = []

    def compose(self) -> list[Widget]:
        """One widget is quickest."""
        return [Outline()]

    def on_key(self, event: events.Key) -> None:
        """Keep a key for the workspace."""
        self.typed.append(event)


def _column(width: int, height: int, titles: tuple[str, str]) -> list[str]:
    """Return two boxes above each other, sharing the height 2 to 3 as the workspace does."""
    upper = height * 2 // 5
    return _box(titles[0], width, upper) + _box(titles[1], width, height - upper)


def _box(title: str, width: int, height: int) -> list[str]:
    inner = width - 2
    top = f"─ {title} ".ljust(inner, "─")[:inner]
    rows = [f"│{'':{inner}}│"] * max(height - 2, 0)
    return [f"╭{top}╮", *rows, f"╰{'─' * inner}╯"]
