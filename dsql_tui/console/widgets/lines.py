"""A scrollable list of lines with folding; only visible ones are painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.strip import Strip

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.cells import inert, width_of
from dsql_tui.console.widgets.table import SIDEWAYS, DrawnTable
from dsql_tui.results.cellview import HexLines, JsonLine


class LineView(DrawnTable):
    """Lines under a cursor."""

    PAINTS = "lines"
    BINDINGS: ClassVar[list[BindingType]] = [*SIDEWAYS, *bindings(Place.JSON_LINES)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--text", "lines--cursor"}
    DEFAULT_CSS = """
    LineView {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; background: transparent;
        & > .lines--text { color: $foreground; }
        & > .lines--cursor { background: $boost; text-style: bold; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._lines: Sequence[JsonLine] = ()
        self._folded: set[int] = set()
        self._shown: Sequence[int] = ()
        self._widest = 0

    def show(self, lines: Sequence[JsonLine]) -> None:
        """Show these lines, all unfolded."""
        self._lines = lines
        self._folded = set()
        self._widest = (
            lines.width
            if isinstance(lines, HexLines)
            else max((width_of(inert(line.text)) for line in lines), default=0)
        )
        self._lay_out()
        self.move_cursor(0)
        self.scroll_to(0, 0, animate=False, force=True)

    def on_unmount(self) -> None:
        """Release the lines."""
        self._lines = self._shown = ()

    @property
    def row_count(self) -> int:
        """The number of visible lines."""
        return len(self._shown)

    @property
    def content_width(self) -> int:
        """The width of the widest line and the fold mark."""
        return self._widest + 2

    def _lay_out(self) -> None:
        self._shown = self._unfolded() if self._folded else range(len(self._lines))
        self.measure()
        self.refresh()

    def _unfolded(self) -> list[int]:
        """Return the numbers of the lines that no fold hides."""
        shown: list[int] = []
        number = 0
        while number < len(self._lines):
            shown.append(number)
            end = self._lines[number].fold_end
            number = end + 1 if number in self._folded and end is not None else number + 1
        return shown

    def draw_row(self, row: int, style: Style) -> Strip:
        """Return a rendered line; a single line has no cursor."""
        number = self._shown[row]
        line = self._lines[number]
        text = inert(line.text)
        if number in self._folded and line.fold_end is not None:
            text += f" … {self._lines[line.fold_end].text.strip()}"
        style = (style if len(self._shown) > 1 else self.rich_style) + self.paint("text")
        return self.scrolled([Segment(text, style)], style)

    def action_fold(self) -> None:
        """Fold or unfold the lines below the cursor's line."""
        if self._shown:
            self._folded ^= {self._shown[self.cursor_row]}
            self._lay_out()

    def action_fold_all(self) -> None:
        """Fold everything below the first level, or unfold everything."""
        folds = {n for n, line in enumerate(self._lines) if line.fold_end is not None and n}
        self._folded = set() if self._folded else folds
        self._lay_out()
