"""The board's table: a line for each cluster, with the columns that fit the width.

Only visible lines are computed and painted, and only changed lines are repainted: a DataTable
redraws every cell after any change, which takes 40 ms for a screen of clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.strip import Strip

from dsql_tui.console.fleet.cells import GAP, BoardColumn, Cell, cells_of, columns_for, group_label
from dsql_tui.console.fleet.rows import Beside, FleetRow
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.listing import fit
from dsql_tui.console.widgets.table import DrawnTable


class FleetTable(DrawnTable):
    """Shows rows and keeps the cursor on its cluster while they change."""

    PAINTS = "fleet"
    HEADER_ROWS = 1
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FLEET)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "fleet--text",
        "fleet--muted",
        "fleet--good",
        "fleet--warning",
        "fleet--bad",
        "fleet--accent",
        "fleet--cursor",
    }

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="fleet-table")
        self._now = now
        self._lines: list[FleetRow | str] = []
        self._drawn: list[object] = []
        self._beside = Beside()
        self._favourites: set[str] = set()

    @property
    def row_count(self) -> int:
        """The number of lines, including those of groups."""
        return len(self._lines)

    @property
    def row_under_cursor(self) -> FleetRow | None:
        """The cluster under the cursor; `None` on a group's line or an empty board."""
        if not 0 <= self.cursor_row < len(self._lines):
            return None
        line = self._lines[self.cursor_row]
        return line if isinstance(line, FleetRow) else None

    @property
    def content_width(self) -> int:
        """The columns that fit, with their gaps."""
        return sum(column.width + GAP for column in self._columns)

    @property
    def _columns(self) -> tuple[BoardColumn, ...]:
        return columns_for(self.size.width, profiles=bool(self._beside.profiles))

    def show(
        self,
        groups: Sequence[tuple[str, list[FleetRow]]],
        beside: Beside,
        favourites: set[str],
        group_by: str,
    ) -> None:
        """Draw the board; unchanged lines are not redrawn."""
        lines = [
            line
            for group, rows in groups
            for line in (*([group_label(group_by, group, len(rows))] if group_by else ()), *rows)
        ]
        drawn = [_signature(line, beside, favourites) for line in lines]
        before, self._drawn = self._drawn, drawn
        self._beside, self._favourites = beside, favourites
        row_to_keep = self.row_under_cursor
        self._lines = lines
        if len(before) != len(drawn):
            self.measure()
            self.refresh()
        else:
            for number, (old, new) in enumerate(zip(before, drawn, strict=True)):
                if old != new:
                    self.refresh_row(number)
        self._keep_cursor_on(row_to_keep)

    def _keep_cursor_on(self, row_to_keep: FleetRow | None) -> None:
        at = min(self.cursor_row, max(len(self._lines) - 1, 0))
        if row_to_keep is not None:
            places = (n for n, line in enumerate(self._lines) if _key_of(line) == row_to_keep.key)
            at = next(places, at)
        self.move_cursor(at)

    def row_clicked(self, row: int, _x: int) -> None:
        """Move the cursor to the line that was clicked; select the cursor's own line."""
        if row == self.cursor_row:
            self.action_select_cursor()
        else:
            self.move_cursor(row)

    # Drawing

    def draw_header(self, style: Style) -> Strip:
        """Return the column headings."""
        return self.scrolled(self._headings(style), style)

    def draw_row(self, row: int, style: Style) -> Strip:
        """Return a cluster's line, or a group's."""
        in_focus = row == self.cursor_row
        return self.scrolled(self._line(self._lines[row], style, in_focus=in_focus), style)

    def _headings(self, base: Style) -> list[Segment]:
        style = base + self.paint("muted")
        columns = self._columns
        return [
            Segment(f" {fit(each.title, each.width, right=each.right)} ", style) for each in columns
        ]

    def _line(self, line: FleetRow | str, base: Style, *, in_focus: bool) -> list[Segment]:
        if isinstance(line, str):
            return [Segment(f" {line}", base + self.paint("accent"))]
        columns = self._columns
        cells = cells_of(
            line, columns, self._beside, self._now(), is_favourite=line.key in self._favourites
        )
        return [segment for cell in cells for segment in self._cell(cell, base, in_focus)]

    def _cell(self, cell: Cell, base: Style, in_focus: bool) -> list[Segment]:
        """Return a cell's pieces between blanks; the cursor's colours are stronger than paints."""
        blank = Segment(" ", base)
        paint = self._plain if in_focus else self.paint
        return [blank, *(Segment(text, base + paint(name)) for text, name in cell), blank]

    @staticmethod
    def _plain(_: str) -> Style:
        return Style.null()


def _key_of(line: FleetRow | str) -> str:
    return line if isinstance(line, str) else line.key


def _signature(line: FleetRow | str, beside: Beside, favourites: set[str]) -> object:
    """Return the values that a line's picture depends on, except its age."""
    if isinstance(line, str):
        return line
    identifiers = [side.identifier for side in line.sides]
    return (
        line,
        line.key in favourites,
        [beside.extras.get(each) for each in identifiers],
        [beside.activity.get(each) for each in identifiers],
        beside.round_trips_of(line),
        bool(beside.profiles),
    )
