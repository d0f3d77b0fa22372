"""Finds text in stored rows, and filters rows that contain it.

The cells of a chunk are joined and searched at once; only a chunk that contains the text is
searched cell by cell. Measured: 1,000,000 rows × 10 columns in about 0.4 s, in steps of a
millisecond.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from dsql_tui.errors import InputError
from dsql_tui.model.result import Column
from dsql_tui.results.formats import BOOLEANS
from dsql_tui.results.kinds import ValueKind, kind_of
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from dsql_tui.sql.text.patterns import searcher

MOST_MATCHES = 2_000_000
"""Matches kept of one search (16 MB); more are said to be more."""
MARK_S = 0.01
"""How long a regular expression may take for one cell that is painted."""
SEPARATOR = "\0"
"""Between joined cells; PostgreSQL's text cannot hold it."""

Row = Sequence[str | None]
Test = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A search.

    Attributes:
        text: As typed; without upper-case letters case does not count.
        regex: `text` is a regular expression.
    """

    text: str
    regex: bool = False

    @property
    def ignores_case(self) -> bool:
        """Whether case is ignored, because nothing upper-case was typed."""
        return self.text == self.text.lower()

    def test(self) -> Test:
        """Return a function that tests whether a cell's text matches.

        The function raises InputError where a regular expression takes too long.

        Raises:
            InputError: The regular expression cannot be read.
        """
        if self.regex:
            return searcher(self.text, ignore_case=self.ignores_case)
        if self.ignores_case:
            needle = self.text
            return lambda cell: needle in cell.lower()
        return lambda cell: self.text in cell

    def mark(self) -> Test:
        """Return such a function for highlighting, which gives up on slow patterns.

        Raises:
            InputError: The regular expression cannot be read.
        """
        if not self.regex:
            return self.test()
        search = searcher(self.text, ignore_case=self.ignores_case, most_s=MARK_S)
        given_up = False

        def marked(cell: str) -> object:
            nonlocal given_up
            if given_up:
                return None
            try:
                return search(cell)
            except InputError:
                given_up = True
                return None

        return marked

    def may_be_in(self, rows: Sequence[Row]) -> bool:
        """Whether the chunk may contain a match; fast for plain text, always true for a regex."""
        if self.regex:
            return True
        joined = SEPARATOR.join(filter(None, chain.from_iterable(rows)))
        return self.text in (joined.lower() if self.ignores_case else joined)


class Matches:
    """The matching cells of a search, in the order of the rows shown.

    Attributes:
        cells: Cell numbers, `row shown × columns + column`, ascending.
        complete: Every row was searched and every match is included.
    """

    def __init__(self, cells: array[int], column_count: int, *, complete: bool) -> None:
        self.cells = cells
        self.complete = complete
        self._column_count = column_count

    def __len__(self) -> int:
        return len(self.cells)

    def after(self, row: int, column: int) -> tuple[int, int] | None:
        """Return the next match after a cell, the first one after the last."""
        if not self.cells:
            return None
        at = bisect_right(self.cells, row * self._column_count + column)
        return divmod(self.cells[at % len(self.cells)], self._column_count)

    def before(self, row: int, column: int) -> tuple[int, int] | None:
        """Return the previous match before a cell, wrapping to the last."""
        if not self.cells:
            return None
        at = bisect_left(self.cells, row * self._column_count + column)
        return divmod(self.cells[at - 1], self._column_count)

    def number(self, row: int, column: int) -> int:
        """Return the number of the match in a cell, from 1; 0 if there is none."""
        cell = row * self._column_count + column
        at = bisect_left(self.cells, cell)
        is_match = at < len(self.cells) and self.cells[at] == cell
        return at + 1 if is_match else 0


def tests_of(test: Test, columns: Sequence[Column]) -> list[Test]:
    """Return a test for the cells of each column; booleans are searched as displayed."""
    passes = {text: bool(test(shown)) for text, shown in BOOLEANS.items()}
    return [passes.get if kind_of(column) is ValueKind.BOOLEAN else test for column in columns]


def _finds_booleans(pattern: Pattern, columns: Sequence[Column]) -> bool:
    """Whether a boolean can match, which cannot be seen in the text of a chunk."""
    return any(kind_of(column) is ValueKind.BOOLEAN for column in columns) and any(
        map(pattern.test(), BOOLEANS.values())
    )


def find_cells(
    store: ResultStore, pattern: Pattern, order: array[int] | None, work: Work
) -> Matches | None:
    """Find a pattern in every cell; `None` when cancelled.

    Args:
        store: The rows to search.
        pattern: What.
        order: Rows shown, by their number in the store; `None` shows all as they came.
        work: Progress and cancelling.

    Raises:
        InputError: The regular expression cannot be read.
    """
    tests = tests_of(pattern.test(), store.columns)
    booleans = _finds_booleans(pattern, store.columns)
    width = len(store.columns)
    numbers = array("Q")
    for first, chunk in work.chunks(store):
        rows = chunk.rows.texts()
        if not booleans and not pattern.may_be_in(rows):
            continue
        numbers.extend(
            (first + row) * width + column
            for row, cells in enumerate(rows)
            for column, cell in enumerate(cells)
            if cell and tests[column](cell)
        )
        if len(numbers) > MOST_MATCHES:
            return Matches(numbers[:MOST_MATCHES], width, complete=False)
    if work.cancelled:
        return None
    shown = numbers if order is None else _as_shown(numbers, order, width)
    return Matches(shown, width, complete=True)


def _as_shown(cells: array[int], order: array[int], width: int) -> array[int]:
    """Renumber cells from rows of the store to rows shown, leaving out rows not shown."""
    columns: dict[int, list[int]] = {}
    for cell in cells:
        row, column = divmod(cell, width)
        columns.setdefault(row, []).append(column)
    shown = array("Q")
    for place, row in enumerate(order):
        shown.extend(place * width + column for column in columns.get(row, ()))
    return shown


@dataclass(frozen=True, slots=True)
class Filter:
    """The rows to show.

    Attributes:
        pattern: The text that a row must contain.
        column: Only this column counts; `None` is any.
        exact: The column's text is the pattern's, whole and as it is.
        is_null: The column is NULL; the pattern does not count.
        inverted: Keep the other rows.
    """

    pattern: Pattern = Pattern("")
    column: int | None = None
    exact: bool = False
    is_null: bool = False
    inverted: bool = False

    def keeps(self, columns: Sequence[Column]) -> Callable[[Row], bool]:
        """Return a function that tests whether a row passes the filter.

        Raises:
            InputError: The regular expression cannot be read.
        """
        holds = self._holds(columns)
        return (lambda row: not holds(row)) if self.inverted else holds

    def _holds(self, columns: Sequence[Column]) -> Callable[[Row], bool]:
        column = self.column
        tests = tests_of(self.pattern.test(), columns)
        if column is None:
            return lambda row: any(
                cell is not None and test(cell) for test, cell in zip(tests, row, strict=True)
            )
        if self.is_null:
            return lambda row: row[column] is None
        if self.exact:
            return lambda row: row[column] == self.pattern.text
        return self._in_column(column, tests[column])

    @staticmethod
    def _in_column(column: int, test: Test) -> Callable[[Row], bool]:
        def holds(row: Row) -> bool:
            cell = row[column]
            return cell is not None and bool(test(cell))

        return holds

    def may_keep(self, rows: Sequence[Row], columns: Sequence[Column]) -> bool:
        """Whether any row of a chunk may pass the filter; false only if that is certain."""
        if self.inverted or self.is_null or self.exact:
            return True
        if _finds_booleans(self.pattern, columns):
            return True
        return self.pattern.may_be_in(rows)


def filter_rows(store: ResultStore, filters: Sequence[Filter], work: Work) -> array[int] | None:
    """Return the numbers of the rows that pass every filter; `None` when cancelled.

    Raises:
        InputError: A regular expression cannot be read.
    """
    tests = [each.keeps(store.columns) for each in filters]
    kept = array("Q")
    for first, chunk in work.chunks(store):
        rows = chunk.rows.texts()
        if all(each.may_keep(rows, store.columns) for each in filters):
            kept.extend(
                first + number
                for number, row in enumerate(rows)
                if all(test(row) for test in tests)
            )
    return None if work.cancelled else kept
