"""A bordered pane whose title is a row of tabs: `orders.sql ● ┊ scratch @app_ro ◐ running ┊ +`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from dsql_tui.console.widgets.links import Linked, link

SEPARATOR = " ┊ "
CUT = "…"
EDGES = 4
"""Cells of the title's line that the frame itself uses."""


@dataclass(frozen=True, slots=True)
class TabTitle:
    """One tab of a frame.

    Attributes:
        key: Its child's id.
        label: Shown in the title; data, never markup.
        mark: A glyph after the label, `●` for unsaved text, or empty.
        tag: Its cluster and role, if they differ from those of the first tab; omitted if the row
            is too long for the frame.
        sign: A glyph for its activity while another tab is active, or empty.
        word: The activity as a word, omitted first.
    """

    key: str
    label: str
    mark: str = ""
    tag: str = ""
    sign: str = ""
    word: str = ""


class TabbedFrame(Linked, Vertical):
    """A container that shows one of its children; the title names all and marks the shown one."""

    @dataclass
    class TabShown(Message):
        """Posted when another tab was activated."""

        frame: TabbedFrame
        key: str

        @property
        def control(self) -> TabbedFrame:
            """The frame that posted it."""
            return self.frame

    def __init__(self, *children: Widget, id: str | None = None, shown: str = "") -> None:  # noqa: A002
        self.switcher = ContentSwitcher(*children)
        super().__init__(self.switcher, id=id)
        self._shown = shown
        self.tabs: list[TabTitle] = []
        self.offers_new = False

    @property
    def shown(self) -> str:
        """Key of the active tab, or empty."""
        return self._shown

    @on(events.Mount)
    def _show_first(self) -> None:
        """Show the tab that was activated before the frame was mounted."""
        self.switcher.current = self._shown or None

    def show_tab(self, key: str) -> None:
        """Activate a tab."""
        if key != self.shown:
            self._shown = key
            if self.is_mounted:
                self.switcher.current = key
            self.post_message(self.TabShown(self, key))
        self.draw_title()

    def step_tab(self, step: int) -> None:
        """Activate the next or previous tab, wrapping around."""
        keys = [tab.key for tab in self.tabs]
        if self.shown in keys:
            self.show_tab(keys[(keys.index(self.shown) + step) % len(keys)])

    def draw_title(self) -> None:
        """Write the tabs that fit into the border's title."""
        room = self.size.width + 2 - EDGES
        title = Content("")
        for title in self._titles():
            if title.cell_length <= room:
                break
        self.border_title = title

    def on_resize(self) -> None:
        """Fit the tabs to the new width."""
        self.draw_title()

    def _titles(self) -> Iterator[Content]:
        """Yield the row of tabs in full, then ever shorter; the active tab is always included."""
        yield self._row(self.tabs)
        yield self._row(self.tabs, words=False)
        tabs = list(self.tabs)
        yield self._row(tabs, words=False, tags=False)
        while len(tabs) > 1:
            position = next((n for n, tab in enumerate(tabs) if tab.key == self.shown), 0)
            del tabs[0 if position > len(tabs) // 2 else -1]
            yield self._row(tabs, words=False, tags=False)

    def _row(self, tabs: list[TabTitle], *, words: bool = True, tags: bool = True) -> Content:
        parts = [self._label(tab, words=words, tags=tags) for tab in tabs]
        if tabs and tabs[0] != self.tabs[0]:
            parts.insert(0, Content(CUT))
        if tabs and tabs[-1] != self.tabs[-1]:
            parts.append(Content(CUT))
        if self.offers_new:
            parts.append(Content.styled("+", link("screen.new_tab")))
        return Content(SEPARATOR).join(parts)

    def _label(self, tab: TabTitle, *, words: bool, tags: bool) -> Content:
        in_front = tab.key == self.shown
        parts = [tab.label, tab.mark]
        if tags:
            parts.append(tab.tag)
        if not in_front:
            parts += [tab.sign, tab.word if words else ""]
        label = Content.styled(" ".join(filter(None, parts)), link(f"show_tab({tab.key!r})"))
        return label.stylize("bold $text" if in_front else "$muted")

    def action_show_tab(self, key: str) -> None:
        """Activate the tab that was clicked."""
        self.show_tab(key)
