"""Latencies as a table: a row for each operation, and its histogram as bars."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.content import Content
from textual.widgets import DataTable

from dsql_tui.model.latency import HISTOGRAM_EDGES_MS, OperationStats
from dsql_tui.model.span import latency

_WIDTH = 48


class FigureTable(DataTable[Text]):
    """A table that can be redrawn without moving its cursor."""

    def show_columns(self, titles: Sequence[str]) -> None:
        """Clear the table and set its columns."""
        self.clear(columns=True)
        for title in titles:
            self.add_column(Text(title, justify="left"), key=title)

    def show_rows(self, cells: Sequence[Sequence[Text]]) -> None:
        """Update the rows in place."""
        if self.row_count != len(cells):
            at = self.cursor_row
            self.clear()
            for row in cells:
                self.add_row(*row)
            self.move_cursor(row=at)
            return
        keys = [column.key for column in self.ordered_columns]
        for line, row in zip(self.ordered_rows, cells, strict=True):
            for column, cell in zip(keys, row, strict=True):
                self.update_cell(line.key, column, cell, update_width=True)


def latency_columns(where: str) -> tuple[str, ...]:
    """Return the headings of latencies; `where` names the second one."""
    return (
        "operation",
        where,
        *("count", "p50", "p90", "p95", "p99", "max"),
        "conflicts",
        "errors",
    )


def latency_cells(row: OperationStats) -> list[Text]:
    """Return an operation's figures under those headings."""
    latencies = (row.p50_ms, row.p90_ms, row.p95_ms, row.p99_ms, row.max_ms)
    counts = f"{row.conflicts:,}", f"{row.errors:,}"
    figures = [f"{row.count:,}", *map(latency, latencies), *counts]
    return [Text(row.operation), Text(row.side), *map(right, figures)]


def bars(row: OperationStats) -> Content:
    """Return an operation's histogram."""
    edges = [*(f"≤ {edge:g} ms" for edge in HISTOGRAM_EDGES_MS), "slower"]
    highest = max(row.bars, default=0)
    used = [index for index, number in enumerate(row.bars) if number]
    if not used or not highest:
        return Content.styled("No data yet.", "$muted")
    lines = []
    for index in range(used[0], used[-1] + 1):
        full, part = divmod(round(row.bars[index] / highest * _WIDTH * 8), 8)
        bar = "█" * full + ("▏▎▍▌▋▊▉"[part - 1] if part else "")
        lines.append(
            Content.assemble(
                (f"{edges[index]:>11} ", "$muted"),
                (bar, "$accent"),
                (f" {row.bars[index]:,}", "$muted"),
            )
        )
    return Content("\n").join(lines)


def right(text: str) -> Text:
    """Return a right-aligned figure."""
    return Text(text, justify="right")
