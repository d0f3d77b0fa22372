"""The visible part of the grid: which rows and columns it contains, and painting them.

The pane feeds it with `begin` and `append`. Rows stay as libpq's chunks; appending costs the same
for any number of rows, and only the cells in view are ever decoded.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsql_tui.console.grid.columns import AUTO_WIDTH, ColumnLayout
from dsql_tui.console.grid.painter import NO_OVERRIDE, Emphasis, Override, RowPainter
from dsql_tui.console.grid.selection import GridSelection
from dsql_tui.console.widgets.cells import inert, width_of
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.changes import Changes
from dsql_tui.results.find import Test
from dsql_tui.results.formats import Formats
from dsql_tui.results.store import ResultStore

SAMPLE_ROWS = 50
FRAME_S = 1 / 20
"""How often arriving rows move the scroll bar; the first rows are painted at once."""
HEADER_LINES = 1
GUTTER_PADDING = 2
MIN_ROW_DIGITS = 3
NO_ROWS = "No rows"
CONTENT_CLASSES = ("header", "row-number", "text", "number", "boolean", "temporal", "binary")
STATE_CLASSES = (
    "json",
    "null",
    "empty",
    "cursor",
    "cursor-row",
    "cursor-blurred",
    "selected",
    "changed",
    "match",
    "edited",
    "added",
    "deleted",
)
BACKGROUND_CLASSES = frozenset({"cursor-row", "selected", "changed"})
"""States that tint a cell and leave its type's colour."""


@dataclass(frozen=True, slots=True)
class GridState:
    """What a grid shows, and where.

    Attributes:
        store: The rows.
        order: Which of them in which order; `None` shows all as they came.
        columns: The layout of the columns.
        marks: Marks before the names of sorted columns.
        cursor: Row and column position.
        offset: The scroll position.
    """

    store: ResultStore
    order: array[int] | None
    columns: ColumnLayout
    marks: Mapping[int, str]
    cursor: tuple[int, int]
    offset: Offset


class Overlay(Protocol):
    """What is shown over the stored rows: staged changes, and rows that are not stored yet."""

    @property
    def added(self) -> int:
        """How many rows are shown after the stored ones."""
        ...

    def of_row(self, row: int) -> tuple[str, Override] | None:
        """Return the mark and the texts of a stored row; `None` if it is shown as it is stored."""
        ...

    def of_added(self, number: int) -> tuple[str, Override]:
        """Return the mark and the texts of a row that is not stored, numbered from 0."""
        ...


class GridView(ScrollView):
    """Rows and columns with a frozen header and row numbers."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"result-grid--{name}" for name in CONTENT_CLASSES + STATE_CLASSES
    }

    DEFAULT_CSS = """
    GridView {
        background: $surface;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;

        & > .result-grid--header { text-style: bold; color: $text-secondary; background: $panel; }
        & > .result-grid--row-number { color: $text-muted; }
        & > .result-grid--text { color: $foreground; }
        & > .result-grid--number { color: $text-primary; }
        & > .result-grid--boolean { color: $text-warning; }
        & > .result-grid--temporal { color: $text-success; }
        & > .result-grid--binary { color: $text-muted; }
        & > .result-grid--json { color: $text-accent; }
        & > .result-grid--null { color: $text-disabled; text-style: italic; }
        & > .result-grid--empty { color: $text-muted; }
        & > .result-grid--cursor-row { background: $boost; }
        & > .result-grid--selected { background: $primary 25%; }
        & > .result-grid--changed { background: $success 25%; }
        & > .result-grid--edited { color: $text-warning; text-style: bold; }
        & > .result-grid--added { color: $text-success; }
        & > .result-grid--deleted { color: $text-error; text-style: strike; }
        & > .result-grid--match { background: $warning; color: $background; }
        & > .result-grid--cursor { background: $primary; color: $background; text-style: bold; }
        & > .result-grid--cursor-blurred { background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.formats = Formats()
        self.empty_text = ""
        self.has_result = False
        self.store = ResultStore(())
        self.order: array[int] | None = None
        self.selection: GridSelection | None = None
        self.changes: Changes = {}
        self.overlay: Overlay | None = None
        self.cursor_row = 0
        self.cursor_place = 0
        self._settling = False
        self._styles_by_name: dict[str, Style] = {}
        self._use(self.store)

    # Called by the pane.

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Show an empty result with these columns in place of the previous one."""
        self.show_store(ResultStore(columns))

    def append(self, chunk: RowChunk) -> None:
        """Add rows at the end; the cursor and the scroll position do not change."""
        first = not self.store.row_count
        self.store.append(chunk)
        if first:
            self._painter_wants(self.painter.sample(SAMPLE_ROWS))
            self._settle()
        elif not self._settling:
            self._settling = True
            self.set_timer(FRAME_S, self._settle)

    def finish(self) -> None:
        """Mark the result as complete."""
        self._settle()
        self.refresh()

    def clear(self, text: str = "") -> None:
        """Show a message in place of a result."""
        self.begin(())
        self.has_result = False
        self.empty_text = text

    @property
    def cursor_column(self) -> Column | None:
        """The column under the cursor, or `None`."""
        order = self.columns.order
        return self.store.columns[order[self.cursor_place]] if order else None

    @property
    def row_count(self) -> int:
        """The number of rows shown, without those filtered out or not sorted yet."""
        return self.store.row_count if self.order is None else len(self.order)

    @property
    def line_count(self) -> int:
        """The number of rows shown, with those that are not stored yet."""
        return self.row_count + (self.overlay.added if self.overlay else 0)

    def show_overlay(self, overlay: Overlay | None) -> None:
        """Show changes over the rows; `None` shows the rows alone."""
        self.overlay = overlay
        self.cursor_row = max(0, min(self.cursor_row, self.line_count - 1))
        self._settle()
        self.refresh()

    def stored(self, row: int) -> int:
        """Return the store's number of a displayed row."""
        return row if self.order is None else self.order[row]

    def show_formats(self, formats: Formats) -> None:
        """Format values with these options."""
        self.formats = formats
        self.painter.use_formats(formats)
        self._painter_wants(self.painter.sample(SAMPLE_ROWS))
        self.refresh()

    def highlight(self, test: Test | None) -> None:
        """Highlight the texts for which this function returns true."""
        self.painter.highlight = test
        self.refresh()

    def mark_columns(self, marks: Mapping[int, str]) -> None:
        """Mark the names of these columns."""
        self.painter.marks = marks
        names = ((column, self.store.columns[column].name) for column in marks)
        self._painter_wants({c: width_of(marks[c] + inert(name)) for c, name in names})
        self.refresh()

    @property
    def taken_rows(self) -> range:
        """The selected rows by display position, or the cursor's row."""
        if self.selection:
            return self.selection.rows(self.cursor_row, self.row_count)
        return range(self.cursor_row, min(self.cursor_row + 1, self.row_count))

    @property
    def taken_places(self) -> range:
        """The selected column positions, or the cursor's."""
        count = len(self.columns.order)
        if self.selection:
            return self.selection.places(self.cursor_place, count)
        return range(self.cursor_place, min(self.cursor_place + 1, count))

    def show_store(self, store: ResultStore) -> None:
        """Show a stored result."""
        self.has_result = True
        self._use(store)
        self.scroll_to(0, 0, animate=False)
        self._painter_wants(self.painter.sample(SAMPLE_ROWS))
        self._settle()
        self.refresh()

    def state(self) -> GridState:
        """Return what is shown, and where."""
        return GridState(
            self.store,
            self.order,
            self.columns,
            self.painter.marks,
            (self.cursor_row, self.cursor_place),
            self.scroll_offset,
        )

    def show_state(self, state: GridState) -> None:
        """Show rows as they were shown before, at the same place."""
        self.has_result = True
        self._use(state.store)
        self.order, self.columns = state.order, state.columns
        self.painter = self._new_painter()
        self.painter.marks = state.marks
        self.cursor_row, self.cursor_place = state.cursor
        self._settle()
        self.scroll_to(state.offset.x, state.offset.y, animate=False)
        self.refresh()

    def _use(self, store: ResultStore) -> None:
        self.store = store
        self.order = None
        self.selection = None
        self.changes = {}
        self.overlay = None
        names = (min(width_of(inert(column.name)), AUTO_WIDTH) for column in store.columns)
        self.columns = ColumnLayout(names)
        self.painter = self._new_painter()
        self.cursor_row = self.cursor_place = 0

    def replace_rows(self, store: ResultStore, changes: Changes | None = None) -> None:
        """Show other rows of the same columns; cursor, scroll position and layout stay.

        Args:
            store: The rows.
            changes: The cells to highlight.
        """
        marks, highlight = self.painter.marks, self.painter.highlight
        self.store, self.order, self.selection = store, None, None
        self.changes = changes or {}
        self.painter = self._new_painter()
        self.painter.marks, self.painter.highlight = marks, highlight
        self.cursor_row = max(0, min(self.cursor_row, self.line_count - 1))
        self._painter_wants(self.painter.sample(SAMPLE_ROWS))
        self._settle()
        self.refresh()

    def _new_painter(self) -> RowPainter:
        painter = RowPainter(self.store, self.columns, self.formats)
        painter.use_styles(self._styles_by_name)
        return painter

    # Size and scrolling.

    @property
    def gutter_width(self) -> int:
        """The width of the row numbers in cells."""
        return max(MIN_ROW_DIGITS, len(str(self.store.row_count))) + GUTTER_PADDING

    @property
    def _rows_in_view(self) -> int:
        return max(1, self.scrollable_content_region.height - HEADER_LINES)

    @property
    def _cells_in_view(self) -> int:
        """Cells right of the row numbers."""
        return max(0, self.scrollable_content_region.width - self.gutter_width)

    def _settle(self) -> None:
        """Include the new rows in the size; repaint only if they are in view."""
        self._settling = False
        size = Size(self.gutter_width + self.columns.total_width, self.line_count + HEADER_LINES)
        old = self.virtual_size
        if size == old:
            return
        below = self.scroll_offset.y + self.scrollable_content_region.height
        if size.width != old.width or not self.show_vertical_scrollbar or old.height < below:
            self.virtual_size = size
            self.refresh()
        else:
            # A new virtual size would cause a layout of the whole screen, twenty times a second.
            self.set_reactive(ScrollView.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height

    def cell_region(self, row: int, place: int) -> Region:
        """Return where a cell is on the screen; it must be in view."""
        area, columns = self.scrollable_content_region, self.columns
        scrolled = 0 if place < columns.frozen_count else round(self.scroll_offset.x)
        x = area.x + self.gutter_width + columns.start(place) - scrolled
        y = area.y + HEADER_LINES + row - round(self.scroll_offset.y)
        return Region(x, y, columns.span(columns.order[place]), 1)

    def _painter_wants(self, widths: dict[int, int]) -> None:
        if widths:
            self.columns.widen(widths)
            self.painter.wanted = {}
            self._settle()
            self.refresh()

    def notify_style_update(self) -> None:
        """Read the theme's colours again."""
        super().notify_style_update()
        self._styles_by_name = {}

    def _theme(self) -> None:
        for name in CONTENT_CLASSES + STATE_CLASSES:
            style = self.get_component_rich_style(f"result-grid--{name}")
            if name in BACKGROUND_CLASSES:
                style = Style(bgcolor=style.bgcolor)
            self._styles_by_name[name] = style
        self.painter.use_styles(self._styles_by_name)

    def render_line(self, y: int) -> Strip:
        """Paint line `y` of the view: the header, a row, or nothing."""
        if not self._styles_by_name:
            self._theme()
        if y < HEADER_LINES:
            return self._header_line()
        row = self.scroll_offset.y + y - HEADER_LINES
        if row < self.row_count:
            return self._row_line(row)
        if self.overlay is not None and row < self.line_count:
            return self._added_line(row, self.overlay)
        return self._empty_line(y)

    def _header_line(self) -> Strip:
        width = self._cells_in_view
        window = self.columns.window(self.scroll_offset.x, width)
        header = self.painter.header(window, width, lambda _column: "")
        blank = Segment(" " * self.gutter_width, self.painter.style("header"))
        return Strip([blank, *header], self.gutter_width + width)

    def _row_line(self, row: int) -> Strip:
        width = self._cells_in_view
        window = self.columns.window(self.scroll_offset.x, width)
        stored = self.stored(row)
        at_cursor = row == self.cursor_row
        state = "cursor-row" if at_cursor else ""
        mark, override = (self.overlay and self.overlay.of_row(stored)) or ("", NO_OVERRIDE)
        cells = self.painter.paint(stored, window, width, self._emphasis(row), override)
        if self.painter.wanted:
            self.call_next(self._painter_wants, self.painter.wanted)
        return Strip(
            [self._gutter(mark, f"{stored + 1}", state), *cells], self.gutter_width + width
        )

    def _gutter(self, mark: str, number: str, state: str) -> Segment:
        text = f"{mark}{number:>{self.gutter_width - GUTTER_PADDING + 1 - len(mark)}} "
        return Segment(text, self.painter.style("row-number", state))

    def _added_line(self, row: int, overlay: Overlay) -> Strip:
        width = self._cells_in_view
        window = self.columns.window(self.scroll_offset.x, width)
        mark, override = overlay.of_added(row - self.row_count)
        cells = self.painter.paint_new(window, width, self._emphasis(row), override)
        if self.painter.wanted:
            self.call_next(self._painter_wants, self.painter.wanted)
        state = "cursor-row" if row == self.cursor_row else ""
        return Strip([self._gutter(mark, "", state), *cells], self.gutter_width + width)

    def _emphasis(self, row: int) -> Emphasis | None:
        """Return the states of a row's cells; `None` when all are plain."""
        at_cursor = row == self.cursor_row
        taken = self.selection is not None and row in self.taken_rows
        changed = self.changes.get(self.stored(row), ()) if self.changes else ()
        if not at_cursor and not taken and not changed:
            return None
        order = self.columns.order
        selected = {order[place] for place in self.taken_places} if taken else set()
        cursor_column = order[self.cursor_place] if at_cursor and order else None
        cursor = "cursor" if self.has_focus else "cursor-blurred"
        rest = "cursor-row" if at_cursor else ""

        def state(column: int) -> str:
            if column == cursor_column:
                return cursor
            if column in selected:
                return "selected"
            return "changed" if column in changed else rest

        return state

    def _empty_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        text = ""
        if y == HEADER_LINES + 1 and not self.line_count:
            text = NO_ROWS if self.has_result else self.empty_text
        style = self.painter.style("empty")
        return Strip([Segment("  " + inert(text), style)]).adjust_cell_length(width, style)

    def _refresh_row(self, row: int) -> None:
        y = row - self.scroll_offset.y + HEADER_LINES
        self.refresh(Region(0, y, self.size.width, 1))
