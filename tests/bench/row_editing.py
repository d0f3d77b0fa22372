"""What it costs that rows of a result can be changed."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.results.row_editing.field import CellField
from dsql_tui.console.results.row_editing.review import ReviewChangesDialog
from dsql_tui.console.results.row_editing.service import ResultOrigin
from dsql_tui.model.result import Column, Completed, RowChunk
from dsql_tui.model.source_table import SourceTable, TableColumn
from dsql_tui.results.taking import text_chunk
from dsql_tui.rows.editability import Editability
from dsql_tui.rows.staged import Change, Edited, Row, RowKey
from tests.bench.editing import echo_ms
from tests.bench.measure import Measurement, Options, Target, percentile
from tests.bench.terminal import Terminal, module
from tests.support.dialogs import ENDPOINT
from tests.support.grid_app import PaneApp
from tests.support.row_services import FixedRows

ORDERS = SourceTable(
    oid=7,
    schema="public",
    name="orders",
    columns=(
        TableColumn(1, "id", "text", 25, is_nullable=False),
        TableColumn(2, "status", "text", 25),
    ),
    keys=((1,),),
)
SHAPE = tuple(
    Column(column.name, column.type_oid, -1, ORDERS.oid, column.number) for column in ORDERS.columns
)
STAGED = 3_000
ROWS_MAX, ROWS_MIN, CHUNK = 1_000_000, 100, 10_000
LETTERS = 60


class CountedRows(FixedRows):
    """Counts how often it reads what can be edited."""

    reads = 0

    async def editability(self, columns: tuple[Column, ...], origin: ResultOrigin) -> Editability:
        self.reads += 1
        return await super().editability(columns, origin)


def chunks(rows: int) -> Iterator[RowChunk]:
    """Yield orders with ids from 0 on."""
    for start in range(0, rows, CHUNK):
        end = min(start + CHUNK, rows)
        yield text_chunk([(str(number), "paid") for number in range(start, end)])


def show_orders(pane: ResultPane, rows: int) -> CountedRows:
    """Show orders that can be edited, the cursor on the status of the first."""
    service = pane.rows.service = CountedRows(ORDERS)
    pane.begin(SHAPE, origin=ResultOrigin("select * from orders", ENDPOINT))
    for chunk in chunks(rows):
        pane.append(chunk)
    pane.finish(Completed(f"SELECT {rows}", rows, 1.0, 1.0))
    pane.grid.focus()
    pane.grid.move_cursor(0, 1)
    return service


def row_editing(options: Options) -> Iterator[Measurement]:
    """Measure the field of a cell, a letter in it, and the review of 3,000 changes."""
    few = asyncio.run(_field_opens_ms(ROWS_MIN, options.runs))
    many = asyncio.run(_field_opens_ms(ROWS_MIN if options.quick else ROWS_MAX, options.runs))
    yield Measurement(
        "row_editing, first cell of a result of 1,000,000 rows opens",
        "ms",
        many,
        few,
        f"of {ROWS_MIN} rows",
        Target(ratio=1.5),
    )
    cell, word = _letters(options)
    yield Measurement(
        "row_editing, p95 of a letter in a cell",
        "ms",
        cell,
        word,
        "in the editor",
        Target(ratio=1.1),
    )
    review = asyncio.run(_review_ms(options.runs))
    yield Measurement(
        "row_editing, review of 3,000 changes", "ms", review, target=Target(value=200)
    )


async def _field_opens_ms(rows: int, runs: int) -> float:
    """Return how long the first edit of a result takes to open, which reads the catalog once."""
    app, spent = PaneApp(), list[float]()
    async with app.run_test() as pilot:
        for _ in range(runs):
            service = show_orders(app.pane, rows)
            await pilot.pause()
            started = time.monotonic()
            app.pane.ui.start(app.pane.rows.edit())
            field = app.pane.query_one(CellField)
            while not field.display:
                await _one_step()
            spent.append(time.monotonic() - started)
            await pilot.press("escape", "E")
            if service.reads != 1:
                raise AssertionError(f"{service.reads} reads of the catalog in place of one")
            await pilot.press("escape")
    return statistics.median(spent) * 1_000


async def _one_step() -> None:
    """Let the event loop do what is waiting."""
    await asyncio.sleep(0)


def _letters(options: Options) -> tuple[float, float]:
    """Return the 95th percentile of a letter's echo in a cell, and in the editor."""
    cell, word = list[float](), list[float]()
    for _ in range(max(2, options.runs // 2)):
        word += echo_ms("select", LETTERS)
        with Terminal(module("tests.bench.apps", "cell")) as terminal:
            terminal.until(b"paid")
            terminal.settle(0.5)
            terminal.write(b"E")
            terminal.settle(0.5)
            for _ in range(LETTERS):
                terminal.write(b"x")
                cell.append(terminal.until_frame() * 1_000)
                terminal.settle(0.02)
    return percentile(cell, 0.95), percentile(word, 0.95)


async def _review_ms(runs: int) -> float:
    """Return how long 3,000 staged changes take from the key to the dialog that shows them."""
    app, spent = PaneApp(), list[float]()
    async with app.run_test() as pilot:
        show_orders(app.pane, STAGED)
        await app.pane.rows.obstacle()
        staged = app.pane.rows.stack.now
        changes: dict[Row, Change] = {
            RowKey(ORDERS.oid, (str(number),)): _edited(number) for number in range(STAGED)
        }
        app.pane.rows.stack.stage(replace(staged, changes=changes))
        for _ in range(runs):
            started = time.monotonic()
            app.pane.ui.start(app.pane.change_runner.review())
            while not isinstance(app.screen, ReviewChangesDialog):
                await _one_step()
            await pilot.pause()
            spent.append(time.monotonic() - started)
            await pilot.press("escape")
    return statistics.median(spent) * 1_000


def _edited(number: int) -> Edited:
    return Edited({2: f"sent {number}"}, {1: str(number), 2: "paid"})
