"""The result grid: paints the rows in view of a result that may still be arriving.

The pane feeds it with `begin`, `append`, `finish`; it answers with messages and knows neither SQL
nor any other pane. Rows stay as libpq's chunks; appending costs the same for any number of rows.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsql_tui.console.grid.cells import inert, width_of
from dsql_tui.console.grid.columns import AUTO_WIDTH, ColumnLayout
from dsql_tui.console.grid.painter import RowPainter
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.formats import Formats
from dsql_tui.results.store import ResultStore

SAMPLE_ROWS = 100
FRAME_S = 1 / 20
"""How often arriving rows move the scroll bar; the first rows are painted at once."""
HEADER_LINES = 1
GUTTER_PADDING = 2
MIN_ROW_DIGITS = 3
NO_ROWS = "No rows"
CONTENT_CLASSES = ("header", "row-number", "text", "number", "boolean", "temporal", "binary")
STATE_CLASSES = ("json", "null", "empty", "cursor", "cursor-row", "cursor-blurred")
BACKGROUND_CLASSES = frozenset({"cursor-row"})
"""States that tint a cell and leave its type's colour."""


class ResultGrid(ScrollView, can_focus=True):
    """Rows and columns under a cell cursor, with a frozen header and row numbers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False, id="grid.up"),
        Binding("down,j", "move(1, 0)", "Down", show=False, id="grid.down"),
        Binding("left,h", "move(0, -1)", "Left", show=False, id="grid.left"),
        Binding("right,l", "move(0, 1)", "Right", show=False, id="grid.right"),
        Binding("g,ctrl+home", "first_row", "First row", show=False, id="grid.first_row"),
        Binding("G,ctrl+end", "last_row", "Last row", show=False, id="grid.last_row"),
        Binding(
            "home,circumflex_accent",
            "first_column",
            "First column",
            show=False,
            id="grid.first_column",
        ),
        Binding("end,dollar_sign", "last_column", "Last column", show=False, id="grid.last_column"),
        Binding("pageup", "page(-1.0)", "Page up", show=False, id="grid.page_up"),
        Binding("pagedown", "page(1.0)", "Page down", show=False, id="grid.page_down"),
        Binding("ctrl+u", "page(-0.5)", "Half page up", show=False, id="grid.half_page_up"),
        Binding("ctrl+d", "page(0.5)", "Half page down", show=False, id="grid.half_page_down"),
        Binding("enter", "open_cell", "Open cell", id="grid.open_cell"),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"result-grid--{name}" for name in CONTENT_CLASSES + STATE_CLASSES
    }

    DEFAULT_CSS = """
    ResultGrid {
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
        & > .result-grid--cursor { background: $block-cursor-background;
            color: $block-cursor-foreground; text-style: $block-cursor-text-style; }
        & > .result-grid--cursor-blurred { background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground; }
    }
    """

    class CursorMoved(Message):
        """The cursor is on another cell."""

        def __init__(self, grid: ResultGrid, row: int, column: int) -> None:
            super().__init__()
            self.grid = grid
            self.row = row
            self.column = column

        @property
        def control(self) -> ResultGrid:
            """The grid that sent it."""
            return self.grid

    class CellOpened(Message):
        """The person wants to see one whole cell; `value` is as the server sent it."""

        def __init__(self, grid: ResultGrid, row: int, column: Column, value: bytes | None) -> None:
            super().__init__()
            self.grid = grid
            self.row = row
            self.column = column
            self.value = value

        @property
        def control(self) -> ResultGrid:
            """The grid that sent it."""
            return self.grid

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.formats = Formats()
        self.empty_text = ""
        self.has_result = False
        self.cursor_row = 0
        self.cursor_place = 0
        self._settling = False
        self._styles_by_name: dict[str, Style] = {}
        self._use(())

    # What the pane calls.

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Show an empty result with these columns; what was shown is dropped."""
        self.has_result = True
        self._use(columns)
        self.scroll_to(0, 0, animate=False)
        self._settle()
        self.refresh()

    def append(self, chunk: RowChunk) -> None:
        """Add rows at the end; the cursor and the view stay where they are."""
        first = not self.store.row_count
        self.store.append(chunk)
        if first:
            self._painter_wants(self.painter.sample(SAMPLE_ROWS))
            self._settle()
        elif not self._settling:
            self._settling = True
            self.set_timer(FRAME_S, self._settle)

    def finish(self) -> None:
        """All rows are here."""
        self._settle()
        self.refresh()

    def clear(self, text: str = "") -> None:
        """Show no result, only a sentence."""
        self.begin(())
        self.has_result = False
        self.empty_text = text

    @property
    def cursor_column(self) -> Column | None:
        """The column under the cursor; `None` when there is none."""
        order = self.columns.order
        return self.store.columns[order[self.cursor_place]] if order else None

    def _use(self, columns: tuple[Column, ...]) -> None:
        self.store = ResultStore(columns)
        names = (min(width_of(inert(column.name)), AUTO_WIDTH) for column in columns)
        self.columns = ColumnLayout(names)
        self.painter = RowPainter(self.store, self.columns, self.formats)
        self.painter.use_styles(self._styles_by_name)
        self.cursor_row = self.cursor_place = 0

    # Size and scrolling.

    @property
    def gutter_width(self) -> int:
        """Cells of the row numbers."""
        return max(MIN_ROW_DIGITS, len(str(self.store.row_count))) + GUTTER_PADDING

    @property
    def _rows_in_view(self) -> int:
        return max(1, self.scrollable_content_region.height - HEADER_LINES)

    @property
    def _cells_in_view(self) -> int:
        """Cells right of the row numbers."""
        return max(0, self.scrollable_content_region.width - self.gutter_width)

    def _settle(self) -> None:
        """Take what has arrived into the size; repaint only if it is in view."""
        self._settling = False
        size = Size(
            self.gutter_width + self.columns.total_width, self.store.row_count + HEADER_LINES
        )
        old = self.virtual_size
        if size == old:
            return
        below = self.scroll_offset.y + self.scrollable_content_region.height
        if size.width != old.width or not self.show_vertical_scrollbar or old.height < below:
            self.virtual_size = size
            self.refresh()
        else:
            # A new virtual size would lay the whole screen out again, twenty times a second.
            self.set_reactive(ScrollView.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height

    def _painter_wants(self, wanted: dict[int, int]) -> None:
        if wanted:
            self.columns.widen(wanted)
            self.painter.wanted = {}
            self._settle()
            self.refresh()

    def notify_style_update(self) -> None:
        """Take the theme's colours again."""
        super().notify_style_update()
        self._styles_by_name = {}

    # Painting.

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
        if row < self.store.row_count:
            return self._row_line(row)
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
        at_cursor = row == self.cursor_row
        state = "cursor-row" if at_cursor else ""
        cells = self.painter.paint(row, window, width, self._emphasis if at_cursor else None)
        if self.painter.wanted:
            self.call_next(self._painter_wants, self.painter.wanted)
        number = f"{row + 1:>{self.gutter_width - GUTTER_PADDING + 1}} "
        gutter = Segment(number, self.painter.style("row-number", state))
        return Strip([gutter, *cells], self.gutter_width + width)

    def _emphasis(self, column: int) -> str:
        order = self.columns.order
        if order and column == order[self.cursor_place]:
            return "cursor" if self.has_focus else "cursor-blurred"
        return "cursor-row"

    def _empty_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        text = ""
        if y == HEADER_LINES + 1 and not self.store.row_count:
            text = NO_ROWS if self.has_result else self.empty_text
        style = self.painter.style("empty")
        return Strip([Segment("  " + inert(text), style)]).adjust_cell_length(width, style)

    def _refresh_row(self, row: int) -> None:
        y = row - self.scroll_offset.y + HEADER_LINES
        self.refresh(Region(0, y, self.size.width, 1))

    def on_focus(self) -> None:
        """Show the cursor as the one keys go to."""
        self._refresh_row(self.cursor_row)

    def on_blur(self) -> None:
        """Show the cursor as waiting."""
        self._refresh_row(self.cursor_row)

    # The cursor.

    def move_cursor(self, row: int, place: int) -> None:
        """Put the cursor on a cell, or the nearest there is, and bring it into view."""
        last_row, last_place = self.store.row_count - 1, len(self.columns.order) - 1
        row = max(0, min(row, last_row))
        place = max(0, min(place, last_place))
        if (row, place) == (self.cursor_row, self.cursor_place):
            return
        left_row, self.cursor_row, self.cursor_place = self.cursor_row, row, place
        self._refresh_row(left_row)
        self._refresh_row(row)
        self._show_cursor()
        self.post_message(self.CursorMoved(self, row, place))

    def _show_cursor(self) -> None:
        if self._settling:
            self._settle()
        x, y = self.scroll_offset
        y = min(y, self.cursor_row)
        y = max(y, self.cursor_row - self._rows_in_view + 1)
        if self.columns.order and self.cursor_place >= self.columns.frozen_count:
            start = self.columns.start(self.cursor_place)
            span = self.columns.span(self.columns.order[self.cursor_place])
            x = max(x, start + span - self._cells_in_view)
            x = min(x, start - self.columns.frozen_width)
        self.scroll_to(x, y, animate=False)

    def action_move(self, rows: int, places: int) -> None:
        """Move by rows and columns."""
        self.move_cursor(self.cursor_row + rows, self.cursor_place + places)

    def action_page(self, pages: float) -> None:
        """Move and scroll by a part of what is in view."""
        step = max(1, round(abs(pages) * self._rows_in_view))
        rows = step if pages > 0 else -step
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)
        self.move_cursor(self.cursor_row + rows, self.cursor_place)

    def action_first_row(self) -> None:
        """Go to the first row."""
        self.move_cursor(0, self.cursor_place)

    def action_last_row(self) -> None:
        """Go to the last row there is by now."""
        self.move_cursor(self.store.row_count - 1, self.cursor_place)

    def action_first_column(self) -> None:
        """Go to the first column."""
        self.move_cursor(self.cursor_row, 0)

    def action_last_column(self) -> None:
        """Go to the last column."""
        self.move_cursor(self.cursor_row, len(self.columns.order) - 1)

    def action_open_cell(self) -> None:
        """Show the whole cell under the cursor."""
        column = self.cursor_column
        if column is None or self.cursor_row >= self.store.row_count:
            return
        value = self.store.value(self.cursor_row, self.columns.order[self.cursor_place])
        self.post_message(self.CellOpened(self, self.cursor_row, column, value))

    # The mouse.

    def cell_at(self, x: int, y: int) -> tuple[int, int] | None:
        """Return row and place under a cell of the view; `None` outside the rows."""
        row = self.scroll_offset.y + y - HEADER_LINES
        x -= self.gutter_width
        if x >= self.columns.frozen_width:
            x += self.scroll_offset.x
        place = self.columns.place_at(x)
        if y < HEADER_LINES or row >= self.store.row_count or place is None:
            return None
        return row, place

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to what was clicked; twice opens it."""
        cell = self.cell_at(event.x, event.y)
        if cell is None:
            return
        self.move_cursor(*cell)
        if event.chain > 1:
            self.action_open_cell()
