"""Editor tabs: opened, closed, renamed, bound to files, kept between starts."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from dsql_tui.console.buffers import Buffer
from dsql_tui.console.panes.frame import Tab, TabbedFrame
from dsql_tui.console.panes.sql_editor import SqlEditor

PLACEHOLDER = "select 1;   F5 runs the statement at the cursor"
UNSAVED = "●"
CLOSED_KEPT = 20
"""Closed tabs that can be opened again; nothing that was typed is lost by one key."""


class BufferTabs(TabbedFrame):
    """One `SqlEditor` for each tab; there is always one.

    Args:
        kept: What was open when the program ended.
    """

    def __init__(self, kept: Sequence[Buffer] = ()) -> None:
        super().__init__(id="editor")
        self.offers_new = True
        self._kept = kept
        self._numbers = count(1)
        self._closed_tabs: deque[Buffer] = deque(maxlen=CLOSED_KEPT)

    async def restore(self) -> None:
        """Open what was kept, or one empty buffer."""
        for buffer in self._kept or (Buffer("", ""),):
            await self.open_buffer(buffer)
        self.show_tab(self.tabs[0].key)

    @property
    def current(self) -> SqlEditor:
        """The buffer in front."""
        return self.switcher.query_one(f"#{self.shown}", SqlEditor)

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """What is open, in the order of the tabs."""
        return tuple(
            Buffer(tab.label, editor.text, str(editor.path or ""))
            for tab in self.tabs
            for editor in self.switcher.query(f"#{tab.key}").results(SqlEditor)
        )

    def prepare(self, editor: SqlEditor) -> None:
        """Furnish a new editor; subclasses add what it needs."""
        editor.placeholder = PLACEHOLDER

    async def open_buffer(self, buffer: Buffer, *, saved: str | None = None) -> SqlEditor:
        """Open a tab and bring it to the front.

        Args:
            buffer: What it holds.
            saved: What its file holds; `None` where it has no file or that is not known.
        """
        number = next(self._numbers)
        key = f"buffer-{number}"
        editor = SqlEditor(buffer.text, id=key)
        editor.path = Path(buffer.path) if buffer.path else None
        editor.saved_text = saved
        self.prepare(editor)
        await self.switcher.mount(editor)
        self.tabs.append(Tab(key, buffer.name or f"query {number}"))
        self.show_tab(key)
        self.draw_marks()
        return editor

    async def new_tab(self, text: str = "") -> None:
        """Open an empty buffer and put the cursor into it."""
        (await self.open_buffer(Buffer("", text))).focus()

    async def open_file(self, path: Path, text: str) -> None:
        """Show a file: in its tab if it is open, else in a new one."""
        for tab in self.tabs:
            if self._editor(tab).path == path:
                self.show_tab(tab.key)
                self.current.focus()
                return
        editor = await self.open_buffer(Buffer(path.name, text, str(path)), saved=text)
        editor.focus()

    def saved_as(self, path: Path, text: str) -> None:
        """The buffer in front is in this file now."""
        editor = self.current
        editor.path, editor.saved_text = path, text
        self.rename(path.name)
        self.draw_marks()

    def rename(self, name: str) -> None:
        """Call the tab in front something else."""
        self.tabs = [
            Tab(tab.key, name, tab.mark) if tab.key == self.shown else tab for tab in self.tabs
        ]
        self.draw_title()

    def move_tab(self, step: int) -> None:
        """Move the tab in front to the left or right."""
        keys = [tab.key for tab in self.tabs]
        old = keys.index(self.shown)
        new = min(max(old + step, 0), len(keys) - 1)
        self.tabs.insert(new, self.tabs.pop(old))
        self.draw_title()

    async def close_tab(self) -> None:
        """Close the buffer in front; the last one leaves an empty one behind."""
        keys = [tab.key for tab in self.tabs]
        position = keys.index(self.shown)
        closed = self.current
        self._closed_tabs.append(
            Buffer(self.tabs[position].label, closed.text, str(closed.path or ""))
        )
        del self.tabs[position]
        if not self.tabs:
            await self.new_tab()
        else:
            self.show_tab(self.tabs[max(position - 1, 0)].key)
            self.current.focus()
        await closed.remove()

    async def reopen_tab(self) -> bool:
        """Open the tab again that was closed last, and say whether there was one."""
        if not self._closed_tabs:
            return False
        buffer = self._closed_tabs.pop()
        (await self.open_buffer(buffer)).focus()
        return True

    def draw_marks(self) -> None:
        """Mark the tabs whose text is not in their file."""
        self.tabs = [Tab(tab.key, tab.label, self._mark(tab)) for tab in self.tabs]
        self.draw_title()

    def _mark(self, tab: Tab) -> str:
        editor = self._editor(tab)
        return UNSAVED if editor.path is not None and editor.text != editor.saved_text else ""

    def _editor(self, tab: Tab) -> SqlEditor:
        return self.switcher.query_one(f"#{tab.key}", SqlEditor)
