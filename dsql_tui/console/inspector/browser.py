"""Reads the rows of one relation into a result pane, page by page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from textual.geometry import Offset

from dsql_tui.console.inspector.workers import RowPage, count_rows, read_page, values_of
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.words import estimate
from dsql_tui.model.inspection import Inspection
from dsql_tui.model.relation import RelationKind
from dsql_tui.model.result import Completed
from dsql_tui.model.span import count
from dsql_tui.results.arrangement import Arrangement
from dsql_tui.results.on_server import conditions_of
from dsql_tui.sql.browsing.row_query import RowQuery, SortColumn

PAGE_ROWS = 500
"""Rows of a page: one chunk, several screens."""


class Browser:
    """Shows rows of a relation in a result pane and reads further ones on request.

    Args:
        pane: Shows the rows.
        pair: The sessions; rows are read on the catalog session.
        inspection: The relation.
        conditions: SQL conditions that all rows hold, such as a foreign key's.

    Attributes:
        query: The rows that are shown.
    """

    def __init__(
        self,
        pane: ResultPane,
        pair: SessionPair,
        inspection: Inspection,
        conditions: tuple[str, ...] = (),
    ) -> None:
        self._pane = pane
        self._pair = pair
        self._inspection = inspection
        self._readable = tuple(column for column in inspection.columns if column.is_readable)
        self._base = RowQuery(
            inspection.name,
            tuple(column.name for column in self._readable),
            inspection.key,
            conditions,
        )
        self.query = self._base
        self._limit = PAGE_ROWS
        self._after: tuple[str | None, ...] = ()
        self._counted: int | None = None
        self._arrangement = Arrangement()

    @property
    def statement(self) -> str:
        """The statement of the first page, for the editor."""
        return f"{self.query.page(PAGE_ROWS)};\n"

    async def open(self, *, here: str = "", there: str = "") -> bool:
        """Read and show the first page; return whether rows, or that there are none, are shown.

        Args:
            here: The name of the result that is shown now, to which one can go back.
            there: The name of these rows.
        """
        page = await self._read(self._base)
        if page is None:
            return False
        if there:
            self._pane.trail.push(here, there)
        self._show(page, self._base, Arrangement())
        return True

    def more(self) -> None:
        """Read the next page and append it; without a key, read from the start, twice as many."""
        if self.query.can_continue:
            self._pane.work.begin(self._append())
        else:
            self._pane.work.begin(self._read_again())

    def arranges(self, target: Arrangement) -> bool:
        """Filter and sort on the server; `False` if the pane has all rows and does it itself."""
        if self._pane.grid.store.is_whole and self.query == self._base:
            return False
        self._pane.work.begin(self._arrange(target))
        return True

    def count(self) -> None:
        """Count the rows on the server."""
        self._pane.work.begin(self._count())

    def words(self) -> str:
        """Return the number of rows, estimated or counted, and why reading on is limited."""
        words: list[str] = []
        if self._counted is not None:
            words.append(f"{count(self._counted, 'row')} counted")
        elif self.query == self._base and not self._base.conditions:
            shown = estimate(self._inspection.relation.estimated_rows)
            words += [f"{shown} rows estimated"] if shown else []
        if not self.query.can_continue and not self._pane.grid.store.is_whole:
            words.append("no key")
        if len(self._readable) < len(self._inspection.columns):
            missing = len(self._inspection.columns) - len(self._readable)
            words.append(f"{count(missing, 'column')} without SELECT privilege left out")
        return " · ".join(words)

    async def _read(
        self, query: RowQuery, limit: int = PAGE_ROWS, after: tuple[str | None, ...] | None = None
    ) -> RowPage | None:
        if not self._readable:
            self._pane.say(
                "This role may not SELECT any column of the relation.", severity="warning"
            )
            return None
        words = f"Reading {self._inspection.relation.name}"
        statement = query.page(limit, after)
        return await self._pane.work.run(words, partial(read_page, self._pair, statement))

    def _show(self, page: RowPage, query: RowQuery, arrangement: Arrangement) -> None:
        if query.conditions != self.query.conditions:
            self._counted = None
        self.query, self._arrangement = query, arrangement
        self._pane.begin_page(page.columns, self)
        self._take(page, self._limit)
        self._pane.arranger.arranged_on_server(arrangement)

    def _show_again(
        self, page: RowPage, query: RowQuery, arrangement: Arrangement, row: int
    ) -> None:
        """Show other rows of the same columns, as they are laid out, with the cursor on a row."""
        grid = self._pane.grid
        before = grid.state()
        self._show(page, query, arrangement)
        _, place = before.cursor
        offset = Offset(before.offset.x, before.offset.y if row else 0)
        grid.show_state(
            replace(before, store=grid.store, order=None, cursor=(row, place), offset=offset)
        )
        grid.mark_columns(arrangement.marks)

    def _take(self, page: RowPage, limit: int) -> None:
        """Append a page's rows; where it was full, the server may have more."""
        pane = self._pane
        for chunk in page.chunks:
            pane.append(chunk)
        if page.chunks and self.query.can_continue:
            names = [column.name for column in page.columns]
            places = [names.index(column.name) for column in self.query.order]
            self._after = values_of(page, -1, places)
        if page.row_count == limit or page.is_cut:
            pane.pause()
        else:
            rows = pane.grid.store.row_count
            pane.finish(Completed(f"SELECT {rows}", rows, page.first_row_ms, page.elapsed_ms))

    async def _append(self) -> None:
        page = await self._read(self.query, PAGE_ROWS, self._after)
        if page is not None:
            self._take(page, PAGE_ROWS)

    async def _read_again(self) -> None:
        """Replace the rows by twice as many; there is no key at which to continue."""
        page = await self._read(self.query, self._limit * 2)
        if page is not None:
            self._limit *= 2
            row = min(self._pane.grid.cursor_row, page.row_count - 1)
            self._show_again(page, self.query, self._arrangement, max(row, 0))

    async def _arrange(self, target: Arrangement) -> None:
        query = self._arranged(target)
        self._limit = PAGE_ROWS
        page = await self._read(query)
        if page is not None:
            self._show_again(page, query, target, 0)

    def _arranged(self, target: Arrangement) -> RowQuery:
        names = [column.name for column in self._readable]
        types = [column.type_name for column in self._readable]
        sort = tuple(
            SortColumn(names[key.column], key.descending, self._readable[key.column].nullable)
            for key in target.keys
        )
        conditions = (*self._base.conditions, *conditions_of(target, names, types))
        return RowQuery(self._base.relation, self._base.columns, self._base.key, conditions, sort)

    async def _count(self) -> None:
        job = partial(count_rows, self._pair, self.query.count())
        counted = await self._pane.work.run("Counting rows", job)
        if counted is not None:
            self._counted = counted
            self._pane.say(f"{count(counted, 'row')} counted.")


def has_no_key(inspection: Inspection) -> str:
    """Return a sentence about rows that cannot be read on from a key; empty if they can."""
    if inspection.key:
        return ""
    kind = "A view has" if inspection.relation.kind is RelationKind.VIEW else "This table has"
    return f"{kind} no primary key: " + with_keys(
        "{results.more} reads from the start, twice as many rows."
    )
