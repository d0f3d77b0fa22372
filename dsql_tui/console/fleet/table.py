"""The board's table: a line for each cluster, columns as the width allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from dsql_tui.console.fleet.rows import Beside, FleetRow, activity_cells
from dsql_tui.console.fleet.services import ACTIVITY_SPAN
from dsql_tui.console.keys import Place, bindings
from dsql_tui.console.panes.listing import fit
from dsql_tui.console.words import age, short_region
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.metrics import blocks

SPARK_WIDTH = 12
_GLYPHS = {
    ClusterStatus.ACTIVE: ("●", "good"),
    ClusterStatus.IDLE: ("○", "good"),
    ClusterStatus.INACTIVE: ("○", "muted"),
    ClusterStatus.FAILED: ("✗", "bad"),
    ClusterStatus.DELETING: ("◌", "bad"),
    ClusterStatus.PENDING_DELETE: ("◌", "bad"),
}
_AWAITED = ("◌", "warning")


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: Its heading.
        width: Cells; 0 takes what is left.
        from_width: Width of the table from which on it is shown.
    """

    title: str
    width: int
    from_width: int = 0


COLUMNS = (
    Column("name", 0),
    Column("status", 15),
    Column("Regions", 13),
    Column("age", 6),
    Column("3 h", SPARK_WIDTH, 70),
    Column("witness", 7, 100),
    Column("protected", 9, 100),
    Column("key", 8, 110),
    Column("policy", 6, 130),
    Column("streams", 7, 130),
    Column("tags", 24, 160),
)


class FleetTable(DataTable[Text]):
    """Shows arranged rows and keeps the cursor on its cluster while they change."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FLEET)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "fleet--muted",
        "fleet--good",
        "fleet--warning",
        "fleet--bad",
        "fleet--accent",
    }

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="fleet-table", cursor_type="row", zebra_stripes=False, cell_padding=1)
        self._now = now
        self._lines: list[FleetRow | str] = []
        self._drawn: list[object] = []
        self._width = -1
        self._shown: tuple[Column, ...] = ()

    @property
    def row_under_cursor(self) -> FleetRow | None:
        """The cluster under the cursor; `None` on a group's line or an empty board."""
        if not 0 <= self.cursor_row < len(self._lines):
            return None
        line = self._lines[self.cursor_row]
        return line if isinstance(line, FleetRow) else None

    def show(
        self,
        groups: Sequence[tuple[str, list[FleetRow]]],
        beside: Beside,
        favourites: set[str],
        group_by: str,
    ) -> None:
        """Draw the board; lines that are as they were are left alone."""
        lines = [
            line
            for group, rows in groups
            for line in (*([_group_label(group_by, group, rows)] if group_by else ()), *rows)
        ]
        drawn = [self._key_of(line) for line in lines] == [
            self._key_of(line) for line in self._lines
        ]
        if not self._draw_columns() and drawn:
            self._update(lines, beside, favourites)
        else:
            self._rebuild(lines, beside, favourites)

    @staticmethod
    def _key_of(line: FleetRow | str) -> str:
        return line if isinstance(line, str) else line.key

    def _update(self, lines: list[FleetRow | str], beside: Beside, favourites: set[str]) -> None:
        for number, line in enumerate(lines):
            signature = _signature(line, beside, favourites)
            if signature != self._drawn[number]:
                self._drawn[number] = signature
                for column, cell in enumerate(self._cells_of(line, beside, favourites)):
                    self.update_cell_at(Coordinate(number, column), cell)
        self._lines = lines

    def _rebuild(self, lines: list[FleetRow | str], beside: Beside, favourites: set[str]) -> None:
        cursor = self.row_under_cursor
        wanted, at = cursor.key if cursor else "", self.cursor_row
        self.clear()
        for line in lines:
            self.add_row(*self._cells_of(line, beside, favourites))
        self._lines = lines
        self._drawn = [_signature(line, beside, favourites) for line in lines]
        keys = [self._key_of(line) for line in lines]
        place = keys.index(wanted) if wanted in keys else min(at, len(keys) - 1)
        self.move_cursor(row=max(place, 0))

    def _cells_of(self, line: FleetRow | str, beside: Beside, favourites: set[str]) -> list[Text]:
        if isinstance(line, str):
            return [Text(line, self._paint("accent")), *[Text("")] * (len(self._shown) - 1)]
        return self._cells(line, beside, is_favourite=line.key in favourites)

    def _draw_columns(self) -> bool:
        """Return whether the columns are others, or of another width, than before."""
        width = self.size.width
        shown = tuple(column for column in COLUMNS if width >= column.from_width)
        if (width, shown) == (self._width, self._shown):
            return False
        self._width, self._shown = width, shown
        self.clear(columns=True)
        for column in shown:
            self.add_column(
                Text(column.title), width=column.width or self._name_width(shown), key=column.title
            )
        return True

    def _name_width(self, shown: Sequence[Column]) -> int:
        taken = sum(column.width + 2 for column in shown if column.width)
        return min(max(self.size.width - taken - 3, 12), 40)

    def _cells(self, row: FleetRow, beside: Beside, *, is_favourite: bool) -> list[Text]:
        star = "★ " if is_favourite else ""
        width = self._name_width(self._shown)
        cells = {"name": Text(fit(star + row.name, width)), "status": self._status(row)}
        cells["Regions"] = Text(" ⇄ ".join(map(short_region, row.regions)))
        first = row.first
        if first is not None:
            cells |= self._more(row, first, beside)
        return [cells.get(column.title, Text("")) for column in self._shown]

    def _more(self, row: FleetRow, first: Cluster, beside: Beside) -> dict[str, Text]:
        now = self._now()
        created = row.created_at or now
        spark = activity_cells(row, beside.activity, now - ACTIVITY_SPAN, now, SPARK_WIDTH)
        protected = {side.deletion_protection for side in row.sides}
        extras = [beside.extras.get(side.identifier) for side in row.sides]
        policies = [each.policy_version for each in extras if each]
        streams = [each.streams for each in extras if each]
        own_key = any(side.encryption_type == "CUSTOMER_MANAGED_KMS_KEY" for side in row.sides)
        lost_key = any(side.encryption_status == "KMS_KEY_INACCESSIBLE" for side in row.sides)
        tags = (f"{key}={value}" for key, value in first.tags.items() if key != "Name")
        return {
            "age": Text(age(created, now), justify="right"),
            "3 h": Text(blocks(spark), self._paint("accent")),
            "witness": Text(short_region(first.witness_region) if first.witness_region else ""),
            "protected": Text(
                "yes" if protected == {True} else "no" if protected == {False} else "one"
            ),
            "key": Text("lost", self._paint("bad"))
            if lost_key
            else Text("own" if own_key else "AWS"),
            "policy": Text(_known(policies, "yes" if any(policies) else "no")),
            "streams": Text(
                _known(streams, str(sum(each or 0 for each in streams))), justify="right"
            ),
            "tags": Text(fit(" ".join(tags), 24)),
        }

    def _status(self, row: FleetRow) -> Text:
        if row.failed is not None:
            return Text(fit(f"✗ {row.failed.error.message}", 15), self._paint("bad"))
        if not row.sides:
            return Text("◌ …", self._paint("warning"))
        glyph, paint = _GLYPHS.get(row.statuses[0], _AWAITED)
        words = "/".join(status.lower().replace("_", " ") for status in row.statuses)
        return Text(f"{glyph} ", self._paint(paint)).append(fit(words, 13), Style())

    def _paint(self, name: str) -> Style:
        return self.get_component_rich_style(f"fleet--{name}", partial=True)


def _group_label(group_by: str, group: str, rows: Sequence[FleetRow]) -> str:
    label = f"{group_by} = {group}" if group else f"without {group_by}"
    return f"{label} ({len(rows)})"


def _signature(line: FleetRow | str, beside: Beside, favourites: set[str]) -> object:
    """Return what a line's picture depends on, but for its age."""
    if isinstance(line, str):
        return line
    identifiers = [side.identifier for side in line.sides]
    return (
        line,
        line.key in favourites,
        [beside.extras.get(each) for each in identifiers],
        [beside.activity.get(each) for each in identifiers],
    )


def _known(values: Sequence[object], words: str) -> str:
    """Return `words`, or nothing when nothing was read yet, or a mark when something could not."""
    if not values:
        return ""
    return "?" if None in values else words
