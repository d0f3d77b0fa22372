"""The completion popup below the cursor; it never takes the focus and does no I/O on a key."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Offset
from textual.widget import Widget

from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.widgets.listing import fit
from dsql_tui.sql.completion.complete import Completer, Completion, Completions

ROWS, WIDTH = 8, 46
"""Cells of the popup, without its border."""
DETAIL_WIDTH = 18


class CompletionPopup(Widget):
    """A short list; the editor passes it keys while it is open."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="completion")
        self._editor: SqlEditor | None = None
        self._completions = Completions(0)
        self._start = (0, 0)
        self._chosen = 0
        self._arrowed = False
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether the list is open."""
        return bool(self.display)

    def offer(self, editor: SqlEditor, completer: Completer, *, forced: bool) -> None:
        """Show suggestions for the cursor; without a request only after a character of a name.

        Args:
            editor: The editor with the cursor.
            completer: Suggests the names.
            forced: Whether the person requested the completion.
        """
        text, offset, first_row = editor.completion_text()
        completions = completer.complete(text, offset)
        begun = text[completions.start : offset]
        if not completions.items or not (forced or begun or text[offset - 1 : offset] == "."):
            self.close()
            return
        before = text[: completions.start]
        row = first_row + before.count("\n")
        self._editor, self._completions = editor, completions
        self._start = (row, completions.start - (before.rfind("\n") + 1))
        self._chosen, self._arrowed = 0, False
        self.display = True
        self._place(len(begun))
        self.refresh()

    def close(self) -> None:
        """Close the list."""
        self.display = False

    def follow(self, location: tuple[int, int]) -> None:
        """Close the list when the cursor has left the name being completed."""
        if self.is_open and (location[0] != self._start[0] or location < self._start):
            self.close()

    def take_key(self, key: str) -> bool:
        """Handle a key if it is bound here; return whether it was.

        `enter` accepts only after an arrow: it is the key of a new line first of all.
        """
        match key:
            case "down" | "up":
                step = 1 if key == "down" else -1
                self._chosen = (self._chosen + step) % len(self._completions.items)
                self._arrowed = True
                self.refresh()
            case "tab":
                self._accept()
            case "enter" if self._arrowed:
                self._accept()
            case "escape":
                self.close()
            case "enter":
                self.close()
                return False
            case _:
                return False
        return True

    def render(self) -> Content:
        """Draw the rows around the selected one."""
        items = self._completions.items
        first = min(max(self._chosen - ROWS + 1, 0), max(len(items) - ROWS, 0))
        shown = items[first : first + ROWS]
        return Content("\n").join(
            _row(item, chosen=number == self._chosen) for number, item in enumerate(shown, first)
        )

    def _accept(self) -> None:
        editor, item = self._editor, self._completions.items[self._chosen]
        self.close()
        if editor is not None:
            editor.replace(item.text, self._start, editor.cursor_location)
            editor.move_cursor((self._start[0], self._start[1] + len(item.text)))

    def _place(self, begun: int) -> None:
        """Place the popup below the name being completed, or above it if there is no room."""
        editor, parent = self._editor, self.parent
        if editor is None or not isinstance(parent, Widget):
            return
        cursor = editor.cursor_screen_offset
        height = min(len(self._completions.items), ROWS) + 2
        below = cursor.y + 1
        top = below if below + height <= self.app.size.height else max(cursor.y - height, 0)
        left = min(cursor.x - begun - 1, self.app.size.width - WIDTH - 2)
        origin = parent.content_region.offset
        self.styles.height = height
        self.styles.offset = Offset(max(left, 0), top) - origin


def _row(item: Completion, *, chosen: bool) -> Content:
    name = fit(item.text, WIDTH - DETAIL_WIDTH - 1)
    detail = fit(item.detail or item.kind, DETAIL_WIDTH, right=True)
    line = Content.assemble((name, "$text"), (" ", ""), (detail, "$muted"))
    return line.stylize("on $block-cursor-background") if chosen else line
