"""Where the characters of the editor's lines are drawn, with or without soft wrap.

Textual measures a line character by character on each key, so that one of a megabyte takes a
second. Positions in lines whose characters are all one cell wide are computed here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from textual._wrap import compute_wrap_offsets
from textual.document._document import Location
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths
from textual.geometry import Offset

from dsql_tui.console.editor.document import SqlDocument

LONGEST_MEASURED = 4_000
"""Characters; a longer line is wrapped at any character and drawn without highlighting."""
_ONE_CELL_EACH = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482]*+").fullmatch


class DrawnDocument(SqlDocument):
    """The lines as they are drawn, for measuring cells; it changes with the document."""

    def __init__(self, document: SqlDocument) -> None:
        super().__init__("")
        self._lines = self.drawn = document.drawn
        self.endings = document.endings


class DrawnRow(NamedTuple):
    """What is drawn in one row.

    Attributes:
        line: The line.
        section: Which of the rows of the line it is.
        start: The first column.
    """

    line: int
    section: int
    start: int


class DrawnLines(WrappedDocument):
    """The rows of the lines: one each, or several if they are wrapped at a width."""

    def __init__(self, document: SqlDocument, *, tab_width: int) -> None:
        super().__init__(DrawnDocument(document), tab_width=tab_width)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Wrap all lines at a width; 0 for no wrapping."""
        self._width, self._tab_width = width, tab_width or self._tab_width
        lines = self.document.lines
        self._wrap_offsets = [self._breaks(line) for line in lines]
        self._tab_width_cache = [self._tabs(line) for line in lines]
        self._offset_to_line_info, self._line_index_to_offsets = [], []
        self._number_from(0)

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:  # noqa: ARG002
        """Update after an edit; Textual would renumber every line below it."""
        known, count = len(self._wrap_offsets), self.document.line_count
        top, bottom = sorted((min(start[0], known - 1), min(old_end[0], known - 1)))
        lines = self.document.lines[top : bottom + 1 + count - known]
        breaks = [self._breaks(line) for line in lines]
        heights = [len(each) for each in self._wrap_offsets[top : bottom + 1]]
        self._wrap_offsets[top : bottom + 1] = breaks
        self._tab_width_cache[top : bottom + 1] = [self._tabs(line) for line in lines]
        if not self._width:
            self._number_from(min(known, count))
        elif heights != [len(each) for each in breaks]:
            self._number_from(top)

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self._offset_to_line_info)

    def row_at(self, y: int) -> DrawnRow | None:
        """Return what is drawn in a row, counted from the top of the text; `None` below it."""
        if y >= self.height:
            return None
        line, section = self._offset_to_line_info[y]
        return DrawnRow(line, section, self._wrap_offsets[line][section - 1] if section else 0)

    def is_simple(self, line: int) -> bool:
        """Whether each character of a line is one cell wide, so that columns are cells."""
        return _is_simple(self.document.get_line(line))

    def location_to_offset(self, location: Location) -> Offset:
        """Return the column and row in which a location is drawn."""
        line, column = location
        if not self.is_simple(line):
            return super().location_to_offset(location)
        breaks = self._wrap_offsets[line]
        section = bisect_right(breaks, column)
        return Offset(
            column - (breaks[section - 1] if section else 0),
            self._line_index_to_offsets[line][section],
        )

    def offset_to_location(self, offset: Offset) -> Location:
        """Return the location that is drawn at a column and row."""
        line = min(max(offset.y, 0), self.document.line_count - 1)
        if self._width or not self.is_simple(line):
            return super().offset_to_location(offset)
        return line, min(max(offset.x, 0), len(self.document.get_line(line)))

    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:
        """Return the column drawn at a cell of one of the rows of a line."""
        if not self.is_simple(line_index):
            return super().get_target_document_column(line_index, x_offset, y_offset)
        bounds = [0, *self._wrap_offsets[line_index], len(self.document.get_line(line_index))]
        section = y_offset % (len(bounds) - 1)
        is_last = section == len(bounds) - 2
        return min(bounds[section] + x_offset, bounds[section + 1] - (not is_last))

    def _breaks(self, line: str) -> list[int]:
        """Return the columns at which a line is wrapped."""
        if not self._width:
            return []
        if len(line) > LONGEST_MEASURED and _is_simple(line):
            return [*range(self._width, len(line), self._width)]
        # A tab stays as wide as it is drawn in an editor that is narrower than one.
        tabs = get_tab_widths(line, self._tab_width)
        width, tab_width = self._width, self._tab_width
        return compute_wrap_offsets(line, width, tab_width, precomputed_tab_sections=tabs)

    def _tabs(self, line: str) -> list[int]:
        if "\t" not in line:
            return [0] if line else []
        return [width for _, width in get_tab_widths(line, self._tab_width)]

    def _number_from(self, first: int) -> None:
        """Number the rows of all lines from a line on."""
        known = self._line_index_to_offsets
        row = known[first][0] if first < len(known) else len(self._offset_to_line_info)
        del self._offset_to_line_info[row:], known[first:]
        self._offset_to_line_info.extend(self._places(first))
        for line in range(first, len(self._wrap_offsets)):
            height = len(self._wrap_offsets[line]) + 1
            known.append([*range(row, row + height)])
            row += height

    def _places(self, first: int) -> Iterable[tuple[int, int]]:
        for line in range(first, len(self._wrap_offsets)):
            for section in range(len(self._wrap_offsets[line]) + 1):
                yield line, section


def _is_simple(line: str) -> bool:
    if line.isascii():
        return "\t" not in line  # control characters are drawn as other characters
    return _ONE_CELL_EACH(line) is not None
