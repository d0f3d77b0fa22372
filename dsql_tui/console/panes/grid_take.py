"""Taking rows away: to the clipboard or into a file, in every format."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from textual import work

from dsql_tui.console.clipboard import OSC52_BYTES, copy_text
from dsql_tui.console.dialogs.copy_as import CopyAsDialog
from dsql_tui.console.dialogs.export import ExportDialog, ExportOrder
from dsql_tui.console.panes.grid_work import WORK_GROUP, ResultWork
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.export.encode import encode
from dsql_tui.export.files import ExportReport, export_file
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.progress import Outcome, count, size
from dsql_tui.results.taking import columns_taken, take
from dsql_tui.results.work import Work

MOST_COPIED_BYTES = 64 * 1024 * 1024
"""Where encoding for the clipboard stops; no clipboard takes more."""


class ResultTake(ResultWork):
    """A result whose rows can be copied and exported."""

    # What is taken.

    def _taken(
        self, rows: range, places: Sequence[int]
    ) -> tuple[tuple[Column, ...], Iterable[RowChunk]]:
        grid = self.grid
        columns = [grid.columns.order[place] for place in places]
        everything = grid.order is None and len(rows) == grid.row_count
        numbers = None if everything else [grid.stored(row) for row in rows]
        return columns_taken(grid.store, columns), take(grid.store, numbers, columns)

    def _scope(self, rows: range, places: Sequence[int]) -> str:
        return f"{count(len(rows), 'row')} × {count(len(places), 'column')}"

    # The clipboard.

    def action_copy(self) -> None:
        """Copy the cell as it is, or what is taken as TSV."""
        grid = self.grid
        if not grid.taken_rows or not grid.taken_places:
            return
        if grid.selection:
            self._copy(Format.TSV, grid.taken_rows, grid.taken_places)
            return
        column = grid.columns.order[grid.cursor_place]
        text = grid.store.text(grid.stored(grid.cursor_row), column)
        self._put(text or "", "NULL as an empty text" if text is None else "the cell")

    def action_copy_row(self) -> None:
        """Copy the row, or the rows taken, as TSV."""
        rows = self.grid.taken_rows
        if rows:
            self._copy(Format.TSV, rows, range(len(self.grid.columns.order)))

    def action_copy_as(self) -> None:
        """Copy what is taken, or everything shown, in a chosen format."""
        rows, places = self._taken_or_all()

        def copy(chosen: Format | None) -> None:
            if chosen:
                self._copy(chosen, rows, places, header=True)

        self.app.push_screen(CopyAsDialog(self._scope(rows, places)), copy)

    def _taken_or_all(self) -> tuple[range, range]:
        grid = self.grid
        if grid.selection:
            return grid.taken_rows, grid.taken_places
        return range(grid.row_count), range(len(grid.columns.order))

    @work(exclusive=True, group=WORK_GROUP)
    async def _copy(
        self, file_format: Format, rows: range, places: Sequence[int], *, header: bool = False
    ) -> None:
        options = ExportOptions(header=header, guard_formulas=self.choices.guard_formulas)
        columns, chunks = self._taken(rows, places)

        def job(work: Work) -> str:
            work.total = len(rows)
            return _encoded(file_format, columns, chunks, options, work)

        with self._taking_away("the clipboard is as it was"):
            text = await self.run_work("Copying", job)
        if text is not None:
            self._put(text, self._scope(rows, places))

    @work(group="clipboard")
    async def _put(self, text: str, what: str) -> None:
        copy = partial(copy_text, text, self.choices.clipboard, self.app.copy_to_clipboard)
        try:
            copied = await asyncio.to_thread(copy) if len(text) > OSC52_BYTES else copy()
        except DsqlTuiError as error:
            self.say(f"{error.message} {error.remedy}", severity="error")
        else:
            self.say(f"Copied {what}, {size(copied.size_bytes)}, by {copied.route}.")

    @contextmanager
    def _taking_away(self, otherwise: str) -> Iterator[None]:
        """Let arriving rows not interrupt this; say so when the person does, by other work."""
        self._taken_away += 1
        try:
            yield
        except asyncio.CancelledError:
            self.say(f"Stopped; {otherwise}.")
            raise
        finally:
            self._taken_away -= 1

    # Files.

    def action_export(self) -> None:
        """Write what is taken, or everything shown, into a file."""
        rows, places = self._taken_or_all()
        scope = self._scope(rows, places)
        if self.progress.outcome in {Outcome.RUNNING, Outcome.PAUSED, Outcome.PARTIAL}:
            scope = f"{scope}, not all there are"
        dialog = ExportDialog(scope, Path.cwd(), guard_formulas=self.choices.guard_formulas)

        def write(order: ExportOrder | None) -> None:
            if order:
                self._export(order, rows, places)

        self.app.push_screen(dialog, write)

    @work(exclusive=True, group=WORK_GROUP)
    async def _export(self, order: ExportOrder, rows: range, places: Sequence[int]) -> None:
        columns, chunks = self._taken(rows, places)

        def job(work: Work) -> ExportReport:
            work.total = len(rows)

            def advance(report: ExportReport) -> None:
                work.done = report.row_count

            return export_file(
                order.path,
                order.file_format,
                columns,
                chunks,
                order.options,
                overwrite=order.overwrite,
                progress=advance,
                cancelled=lambda: work.cancelled,
            )

        with self._taking_away(f"{order.path.name} was not written"):
            report = await self.run_work(f"Writing {order.path.name}", job)
        if report is None:
            return
        if report.complete:
            rows_written = count(report.row_count, "row")
            self.say(f"Wrote {rows_written}, {size(report.size_bytes)}, to {report.path}.")
        else:
            self.say(f"Stopped; {order.path.name} was not written.")


def _encoded(
    file_format: Format,
    columns: tuple[Column, ...],
    chunks: Iterable[RowChunk],
    options: ExportOptions,
    work: Work,
) -> str:
    pieces: list[bytes] = []
    held = 0

    def counted() -> Iterable[RowChunk]:
        for chunk in chunks:
            if work.cancelled:
                return
            yield chunk
            work.done += chunk.row_count

    for piece in encode(file_format, columns, counted(), options):
        pieces.append(piece)
        held += len(piece)
        if held > MOST_COPIED_BYTES:
            raise InputError(
                f"This is more than any clipboard takes ({size(MOST_COPIED_BYTES)}).",
                remedy="Export to a file instead: e.",
            )
    return b"".join(pieces).decode()
