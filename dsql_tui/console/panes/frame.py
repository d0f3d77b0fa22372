"""A bordered pane whose title is a row of tabs: `orders.sql ● ┊ scratch ┊ +`."""

from __future__ import annotations

from dataclasses import dataclass

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from dsql_tui.console.panes.links import Linked, link

SEPARATOR = " ┊ "


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a frame.

    Attributes:
        key: Its child's id.
        label: Shown in the title; data, never markup.
        mark: A glyph behind the label, `●` for unsaved text, or empty.
    """

    key: str
    label: str
    mark: str = ""


class TabbedFrame(Linked, Vertical):
    """Children of which one is shown; the title names them all and marks the shown one."""

    @dataclass
    class TabShown(Message):
        """Another tab is in front."""

        frame: TabbedFrame
        key: str

        @property
        def control(self) -> TabbedFrame:
            """The frame."""
            return self.frame

    def __init__(self, *children: Widget, id: str | None = None) -> None:  # noqa: A002
        self.switcher = ContentSwitcher(*children)
        super().__init__(self.switcher, id=id)
        self.tabs: list[Tab] = []
        self.offers_new = False

    @property
    def shown(self) -> str:
        """Key of the tab in front, empty when there is none."""
        return self.switcher.current or ""

    def show_tab(self, key: str) -> None:
        """Bring a tab to the front."""
        if key != self.shown:
            self.switcher.current = key
            self.post_message(self.TabShown(self, key))
        self.draw_title()

    def step_tab(self, step: int) -> None:
        """Bring the next or previous tab to the front, around the end."""
        keys = [tab.key for tab in self.tabs]
        if self.shown in keys:
            self.show_tab(keys[(keys.index(self.shown) + step) % len(keys)])

    def draw_title(self) -> None:
        """Write the tabs into the border's title."""
        parts = [self._label(tab) for tab in self.tabs]
        if self.offers_new:
            parts.append(Content.styled("+", link("screen.new_tab")))
        self.border_title = Content(SEPARATOR).join(parts)

    def _label(self, tab: Tab) -> Content:
        text = f"{tab.label} {tab.mark}".rstrip()
        label = Content.styled(text, link(f"show_tab({tab.key!r})"))
        return label.stylize("bold $text" if tab.key == self.shown else "$muted")

    def action_show_tab(self, key: str) -> None:
        """A click on a tab."""
        self.show_tab(key)
