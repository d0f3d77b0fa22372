"""Latency percentiles of this session's statements; nothing is measured separately."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static

from dsql_tui.console.fleet.latency_table import FigureTable, bars, latency_cells, latency_columns
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.latencies import Latencies
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.model.latency import OperationStats

EVERY_S = 1.0
_EMPTY = (
    "No statements yet. This screen shows latency percentiles of the statements, commits and "
    "connects of this console since it was started."
)
_FILLED = (
    "Milliseconds from sending a statement to its last row, measured by this console since its "
    "start. Results that paused at the row limit are excluded."
)


class OwnLatencyScreen(Screen[None]):
    """Shows the latencies recorded so far, refreshed every second.

    Args:
        latencies: The counts.
    """

    CSS_PATH = "../style/fleet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.OWN_LATENCY)]

    def __init__(self, latencies: Latencies) -> None:
        super().__init__(id="own-latency-screen")
        self._latencies = latencies
        self._rows: tuple[OperationStats, ...] = ()
        self._table = FigureTable(id="bench-table", cursor_type="row")

    def compose(self) -> ComposeResult:
        """Yield the table, the histogram of the row under the cursor and a description."""
        with Vertical(id="bench-table-frame") as frame:
            frame.border_title = "Latency of this session's statements"
            yield self._table
        with Vertical(id="bench-histogram") as below:
            below.border_title = "Histogram"
            yield Static("", id="bench-bars", markup=False)
        yield Static(_EMPTY, id="bench-note", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Refresh now and every second."""
        self._table.show_columns(latency_columns("endpoint"))
        self._table.focus()
        self.set_interval(EVERY_S, self._look)
        self._look()

    def action_back(self) -> None:
        """Return to the previous screen."""
        self.dismiss()

    def _look(self) -> None:
        rows = self._latencies.rows()
        if rows == self._rows:
            return
        self._rows = rows
        self._table.show_rows([latency_cells(row) for row in rows])
        self.query_one("#bench-note", Static).update(_FILLED)
        self._draw_bars()

    @on(DataTable.RowHighlighted)
    def _draw_bars(self) -> None:
        if not self._rows:
            return
        row = self._rows[min(max(self._table.cursor_row, 0), len(self._rows) - 1)]
        self.query_one("#bench-histogram").border_title = Content(f"{row.operation} · {row.side}")
        self.query_one("#bench-bars", Static).update(bars(row))
