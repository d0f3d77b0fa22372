r"""One row with a line for each column, like psql's `\x`."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from dsql_tui.console.grid.painter import NULL_TEXT
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.cells import CLIP_MARK, fit, inert, width_of
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.lines import LineView
from dsql_tui.results.cellview import JsonLine

MAX_NAME_WIDTH = 30
MAX_VALUE = 2_000
"""Characters of a value shown here; the cell view shows all."""


class RecordDialog(Dialog[None]):
    """Shows the cursor's row; left and right move it and the grid's cursor.

    Args:
        grid: The grid that shows the row.
    """

    DEFAULT_CSS = """
    RecordDialog .dialog { width: 92%; height: 85%; max-width: 120; padding: 0 1; }
    RecordDialog LineView { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.RECORD)]
    HINTS: ClassVar[tuple[str, ...]] = (
        "{record.previous} {record.next} previous, next row",
        "{table.up} {table.down} columns",
    )

    def __init__(self, grid: ResultGrid) -> None:
        super().__init__()
        self._grid = grid

    def heading(self) -> str:
        """Return the row's number and the number of rows."""
        return f"row {self._grid.cursor_row + 1:,} of {self._grid.row_count:,}"

    def body(self) -> ComposeResult:
        """Yield the row."""
        yield LineView()

    def on_mount(self) -> None:
        """Show the row."""
        self.query_one(LineView).focus()
        self._show()

    def _show(self) -> None:
        self.query_one(LineView).show([JsonLine(line) for line in self.lines()])

    def lines(self) -> list[str]:
        """Return a line with name and value for each shown column."""
        grid = self._grid
        row = grid.stored(grid.cursor_row)
        names = [inert(grid.store.columns[column].name) for column in grid.columns.order]
        width = min(MAX_NAME_WIDTH, max(map(width_of, names), default=0))
        return [
            f"{fit(name, width)}  {self._shown(row, column)}"
            for name, column in zip(names, grid.columns.order, strict=True)
        ]

    def _shown(self, row: int, column: int) -> str:
        text = self._grid.painter.text(row, column)
        if text is None:
            return NULL_TEXT
        return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + CLIP_MARK

    def action_step(self, rows: int) -> None:
        """Show another row."""
        if self._grid.cursor_row + rows < self._grid.row_count:
            self._grid.action_move(rows, 0)
        self.query_one(".dialog").border_title = Content(self.heading())
        self._show()
