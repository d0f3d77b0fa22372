"""One value in full: text, formatted JSON, hex."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.cells import clip, inert, width_of
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.lines import LineView
from dsql_tui.export.values import read_bytea
from dsql_tui.model.result import Column
from dsql_tui.model.span import count
from dsql_tui.results.cellview import HexLines, JsonLine, json_lines, wrapped
from dsql_tui.results.kinds import ValueKind, kind_of, type_name
from dsql_tui.results.progress import size

NAME_WIDTH = 40
MIN_WRAP = 8


class Form(StrEnum):
    """How a value is shown."""

    TEXT = "text"
    JSON = "json"
    HEX = "hex"


class CellDialog(Dialog[str]):
    """Shows a value that can be folded and copied; returns a text to copy, or `None`.

    Args:
        row: The row's number in the result, from 0.
        column: Its column.
        value: As the server sent it; `None` is SQL NULL.
    """

    DEFAULT_CSS = """
    CellDialog .dialog { width: 92%; height: 85%; max-width: 120; padding: 0 1; }
    CellDialog LineView { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.CELL)]
    HINTS: ClassVar[tuple[str, ...]] = (
        "{cell.form} text, JSON, hex",
        "{lines.fold} fold",
        "{cell.copy} copy",
    )

    def __init__(self, row: int, column: Column, value: bytes | None) -> None:
        super().__init__()
        self._row = row
        self._column = column
        self._value = value
        self._text = "" if value is None else value.decode("utf-8", "replace")
        self._json = json_lines(self._text) if value is not None else None
        self._forms = self._offered()
        self._form = self._forms[0]

    def _offered(self) -> list[Form]:
        kind = kind_of(self._column)
        worth_json = self._json is not None and (kind is ValueKind.JSON or self._text[:1] in "{[")
        if worth_json:
            return [Form.JSON, Form.TEXT, Form.HEX]
        if kind is ValueKind.BINARY:
            return [Form.HEX, Form.TEXT]
        return [Form.TEXT, Form.HEX]

    def heading(self) -> str:
        """Return the row, column, type and size."""
        name = inert(self._column.name)
        name = clip(name, NAME_WIDTH) if width_of(name) > NAME_WIDTH else name
        shown = f"row {self._row + 1:,} · {name} · {type_name(self._column)}"
        return f"{shown} · {self._size_words()} · {self._form}"

    def _size_words(self) -> str:
        if self._value is None:
            return "NULL"
        if not self._value:
            return "empty"
        if kind_of(self._column) is ValueKind.BINARY:
            return count(len(self._bytes()), "byte")
        return f"{len(self._text):,} characters, {size(len(self._value))}"

    def body(self) -> ComposeResult:
        """Yield the value."""
        yield LineView()

    def on_mount(self) -> None:
        """Format the value once the width is known."""
        self.query_one(LineView).focus()

    def on_unmount(self) -> None:
        """Release the value, which may have 100 MB; Python may keep the dialog for a while."""
        self._value, self._text, self._json = None, "", None

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap to the new width."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        view = self.query_one(LineView)
        if self._form is Form.JSON and self._json is not None:
            view.show(self._json)
            return
        width = max(MIN_WRAP, view.size.width - 2)
        if self._value is None:
            view.show([JsonLine("NULL")])
        elif self._form is Form.HEX:
            view.show(HexLines(self._bytes(), width))
        else:
            view.show([JsonLine(line) for line in wrapped(self._text, width, width_of)])

    def _bytes(self) -> bytes:
        if kind_of(self._column) is ValueKind.BINARY:
            try:
                return read_bytea(self._text)
            except ValueError:
                return self._value or b""
        return self._value or b""

    def action_turn_form(self) -> None:
        """Show the value in the next form."""
        self._form = self._forms[(self._forms.index(self._form) + 1) % len(self._forms)]
        self.query_one(".dialog").border_title = Content(self.heading())
        self._show()

    def action_copy(self) -> None:
        """Close and copy the value in the form that is shown."""
        if self._form is Form.JSON and self._json is not None:
            self.dismiss("\n".join(line.text for line in self._json))
        elif self._form is Form.HEX:
            self.dismiss(self._bytes().hex())
        else:
            self.dismiss(self._text)
