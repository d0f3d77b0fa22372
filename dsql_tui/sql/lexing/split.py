"""Splits a script into statements, and finds the one at the cursor.

`split` and `statement_at` work on a text; `StatementIndex` stores the boundaries of each line of an
open buffer, so that after an edit only the changed lines are read, and for a look-up only the lines
of one statement. A statement runs from its first to its last token that is not space or comment,
without the `;`, so the position in an error message of the server is relative to its start.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from dsql_tui.sql.lexing.lexer import PLAIN, LineState
from dsql_tui.sql.lexing.scan import Scan, rescan, scan, scan_flat

SPACE = " \t\n\r\f\v"
Location = tuple[int, int]
"""Line and column of an editor, both counted from 0, the column in code points."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script; `start` and `end` are offsets of code points in it.

    It is `is_private` if its line begins with exactly one space; then it is not stored in the
    history.
    """

    text: str
    start: int
    end: int
    is_private: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class StatementRange:
    """One statement of a buffer, from `start` up to and without `end`."""

    text: str
    start: Location
    end: Location


def split(text: str) -> list[Statement]:
    """Return the statements of `text` in order, without whitespace, comments and empty ones."""
    return [statement for _, statement in _segments(text)]


def statement_at(text: str, offset: int) -> Statement | None:
    """Return the statement at the cursor's `offset`, or `None` in an empty text.

    That is the statement the cursor is in, with the comments and blank lines before it and the `;`
    after it. On the rest of the line after a `;`, and after the last statement, it is the one that
    just ended.
    """
    started = _start_of_tail(text, offset)
    before: Statement | None = None
    for semicolon, statement in _segments(text):
        if offset <= semicolon or started <= semicolon:
            return statement
        before = statement
    return before


def _start_of_tail(text: str, offset: int) -> int:
    """Return the start of the blanks and `;` directly before `offset`."""
    return len(text[:offset].rstrip(" \t;"))


def _segments(text: str) -> list[tuple[int, Statement]]:
    """Return each statement with the offset of its `;`, or the length of the text for the last."""
    stops = scan(text)
    statements: list[tuple[int, Statement]] = []
    comments = stops.comments
    first = 0  # first comment of the segment
    start = 0
    for semicolon in (*stops.semicolons, len(text)):
        last = first
        while last < len(comments) and comments[last][0] < semicolon:
            last += 1
        begin, end = _trim(text, start, semicolon, comments[first:last])
        if begin < end:
            found_here = Statement(text[begin:end], begin, end, is_private(text, begin))
            statements.append((semicolon, found_here))
        start = semicolon + 1
        first = last
    return statements


def is_private(text: str, start: int) -> bool:
    """Whether exactly one space precedes `start` on its line, as shells have it.

    More spaces or a tab are indentation.
    """
    return text[max(start - 2, 0) : start] in {" ", "\n ", "\r "}


def _trim(text: str, start: int, end: int, comments: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the range without space and comments at its edges."""
    begin = _skip_space(text, start, end)
    for comment in comments:
        if comment[0] != begin:
            break
        begin = _skip_space(text, comment[1], end)
    end = _skip_space_back(text, begin, end)
    for comment in reversed(comments):
        if comment[1] != end or comment[0] < begin:
            break
        end = _skip_space_back(text, begin, comment[0])
    return begin, end


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start] in SPACE:
        start += 1
    return start


def _skip_space_back(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in SPACE:
        end -= 1
    return end


class StatementIndex:
    """The statements of a buffer of lines, updated incrementally while it is edited.

    Not thread-safe: it belongs to the editor. Memory: one shared value for each line that holds
    nothing of interest, one small tuple for each other.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines: list[str] = []
        self._scans: list[Scan] = []
        self.replace(0, 0, lines)

    def replace(self, first: int, removed: int, inserted: Sequence[str]) -> int:
        """Replace the `removed` lines from line `first` on by `inserted`.

        Returns:
            The number of lines read: the inserted ones, and those after them up to the first whose
            state is unchanged.
        """
        state = self.state_before(first)
        known = self.state_before(first + removed)
        bodies = state.block or "atomic" in "\n".join(inserted).lower()
        read = scan if bodies else scan_flat
        scans: list[Scan] = []
        if removed == len(inserted) == 1 and not bodies and self._scans[first].restarts:
            scans = [rescan(self._lines[first], self._scans[first], inserted[0], state)]
            state = scans[0].after
        for line in inserted[len(scans) :]:
            state_after = read(line, state)
            scans.append(state_after)
            state = state_after.after
        self._lines[first : first + removed] = inserted
        self._scans[first : first + removed] = scans
        row = first + len(scans)
        while row < len(self._lines) and state != known:
            known = self._scans[row].after
            self._scans[row] = scan(self._lines[row], state)
            state = self._scans[row].after
            row += 1
        return row - first

    def state_before(self, row: int) -> LineState:
        """Return the lexer state at the start of line `row`."""
        return self._scans[row - 1].after if row else PLAIN

    def statement_at(self, row: int, column: int) -> StatementRange | None:
        """Return the statement at the cursor, by the rule of `statement_at`."""
        cursor = (row, column)
        tail = (row, _start_of_tail(self._lines[row], column)) if self._lines else cursor
        ended = self._semicolon_from(tail)
        if ended is not None and ended < cursor:
            segment = self._segment(self._semicolon_before(ended), ended)
            if segment is not None:
                return segment
        before = self._semicolon_before(cursor)
        start, end = before, self._semicolon_from(cursor)
        while (segment := self._segment(start, end)) is None and end is not None:
            start, end = end, self._semicolon_from((end[0], end[1] + 1))
        while segment is None and before is not None:
            before, end = self._semicolon_before(before), before
            segment = self._segment(before, end)
        return segment

    def around(self, row: int, column: int) -> tuple[str, int]:
        """Return the text between the `;` around the cursor, and the cursor's offset in it.

        Unlike a statement, it includes space and comments at its edges, which completion needs.
        """
        before = self._semicolon_before((row, column))
        end = self._semicolon_from((row, column))
        lines, first, begin = self._between(before, end)
        offset = sum(len(line) + 1 for line in lines[: row - first])
        return "\n".join(lines), offset + column - (begin if row == first else 0)

    def _semicolon_from(self, location: Location) -> Location | None:
        """Return the first `;` at or after `location`."""
        row, least = location
        while row < len(self._scans):
            for column in self._scans[row].semicolons:
                if column >= least:
                    return row, column
            row, least = row + 1, 0
        return None

    def _semicolon_before(self, location: Location) -> Location | None:
        """Return the last `;` in front of `location`."""
        row, limit = location
        while row >= 0:
            if row < len(self._scans):
                for column in reversed(self._scans[row].semicolons):
                    if column < limit:
                        return row, column
            row, limit = row - 1, sys.maxsize
        return None

    def _between(self, after: Location | None, end: Location | None) -> tuple[list[str], int, int]:
        """Return the text between two `;` as lines, and the line and column it begins at."""
        first, begin = (0, 0) if after is None else (after[0], after[1] + 1)
        last, stop = (len(self._lines) - 1, None) if end is None else end
        lines = self._lines[first : last + 1] or [""]
        lines[-1] = lines[-1][:stop]
        lines[0] = lines[0][begin:]
        return lines, first, begin

    def _segment(self, after: Location | None, end: Location | None) -> StatementRange | None:
        """Return the statement between two `;`, `None` if there is only space and comment."""
        lines, first, begin = self._between(after, end)
        statements = split("\n".join(lines))
        if not statements:
            return None
        start = _locate(first, begin, lines, statements[0].start)
        return StatementRange(
            statements[0].text, start, _locate(first, begin, lines, statements[0].end)
        )


def _locate(row: int, column: int, lines: Sequence[str], offset: int) -> Location:
    """Return where `offset` in the joined `lines` is; the first of them begins at `column`."""
    for line in lines:
        if offset <= len(line):
            break
        offset -= len(line) + 1
        row, column = row + 1, 0
    return row, column + offset
