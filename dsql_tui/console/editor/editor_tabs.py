"""Editor tabs: open, close, rename, bind to files, restore at the next start."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.messages.files import BuffersChanged, FileRestored
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.tab_contents import Buffer, TabTarget, digest
from dsql_tui.console.shared.words import short_region
from dsql_tui.console.widgets.frame import TabbedFrame, TabTitle

EXAMPLE = "select 1;"
"""The statement that an empty tab shows, and runs."""
PLACEHOLDER = EXAMPLE + "   press {run.statement} to run the statement at the cursor"
UNSAVED = "●"
CLOSED_KEPT = 20
"""Closed tabs that can be opened again, so that one key does not lose typed text."""
TAG_MAX = 24
"""Width in cells of the text that names a tab's cluster and role."""


class BufferTabs(TabbedFrame):
    """One `SqlEditor` for each tab; there is always one.

    Args:
        kept: The buffers that were open when the program ended.

    Attributes:
        soft_wrap: Whether new tabs wrap long lines.
        first: Key of the tab that is opened first.
        is_restored: Whether all saved buffers are open again.
    """

    def __init__(self, kept: Sequence[Buffer] = (), *, soft_wrap: bool = False) -> None:
        super().__init__(id="editor")
        self.soft_wrap = soft_wrap
        self.offers_new = True
        self.first = "buffer-1"
        self.is_restored = False
        self._kept = kept
        self._numbers = count(1)
        self._targets: dict[str, TabTarget] = {}
        self._changes: dict[str, Callable[[], str]] = {}
        self._closed_tabs: deque[Buffer] = deque(maxlen=CLOSED_KEPT)

    async def restore(self) -> None:
        """Open the saved tabs, or one empty buffer."""
        for buffer in self._kept or (Buffer("", ""),):
            editor = await self.open_buffer(buffer)
            if editor.path is not None:
                self.post_message(FileRestored(str(editor.id), editor.path))
        self.show_tab(self.tabs[0].key)
        self.is_restored = True

    @property
    def current(self) -> SqlEditor:
        """The active buffer."""
        return self.switcher.query_one(f"#{self.shown}", SqlEditor)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the tabs in order."""
        return tuple(tab.key for tab in self.tabs)

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """The contents of the open tabs in order."""
        return tuple(self._buffer(tab) for tab in self.tabs)

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of the tabs with text that is not saved in a file."""
        return tuple(
            tab.label
            for tab in self.tabs
            if (editor := self._editor(tab)).text and editor.text != editor.saved_text
        )

    def _buffer(self, tab: TabTitle) -> Buffer:
        editor = self._editor(tab)
        path = str(editor.path or "")
        target = self._targets.get(tab.key)
        changes = self.changes_of(tab.key)
        return Buffer(tab.label, editor.text, path, editor.saved_digest, target, changes)

    def target_of(self, key: str) -> TabTarget | None:
        """Return the cluster and role of a tab."""
        return self._targets.get(key)

    def changes_of(self, key: str) -> str:
        """Return the staged changes that are saved with a tab, as JSON."""
        return self._changes[key]() if key in self._changes else ""

    def keep_changes(self, key: str, changes: Callable[[], str]) -> None:
        """Save with a tab the staged changes that a function returns."""
        self._changes[key] = changes

    def aim(self, key: str, target: TabTarget | None) -> None:
        """Set the cluster and role of a tab."""
        if target is None:
            self._targets.pop(key, None)
        else:
            self._targets[key] = target
        self.draw_marks()
        self.post_message(BuffersChanged())

    def name_of(self, key: str) -> str:
        """Return the name of a tab."""
        return next((tab.label for tab in self.tabs if tab.key == key), "")

    def sign(self, key: str, glyph: str, word: str) -> None:
        """Show the state of a tab in its title."""
        tabs = [replace(tab, sign=glyph, word=word) if tab.key == key else tab for tab in self.tabs]
        if tabs != self.tabs:
            self.tabs = tabs
            self.draw_title()

    def prepare(self, editor: SqlEditor) -> None:
        """Prepare a new editor; subclasses add what it needs."""
        editor.placeholder = with_keys(PLACEHOLDER)

    async def open_buffer(
        self, buffer: Buffer, *, saved: str | None = None, beside: bool = False
    ) -> SqlEditor:
        """Open and activate a tab.

        Args:
            buffer: Its contents.
            saved: The contents of its file; `None` without a file, or if they are unknown.
            beside: Open it next to the active tab; otherwise after all others.
        """
        number = next(self._numbers)
        key = self.first if number == 1 else f"buffer-{number}"
        editor = SqlEditor(buffer.text, id=key, soft_wrap=self.soft_wrap)
        editor.path = Path(buffer.path) if buffer.path else None
        editor.saved_digest = buffer.saved
        if saved is not None:
            editor.keep_saved(saved)
        editor.display = False
        self.prepare(editor)
        await self.switcher.mount(editor)
        if buffer.target is not None:
            self._targets[key] = buffer.target
        if buffer.changes:
            self._changes[key] = lambda: buffer.changes
        tab = TabTitle(key, buffer.name or self._free_name(number))
        self.tabs.insert(self._position() + 1 if beside else len(self.tabs), tab)
        self.show_tab(key)
        self.draw_marks()
        return editor

    async def new_tab(self, target: TabTarget | None = None, *, beside: bool = False) -> None:
        """Open and focus an empty buffer for a target."""
        (await self.open_buffer(Buffer("", "", target=target), beside=beside)).focus()

    async def open_file(self, path: Path, text: str) -> None:
        """Show a file in its tab if it is open, otherwise in a new one."""
        for tab in self.tabs:
            if self._editor(tab).path == path:
                self.show_tab(tab.key)
                self.current.focus()
                return
        editor = await self.open_buffer(Buffer(path.name, text, str(path)), saved=text)
        editor.focus()

    def saved_as(self, key: str, path: Path, text: str) -> None:
        """Bind a buffer to a file, or rebind it."""
        for editor in self.switcher.query(f"#{key}").results(SqlEditor):
            if editor.path != path:
                self._rename(key, path.name)
            editor.path = path
            editor.keep_saved(text)
            self.draw_marks()

    def looked_at(self, key: str, text: str | None) -> str:
        """Compare a restored buffer with its file; return the file's name if it has changed."""
        for editor in self.switcher.query(f"#{key}").results(SqlEditor):
            if text is None or digest(text) != editor.saved_digest:
                return str(editor.path)
            editor.keep_saved(text)
            self.draw_marks()
        return ""

    def rename(self, name: str) -> None:
        """Rename the active tab."""
        self._rename(self.shown, name)
        self.post_message(BuffersChanged())

    def _rename(self, key: str, name: str) -> None:
        self.tabs = [replace(tab, label=name) if tab.key == key else tab for tab in self.tabs]
        self.draw_title()

    def move_tab(self, step: int) -> None:
        """Move the active tab to the left or right."""
        old = self._position()
        new = min(max(old + step, 0), len(self.tabs) - 1)
        self.tabs.insert(new, self.tabs.pop(old))
        self.draw_marks()
        self.post_message(BuffersChanged())

    async def close_tab(self, key: str) -> None:
        """Close a buffer; after the last one, open an empty one for the same target."""
        position = [tab.key for tab in self.tabs].index(key)
        tab = self.tabs[position]
        buffer, closed = self._buffer(tab), self._editor(tab)
        self._closed_tabs.append(replace(buffer, changes=""))
        del self.tabs[position]
        self._targets.pop(key, None)
        self._changes.pop(key, None)
        if not self.tabs:
            await self.new_tab(buffer.target)
        elif key == self.shown:
            self.show_tab(self.tabs[max(position - 1, 0)].key)
            self.current.focus()
        await closed.remove()
        self.draw_marks()
        self.post_message(BuffersChanged())

    async def reopen_tab(self) -> bool:
        """Reopen the most recently closed tab; return whether there was one."""
        if not self._closed_tabs:
            return False
        buffer = self._closed_tabs.pop()
        (await self.open_buffer(buffer)).focus()
        return True

    def draw_marks(self) -> None:
        """Mark the tabs with unsaved text, and those on another cluster or role."""
        first = self._targets.get(self.tabs[0].key) if self.tabs else None
        self.tabs = [
            replace(tab, mark=self._mark(tab), tag=tag_of(self._targets.get(tab.key), first))
            for tab in self.tabs
        ]
        self.draw_title()

    def _free_name(self, number: int) -> str:
        """Return an unused tab name; restored tabs may already use a new number."""
        taken = {tab.label for tab in self.tabs}
        while f"query {number}" in taken:
            number += 1
        return f"query {number}"

    def _position(self) -> int:
        """Return the position of the active tab; -1 before there is one."""
        keys = [tab.key for tab in self.tabs]
        return keys.index(self.shown) if self.shown else -1

    def _mark(self, tab: TabTitle) -> str:
        editor = self._editor(tab)
        return UNSAVED if editor.path is not None and editor.text != editor.saved_text else ""

    def _editor(self, tab: TabTitle) -> SqlEditor:
        return self.switcher.query_one(f"#{tab.key}", SqlEditor)


def tag_of(target: TabTarget | None, first: TabTarget | None) -> str:
    """Return how a tab's target differs from the first tab's: `@app_ro`, `todos-dev`, `shop use2`.

    Empty where both lead to the same.
    """
    if target == first or target is None:
        return "" if target == first else "no cluster"
    if first is None:
        tag = f"{target.name}@{target.role}"
    else:
        name = target.name if target.name != first.name else ""
        if not name and target.arn != first.arn:
            name = f"{target.name} {short_region(target.region)}"
        tag = name + (f"@{target.role}" if target.role != first.role else "")
    return tag if len(tag) <= TAG_MAX else tag[: TAG_MAX - 1] + "…"
