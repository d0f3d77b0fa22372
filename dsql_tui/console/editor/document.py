"""The text of one editor buffer, with exactly the characters of the file and the user.

Textual's own document ends lines where `str.splitlines` does and gives all of them one ending, so
that opening and saving a file would change it. This document keeps each line's ending.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple, overload

from rich.cells import cell_len
from textual.document._document import DocumentBase, EditResult, Location, Newline
from textual.geometry import Size

from dsql_tui.console.widgets.cells import visible
from dsql_tui.sql.text.lines import (
    CR,
    CRLF,
    LF,
    dominant_ending,
    join_lines,
    split_lines,
    with_endings,
)

_NEWLINES: dict[str, Newline] = {LF: "\n", CRLF: "\r\n", CR: "\r"}


class LineChange(NamedTuple):
    """Lines that an edit replaced, and the lines that replaced them."""

    first: int
    removed: int
    inserted: list[str]


class CutText(str):
    """Text that an edit removed from a document, with its lines.

    Splitting the text again could differ: CR and LF typed separately would become one CRLF.
    """

    lines: list[str]
    endings: list[str]

    @classmethod
    def of(cls, lines: list[str], endings: list[str]) -> CutText:
        """Join lines into one text; the last one has no ending."""
        text = cls(join_lines(lines, endings))
        text.lines, text.endings = lines, endings
        return text


class SqlDocument(DocumentBase):
    """Lines with their own endings; `text` is the initial text, changed only by edits.

    Rows and columns count from 0, columns in code points of a line without its ending. An edit
    inserts exactly the given characters: `adapted` gives them the endings of the buffer.

    An edit costs the lines it changes, whatever the length of the text.

    Attributes:
        endings: The ending of each line; the last one has none.
        drawn: Each line with the signs that are drawn for its characters.
    """

    def __init__(self, text: str) -> None:
        self._newline = dominant_ending(text)
        self._lines, self.endings = split_lines(text, at_cr=self._newline == CR)
        self._is_uniform = all(each == self._newline for each in self.endings[:-1])
        self.drawn = [visible(line) for line in self._lines]
        self._changes: list[LineChange] = []
        self._tab_width = 0
        self._widths: Counter[int] = Counter()
        """How many lines have a width, in cells, for this width of a tab."""

    @property
    def text(self) -> str:
        """The whole text."""
        if self._is_uniform:
            return self._newline.join(self._lines)
        return join_lines(self._lines, self.endings)

    @property
    def newline(self) -> Newline:
        """The most common line ending of the initial text, used at the end of the text."""
        return _NEWLINES[self._newline]

    @property
    def lines(self) -> list[str]:
        """The lines without their endings."""
        return self._lines

    @property
    def line_count(self) -> int:
        """The number of lines, at least 1."""
        return len(self._lines)

    @property
    def start(self) -> Location:
        """The location of the start of the text."""
        return (0, 0)

    @property
    def end(self) -> Location:
        """The location of the end of the text."""
        return (len(self._lines) - 1, len(self._lines[-1]))

    def get_line(self, index: int) -> str:
        """Return a line without its ending."""
        return self._lines[index]

    @overload
    def __getitem__(self, line_index: int) -> str: ...

    @overload
    def __getitem__(self, line_index: slice) -> list[str]: ...

    def __getitem__(self, line_index: int | slice) -> str | list[str]:
        """Return lines without their endings."""
        return self._lines[line_index]

    def ending(self, row: int) -> str:
        """Return the ending of a line; for the last line, the ending a new line gets."""
        return self.endings[row] or self._newline

    def adapted(self, text: str, row: int) -> str:
        """Return a text with the line endings of line `row`."""
        return with_endings(text, self.ending(row))

    def get_size(self, tab_width: int) -> Size:
        """Return the size: the cells of the widest line, and the number of lines."""
        if tab_width != self._tab_width:
            self._tab_width = tab_width
            self._widths = self._widths_of(self.drawn)
        return Size(max(self._widths, default=0), len(self._lines))

    def _widths_of(self, drawn: Iterable[str]) -> Counter[int]:
        return Counter(
            len(line)
            if line.isascii() and "\t" not in line
            else cell_len(line.expandtabs(self._tab_width))
            for line in drawn
        )

    def take_changes(self) -> list[LineChange]:
        """Return the changes made since the last call, in order."""
        changes, self._changes = self._changes, []
        return changes

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace the text between two locations by exactly this text."""
        (top, first), (bottom, last) = self._in_order(start, end)
        replaced = self._cut((top, first), (bottom, last))
        if isinstance(text, CutText):
            lines, endings = [*text.lines], [*text.endings]
        else:
            lines, endings = split_lines(text, at_cr=self._newline == CR)
        behind = self._lines[bottom][last:]
        destination = (top + len(lines) - 1, len(lines[-1]) + (first if len(lines) == 1 else 0))
        lines[0] = self._lines[top][:first] + lines[0]
        lines[-1] += behind
        endings[-1] = self.endings[bottom]
        if self._is_uniform:
            self._is_uniform = all(each == self._newline for each in endings[:-1])
        drawn = [visible(line) for line in lines]
        if self._tab_width:
            self._widths += self._widths_of(drawn)
            self._widths -= self._widths_of(self.drawn[top : bottom + 1])
        self._changes.append(LineChange(top, bottom + 1 - top, lines))
        self._lines[top : bottom + 1] = lines
        self.drawn[top : bottom + 1] = drawn
        self.endings[top : bottom + 1] = endings
        return EditResult(destination, replaced)

    def get_text_range(self, start: Location, end: Location) -> str:
        """Return the text between two locations, with its line endings."""
        return str(self._cut(*self._in_order(start, end)))

    def _cut(self, start: Location, end: Location) -> CutText:
        (top, first), (bottom, last) = start, end
        lines, endings = self._lines[top : bottom + 1], [*self.endings[top:bottom], ""]
        lines[-1] = lines[-1][:last]
        lines[0] = lines[0][first:]
        return CutText.of(lines, endings)

    def _in_order(self, start: Location, end: Location) -> tuple[Location, Location]:
        """Return two locations in order; TextArea deletes up to a line after the last."""
        first, last = sorted((start, end))
        return min(first, self.end), min(last, self.end)

    def offset_of(self, location: Location) -> int:
        """Return the offset into `text` of a location."""
        row, column = location
        return (
            sum(map(len, islice(self._lines, row)))
            + sum(map(len, islice(self.endings, row)))
            + column
        )

    def location_of(self, offset: int) -> Location:
        """Return the location of an offset into `text`; in a line ending, the line's end."""
        for row, (line, ending) in enumerate(zip(self._lines, self.endings, strict=True)):
            if offset < len(line) + len(ending):
                return row, min(max(offset, 0), len(line))
            offset -= len(line) + len(ending)
        return self.end
