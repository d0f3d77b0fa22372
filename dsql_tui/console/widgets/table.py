"""The base class of drawn tables, which render only the visible rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsql_tui.console.shared.keys import bindings_of
from dsql_tui.console.widgets.cropped import cropped

SLIDE_CELLS = 8
SIDEWAYS = tuple(bindings_of("table.left", "table.right"))
"""For tables that may be wider than the screen."""


class DrawnTable(ScrollView, can_focus=True):
    """Draws fixed headings and the visible rows; the cursor is a row.

    Subclasses say how many rows there are, how wide they are, and draw one. They call `measure`
    when either has changed. Their paints are component classes `{PAINTS}--{name}`; `cursor` is
    the one of the whole row.
    """

    PAINTS: ClassVar[str]
    HEADER_ROWS: ClassVar[int] = 0
    OPAQUE: ClassVar[set[str]] = {"cursor"}
    """Paints that bring a background and a text colour; of others, only what they set counts."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("table.up", "table.down", "table.page_up", "table.page_down"),
        *bindings_of("table.top", "table.bottom"),
    ]

    class RowSelected(Message):
        """Posted when a row was selected."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._cursor_row = 0
        self._paints: dict[str, Style] = {}

    # Defined by subclasses.

    @property
    def row_count(self) -> int:
        """The number of rows."""
        raise NotImplementedError

    @property
    def content_width(self) -> int:
        """The width of the widest row in cells."""
        raise NotImplementedError

    def draw_header(self, style: Style) -> Strip:
        """Return the headings, as wide as the view."""
        raise NotImplementedError

    def draw_row(self, row: int, style: Style) -> Strip:
        """Return a row, as wide as the view; `style` has the cursor's colours on its row."""
        raise NotImplementedError

    # The cursor.

    @property
    def cursor_row(self) -> int:
        """The row under the cursor; 0 without rows."""
        return self._cursor_row

    @property
    def rows_in_view(self) -> int:
        """The number of rows that fit below the headings, at least 1."""
        return max(self.scrollable_content_region.height - self.HEADER_ROWS, 1)

    def measure(self) -> None:
        """Update the size, and keep the cursor on an existing row."""
        self.virtual_size = Size(self.content_width, self.row_count + self.HEADER_ROWS)
        self._cursor_row = self._nearest(self._cursor_row)

    def move_cursor(self, row: int) -> None:
        """Move the cursor to a row, or the nearest existing one, and scroll to it."""
        left, self._cursor_row = self._cursor_row, self._nearest(row)
        if left != self._cursor_row:
            self.refresh_row(left)
            self.refresh_row(self._cursor_row)
        self.follow_cursor()

    def follow_cursor(self) -> None:
        """Scroll just enough to make the cursor visible."""
        # The offset may be about to change: compared with it, a scroll back would be left out.
        lowest = self._cursor_row - self.rows_in_view + 1
        y = min(self._cursor_row, max(round(self.scroll_offset.y), lowest))
        self.scroll_to(y=y, animate=False, force=True)

    def refresh_row(self, row: int) -> None:
        """Redraw one row if it is visible."""
        y = row - round(self.scroll_offset.y) + self.HEADER_ROWS
        if self.HEADER_ROWS <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _nearest(self, row: int) -> int:
        return min(max(row, 0), max(self.row_count - 1, 0))

    def action_cursor_up(self) -> None:
        """Go to the previous row."""
        self.move_cursor(self._cursor_row - 1)

    def action_cursor_down(self) -> None:
        """Go to the next row."""
        self.move_cursor(self._cursor_row + 1)

    def action_page(self, pages: int) -> None:
        """Move by one page less one row."""
        self.move_cursor(self._cursor_row + pages * max(self.rows_in_view - 1, 1))

    def action_scroll_top(self) -> None:
        """Go to the first row."""
        self.move_cursor(0)

    def action_scroll_bottom(self) -> None:
        """Go to the last row."""
        self.move_cursor(self.row_count - 1)

    def action_slide(self, steps: int) -> None:
        """Scroll sideways."""
        self.scroll_relative(x=steps * SLIDE_CELLS, animate=False)

    def action_select_cursor(self) -> None:
        """Select the row under the cursor."""
        if self.row_count:
            self.post_message(self.RowSelected())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row that was clicked."""
        row = event.y - self.HEADER_ROWS + round(self.scroll_offset.y)
        if event.y >= self.HEADER_ROWS and row < self.row_count:
            self.row_clicked(row, event.x)

    def row_clicked(self, row: int, _x: int) -> None:
        """Move the cursor under the mouse."""
        self.move_cursor(row)

    # Drawing.

    def on_resize(self) -> None:
        """Lay out for the new width, and keep the cursor visible."""
        self.measure()
        self.follow_cursor()
        self.refresh()

    def notify_style_update(self) -> None:
        """Read the theme's colours again."""
        super().notify_style_update()
        self._paints = {}

    def paint(self, name: str) -> Style:
        """Return a style by name."""
        if name not in self._paints:
            self._paints[name] = self.get_component_rich_style(
                f"{self.PAINTS}--{name}", partial=name not in self.OPAQUE
            )
        return self._paints[name]

    def scrolled(self, segments: Iterable[Segment], style: Style) -> Strip:
        """Return the visible part of a row, with marks where it is cut, as wide as the view."""
        left = round(self.scroll_offset.x)
        width = self.size.width
        return cropped(Strip(segments), left, left + width).extend_cell_length(width, style)

    def render_line(self, y: int) -> Strip:
        """Draw the headings, a row, or an empty line below the last one."""
        style = self.rich_style
        if y < self.HEADER_ROWS:
            return self.draw_header(style)
        row = y - self.HEADER_ROWS + round(self.scroll_offset.y)
        if row >= self.row_count:
            return Strip.blank(self.size.width, style)
        return self.draw_row(row, style + self.paint("cursor") if row == self.cursor_row else style)
