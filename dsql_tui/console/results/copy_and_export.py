"""Copying rows to the clipboard and exporting them to a file, in every format."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.dialogs.copy_as import CopyAsDialog
from dsql_tui.console.results.dialogs.export import ExportDialog, ExportOrder
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_progress import ResultProgress
from dsql_tui.console.results.result_work import ResultWork, Say
from dsql_tui.console.results.selected import Selected, columns_at, scope
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import InputError
from dsql_tui.export.encode import encode
from dsql_tui.export.files import ExportReport, export_file
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.model.span import count
from dsql_tui.results.progress import size
from dsql_tui.results.taking import columns_taken, take
from dsql_tui.results.work import Work

MOST_COPIED_BYTES = 64 * 1024 * 1024
"""Encoding for the clipboard stops here; no clipboard accepts more."""


class Exporter:
    """Copies and exports the selection, or all rows shown.

    Args:
        grid: Shows the rows.
        selected: The selection.
        progress: How the result is getting on.
        put: Copies a text; the notification uses its name.
        work: Encodes the rows.
        choices: Whether formulas are guarded.
        ui: Asks for formats and files.
        say: Reports the outcome of a copy or export.

    Attributes:
        under_way: How many copies and exports are being made.
    """

    def __init__(
        self,
        grid: ResultGrid,
        selected: Selected,
        progress: ResultProgress,
        put: Callable[[str, str], object],
        work: ResultWork,
        choices: ResultChoices,
        ui: Ui,
        say: Say,
    ) -> None:
        self._grid = grid
        self._selected = selected
        self._progress = progress
        self._put = put
        self._work = work
        self._choices = choices
        self._ui = ui
        self._say = say
        self.under_way = 0

    def _rows(
        self, rows: range, places: Sequence[int]
    ) -> tuple[tuple[Column, ...], Iterable[RowChunk]]:
        grid = self._grid
        columns = columns_at(grid, places)
        everything = grid.order is None and len(rows) == grid.row_count
        numbers = None if everything else [grid.stored(row) for row in rows]
        return columns_taken(grid.store, columns), take(grid.store, numbers, columns)

    # The clipboard.

    def copy(self) -> None:
        """Copy the cell's text, or the selection as spreadsheet cells."""
        grid = self._grid
        if not grid.taken_rows or not grid.taken_places:
            return
        if grid.selection:
            self._copy(Format.SPREADSHEET, grid.taken_rows, grid.taken_places)
            return
        text = self._selected.text
        self._put(text or "", "NULL as an empty string" if text is None else "cell")

    def copy_row(self) -> None:
        """Copy the row, or the selected rows, as spreadsheet cells."""
        rows = self._grid.taken_rows
        if rows:
            self._copy(Format.SPREADSHEET, rows, range(len(self._grid.columns.order)))

    async def copy_as(self) -> None:
        """Copy the selection, or all rows shown, in a format to select."""
        rows, places = self._selected.or_all()
        chosen = await self._ui.ask(CopyAsDialog(scope(rows, places)))
        if chosen:
            self._copy(chosen, rows, places, header=True)

    def _copy(
        self, file_format: Format, rows: range, places: Sequence[int], *, header: bool = False
    ) -> None:
        options = ExportOptions(header=header, guard_formulas=self._choices.guard_formulas)
        self._work.begin(self._encode(file_format, rows, places, options))

    async def _encode(
        self, file_format: Format, rows: range, places: Sequence[int], options: ExportOptions
    ) -> None:
        columns, chunks = self._rows(rows, places)

        def job(work: Work) -> str:
            work.total = len(rows)
            return _encoded(file_format, columns, chunks, options, work)

        with self._counted("nothing was copied"):
            text = await self._work.run("Copying", job)
        if text is not None:
            self._put(text, scope(rows, places))

    @contextmanager
    def _counted(self, otherwise: str) -> Iterator[None]:
        """Run uninterrupted by arriving rows; report it when other work replaces it."""
        self.under_way += 1
        try:
            yield
        except asyncio.CancelledError:
            self._say(f"Stopped; {otherwise}.")
            raise
        finally:
            self.under_way -= 1

    # Files.

    async def export(self) -> None:
        """Export the selection, or all rows shown, to a file."""
        rows, places = self._selected.or_all()
        words = scope(rows, places)
        if not self._progress.is_whole:
            words = f"{words} (incomplete result)"
        dialog = ExportDialog(words, Path.cwd(), guard_formulas=self._choices.guard_formulas)
        order = await self._ui.ask(dialog)
        if order:
            self._work.begin(self._write(order, rows, places))

    async def _write(self, order: ExportOrder, rows: range, places: Sequence[int]) -> None:
        columns, chunks = self._rows(rows, places)

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

        with self._counted(f"{order.path.name} was not written"):
            report = await self._work.run(f"Exporting to {order.path.name}", job)
        if report is None:
            return
        if report.complete:
            rows_written = count(report.row_count, "row")
            self._say(f"Exported {rows_written} ({size(report.size_bytes)}) to {report.path}.")
        else:
            self._say(f"Stopped; {order.path.name} was not written.")


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
                f"The selection is larger than the clipboard limit ({size(MOST_COPIED_BYTES)}).",
                remedy=with_keys("Export it to a file instead: press {results.export}."),
            )
    return b"".join(pieces).decode()
