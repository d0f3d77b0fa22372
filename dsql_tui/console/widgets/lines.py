"""A list of lines to look through, some of which fold; only those in view are painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsql_tui.console.widgets.cells import inert, width_of
from dsql_tui.results.cellview import JsonLine


class LineView(ScrollView, can_focus=True):
    """Lines under a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="lines.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="lines.down"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, id="lines.page_up"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False, id="lines.page_down"),
        Binding("home,g", "move(-1000000000)", "First", show=False, id="lines.first"),
        Binding("end,G", "move(1000000000)", "Last", show=False, id="lines.last"),
        Binding("left,h", "slide(-8)", "Left", show=False, id="lines.left"),
        Binding("right,l", "slide(8)", "Right", show=False, id="lines.right"),
        Binding("space,enter", "fold", "Fold", id="lines.fold"),
        Binding("z", "fold_all", "Fold all", id="lines.fold_all"),
    ]
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
        self._shown: list[int] = []
        self._cursor = 0
        self._styles: tuple[Style, Style] | None = None

    def show(self, lines: Sequence[JsonLine]) -> None:
        """Show these lines, nothing folded."""
        self._lines = lines
        self._folded = set()
        self._cursor = 0
        self.scroll_to(0, 0, animate=False)
        self._lay_out()

    def _lay_out(self) -> None:
        self._shown = []
        number = 0
        while number < len(self._lines):
            self._shown.append(number)
            end = self._lines[number].fold_end
            number = end + 1 if number in self._folded and end is not None else number + 1
        self._cursor = max(0, min(self._cursor, len(self._shown) - 1))
        widest = max((width_of(inert(line.text)) for line in self._lines), default=0)
        self.virtual_size = Size(widest + 2, len(self._shown))
        self.refresh()

    def notify_style_update(self) -> None:
        """Take the theme's colours again."""
        super().notify_style_update()
        self._styles = None

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        if self._styles is None:
            names = ("lines--text", "lines--cursor")
            plain, cursor = (self.get_component_rich_style(name) for name in names)
            self._styles = plain, cursor
        at = self.scroll_offset.y + y
        style = self._styles[at == self._cursor and len(self._shown) > 1]
        if at >= len(self._shown):
            return Strip.blank(self.size.width, self._styles[0])
        number = self._shown[at]
        line = self._lines[number]
        text = inert(line.text)
        if number in self._folded and line.fold_end is not None:
            text += f" … {self._lines[line.fold_end].text.strip()}"
        strip = Strip([Segment(text, style)], width_of(text))
        left = self.scroll_offset.x
        return strip.crop_extend(left, left + self.size.width, style)

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self._cursor = max(0, min(self._cursor + lines, len(self._shown) - 1))
        height = max(1, self.scrollable_content_region.height)
        y = min(self.scroll_offset.y, self._cursor)
        self.scroll_to(y=max(y, self._cursor - height + 1), animate=False)
        self.refresh()

    def action_page(self, pages: int) -> None:
        """Move by what is in view."""
        self.action_move(pages * max(1, self.scrollable_content_region.height - 1))

    def action_slide(self, cells: int) -> None:
        """Scroll sideways."""
        self.scroll_to(x=self.scroll_offset.x + cells, animate=False)

    def action_fold(self) -> None:
        """Fold or unfold what the line opens."""
        if self._shown:
            self._folded ^= {self._shown[self._cursor]}
            self._lay_out()

    def action_fold_all(self) -> None:
        """Fold everything below the first level, or unfold everything."""
        folds = {n for n, line in enumerate(self._lines) if line.fold_end is not None and n}
        self._folded = set() if self._folded else folds
        self._lay_out()
