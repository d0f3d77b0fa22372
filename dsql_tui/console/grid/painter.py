"""Paints one line of the grid; only visible cells are decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dsql_tui.console.grid.columns import AUTO_WIDTH, ColumnLayout, Window
from dsql_tui.console.widgets.cells import (
    CUT_BYTES,
    clip,
    fit,
    inert,
    width_of,
    with_invisible,
)
from dsql_tui.console.widgets.cropped import cropped
from dsql_tui.results.find import Test
from dsql_tui.results.formats import Formats, formatter
from dsql_tui.results.kinds import NUMBERS, ValueKind, kind_of
from dsql_tui.results.store import ResultStore

NULL_TEXT = "NULL"

ROLES = {
    ValueKind.INTEGER: "number",
    ValueKind.NUMERIC: "number",
    ValueKind.FLOAT: "number",
    ValueKind.BOOLEAN: "boolean",
    ValueKind.DATE: "temporal",
    ValueKind.TIME: "temporal",
    ValueKind.TIMESTAMP: "temporal",
    ValueKind.TIMESTAMPTZ: "temporal",
    ValueKind.INTERVAL: "temporal",
    ValueKind.BINARY: "binary",
    ValueKind.JSON: "json",
    ValueKind.ARRAY: "json",
    ValueKind.UUID: "binary",
}
"""The theme class of each kind; other kinds are plain text."""

_OVER_STATES = frozenset({"cursor", "cursor-blurred", "selected"})
"""States that are painted in place of that of a changed cell."""
_UNDER_MATCH = frozenset({"", "cursor-row"})
"""States a found text shows through."""

Override = Mapping[int, tuple[str, str]]
"""Texts shown in place of stored values, each with its state, by the column's number."""
NO_OVERRIDE: Override = {}
Emphasis = Callable[[int], str]
"""The state of a column's cell in one row: empty, or a theme class such as `cursor`."""


class RowPainter:
    """Renders rows of a store as strips.

    Attributes:
        wanted: Columns with text wider than the column, with the width of that text.
        highlight: Whether a text is painted as a match; `None` paints no matches.
        marks: Marks in front of columns' names, such as the sort order.
    """

    def __init__(self, store: ResultStore, layout: ColumnLayout, formats: Formats) -> None:
        self._store = store
        self._layout = layout
        self._styles: Mapping[str, Style] = {}
        self._mixed: dict[tuple[str, str], Style] = {}
        self._kinds = [kind_of(column) for column in store.columns]
        self._roles = [ROLES.get(kind, "text") for kind in self._kinds]
        self._right = [kind in NUMBERS for kind in self._kinds]
        self._formatters = [formatter(kind, formats) for kind in self._kinds]
        self._shows_invisible = formats.invisible
        self.wanted: dict[int, int] = {}
        self.highlight: Test | None = None
        self.marks: Mapping[int, str] = {}

    def use_styles(self, styles: Mapping[str, Style]) -> None:
        """Read the theme's styles by class name."""
        self._styles = styles
        self._mixed = {}

    def use_formats(self, formats: Formats) -> None:
        """Format values with these options from now on."""
        self._shows_invisible = formats.invisible
        self._formatters = [formatter(kind, formats) for kind in self._kinds]

    def style(self, role: str, state: str = "") -> Style:
        """Return the style of a role in a state; the state's colours win."""
        key = (role, state)
        style = self._mixed.get(key)
        if style is None:
            style = self._styles[role]
            if state:
                style += self._styles[state]
            self._mixed[key] = style
        return style

    def text(self, row: int, column: int) -> str | None:
        """Return the displayed text of a cell, clipped only if huge; `None` is SQL NULL."""
        value = self._store.value(row, column)
        return None if value is None else self._shown(value, column)

    def _shown(self, value: bytes, column: int) -> str:
        text = value[:CUT_BYTES].decode("utf-8", "replace")
        format_text = self._formatters[column]
        if format_text is not None:
            text = format_text(text)
        if self._shows_invisible:
            text = with_invisible(text)
        return text if text.isprintable() else inert(text)

    def widest(self, column: int, rows: Iterable[int]) -> int:
        """Return the width in cells of the widest text of these rows, including the name."""
        texts = (self.text(row, column) for row in rows)
        widths = (len(NULL_TEXT) if text is None else width_of(text) for text in texts)
        return max(width_of(inert(self._store.columns[column].name)), max(widths, default=0))

    def sample(self, rows: int) -> dict[int, int]:
        """Return the widest text of each column in the first rows."""
        widest = [0] * len(self._roles)
        for row in range(min(rows, self._store.row_count)):
            chunk, index = self._store.locate(row)
            for column, format_text in enumerate(self._formatters):
                value = chunk.get_value(index, column)
                if value is None:
                    width = len(NULL_TEXT)
                elif format_text is None and value.isascii():
                    width = len(value)  # a control character's mark takes one cell as well
                else:
                    width = width_of(self._shown(value, column))
                if width > widest[column]:
                    widest[column] = width
        return {column: width for column, width in enumerate(widest) if width}

    def paint_new(
        self, window: Window, width: int, emphasis: Emphasis | None, override: Override
    ) -> Strip:
        """Paint the visible cells of a row that is not in the store."""
        plain = self.style("text", emphasis(-1) if emphasis else "")

        def cell(column: int) -> tuple[str, Style]:
            return self._override(column, override.get(column, ("", "")), emphasis)

        return self.line(window, width, cell, plain)

    def _override(
        self, column: int, shown: tuple[str, str], emphasis: Emphasis | None
    ) -> tuple[str, Style]:
        """Return a cell with a text in place of its stored value; the cursor's state wins."""
        text, state = shown
        over = emphasis(column) if emphasis else ""
        room, text = self._layout.widths[column], inert(text)
        taken = width_of(text)
        if taken > room and room < AUTO_WIDTH and taken > self.wanted.get(column, 0):
            self.wanted[column] = taken
        shown_text = fit(text, room, right=self._right[column])
        return shown_text, self.style("text", over if over in _OVER_STATES else state or over)

    def paint(
        self,
        row: int,
        window: Window,
        width: int,
        emphasis: Emphasis | None,
        override: Override = NO_OVERRIDE,
    ) -> Strip:
        """Paint the visible cells of one row into `width` cells."""
        rows, index = self._store.locate(row)
        get = rows.get_value
        highlight = self.highlight
        plain = self.style("text", emphasis(-1) if emphasis else "")

        def cell(column: int) -> tuple[str, Style]:
            if column in override:
                return self._override(column, override[column], emphasis)
            value = get(index, column)
            room = self._layout.widths[column]
            state = emphasis(column) if emphasis else ""
            if value is None:
                return (
                    fit(NULL_TEXT, room, right=self._right[column]),
                    self.style("null", state),
                )
            text = self._shown(value, column)
            if highlight and state in _UNDER_MATCH and highlight(text):
                state = "match"
            taken = len(text) if text.isascii() else width_of(text)
            if taken > room:
                if room < AUTO_WIDTH and taken > self.wanted.get(column, 0):
                    self.wanted[column] = taken
                text = clip(text, room)
            elif self._right[column]:
                text = " " * (room - taken) + text
            else:
                text += " " * (room - taken)
            return text, self.style(self._roles[column], state)

        return self.line(window, width, cell, plain)

    def header(self, window: Window, width: int, emphasis: Emphasis) -> Strip:
        """Paint the visible column names; the sort order is part of a name."""

        def cell(column: int) -> tuple[str, Style]:
            name = self.marks.get(column, "") + inert(self._store.columns[column].name)
            text = fit(name, self._layout.widths[column], right=self._right[column])
            return text, self.style("header", emphasis(column))

        return self.line(window, width, cell, self.style("header"))

    def line(
        self,
        window: Window,
        width: int,
        cell: Callable[[int], tuple[str, Style]],
        blank: Style,
    ) -> Strip:
        """Join the cells of a window to `width` cells, runs of one style as one segment."""
        span = self._layout.span
        frozen = sum(map(span, window.frozen))
        scrolled = Strip(_joined(map(cell, window.scrolled)), sum(map(span, window.scrolled)))
        over = max(frozen + scrolled.cell_length - window.cut - width, 0)
        if window.cut or over:
            scrolled = cropped(scrolled, window.cut, scrolled.cell_length - over)
        room = width - frozen - scrolled.cell_length
        rest = [Segment(" " * room, blank)] if room > 0 else []
        if not window.frozen and not rest:
            return scrolled
        return Strip([*_joined(map(cell, window.frozen)), *scrolled, *rest], width)


def _joined(cells: map[tuple[str, Style]]) -> list[Segment]:
    segments: list[Segment] = []
    run: list[str] = []
    current: Style | None = None
    for text, style in cells:
        if style is not current:
            if current is not None:
                segments.append(Segment("".join(run), current))
            run = []
            current = style
        run.append(f" {text} ")
    if current is not None:
        segments.append(Segment("".join(run), current))
    return segments
