"""Every kind of value, and everything a person can do with a result, at two sizes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from textual.app import App
from textual.pilot import Pilot

from dsql_tui.console.results.row_editing.service import ResultOrigin
from dsql_tui.model.result import Column, Completed
from dsql_tui.model.source_table import SourceTable, TableColumn
from dsql_tui.results.store import ResultStore
from tests.snapshot.test_console import SIZES
from tests.support.dialogs import ENDPOINT
from tests.support.grid_app import PaneApp, app_of, press, settle, show
from tests.support.row_services import FixedRows
from tests.support.rows import TYPE_OIDS, chunk, columns, numbered
from tests.unit.rows.tables import shown


class SnapCompare(Protocol):
    """The plug-in's fixture."""

    def __call__(
        self,
        app: App[None],
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], Awaitable[None]],
    ) -> bool: ...


Steps = Callable[[Pilot[None]], Awaitable[object]]

KINDS: dict[str, list[str | None]] = {
    "boolean": ["t", "f", None],
    "integer": ["42", "-2147483648", None],
    "bigint": ["9223372036854775807", "0", None],
    "numeric": ["1234567.8900", "NaN", None],
    "double": ["1e-300", "-Infinity", None],
    "text": ["Espresso machine", "", None],
    "bytea": ["\\x00ff10", "\\x", None],
    "json": ['{"a": [1, 2]}', "[]", None],
    "jsonb": ['{"b": null}', '"s"', None],
    "uuid": ["0b7e1a0e-7a2f-4d4e-9d0e-3f8b2a6c1d2e", None, None],
    "date": ["2026-11-21", "infinity", None],
    "time": ["06:07:08.123456", "24:00:00", None],
    "timestamp": ["2026-11-21 06:07:08", "0044-03-15 00:00:00 BC", None],
    "timestamptz": ["2026-11-21 06:07:08.5+00", "-infinity", None],
    "interval": ["1 year 2 mons 3 days 04:05:06", "-00:00:01", None],
    "text[]": ['{a,"b c",NULL}', "{}", None],
}
ODD: list[list[str | None]] = [
    ["日本語のコーヒー", "wide"],
    ["e\u0301 combining, \U0001f44d\U0001f3fd emoji", "beyond ASCII"],
    ["\x1b[31mred\x1b[0m \x07 bell", "escapes"],
    ["[bold red]markup[/] \\[x]", "markup"],
    ["two\nlines\r\nand\ttabs", "line breaks"],
    ["\u202eright to left\u202c \u200f", "bidirectional"],
    ["x" * 200, "long"],
    ["NULL", "the word"],
    [None, "the absence"],
    ["", "empty"],
]
FRUIT: list[list[str | None]] = [
    ["1", "pear", "2.50"],
    ["2", "apple", None],
    ["3", None, "10"],
    ["4", "peach", "9.75"],
]
FRUITS = SourceTable(
    oid=7,
    schema="public",
    name="fruits",
    columns=(
        TableColumn(1, "id", "integer", 23, is_nullable=False),
        TableColumn(2, "name", "text", 25),
        TableColumn(3, "price", "numeric", 1700, default="0"),
    ),
    keys=((1,),),
)
DOCUMENT = '{"order": {"id": 7, "items": [{"name": "Kettle", "n": 1}, 2.50]}, "empty": {}}'


def kinds(*names: str) -> Steps:
    async def fill(pilot: Pilot[None]) -> None:
        rows = zip(*(KINDS[name] for name in names), strict=True)
        shape = tuple(Column(name, TYPE_OIDS[name]) for name in names)
        await show(pilot, shape, chunk(*rows))

    return fill


def fruit(*keys: str) -> Steps:
    async def fill(pilot: Pilot[None]) -> None:
        await show(pilot, columns(id="integer", name="text", price="numeric"), chunk(*FRUIT))
        await press(pilot, *keys)

    return fill


def value(kind: str, text: str | None, *keys: str) -> Steps:
    async def open_it(pilot: Pilot[None]) -> None:
        await show(pilot, columns(value=kind), chunk([text]))
        await press(pilot, "enter", *keys)

    return open_it


async def odd(pilot: Pilot[None]) -> None:
    await show(pilot, columns(value="text", what="text"), chunk(*ODD))


async def failed(pilot: Pilot[None]) -> None:
    app = app_of(pilot)
    app.pane.begin(columns(id="bigint", name="text"))
    app.pane.append(numbered(1, 5))
    app.pane.progress.elapsed_ms = lambda: 1250.0  # type: ignore[method-assign]
    app.pane.progress.first_row_ms = 12.0
    app.pane.fail("division by zero (22012)")
    await settle(pilot)


async def paused(pilot: Pilot[None]) -> None:
    app = app_of(pilot)
    app.pane.begin(columns(id="bigint", name="text"))
    app.pane.progress.elapsed_ms = lambda: 1250.0  # type: ignore[method-assign]
    app.pane.append(numbered(1, 100))
    app.pane.pause()
    await settle(pilot)


async def zero_rows(pilot: Pilot[None]) -> None:
    await show(pilot, columns(id="bigint", name="text"))


async def many_columns(pilot: Pilot[None]) -> None:
    shape = tuple(Column(f"column_{n}", TYPE_OIDS["integer"]) for n in range(1_600))
    await show(pilot, shape, chunk([str(n) for n in range(1_600)]))
    await press(pilot, "z", "end")


def changed(*keys: str) -> Steps:
    async def stage(pilot: Pilot[None]) -> None:
        pane = app_of(pilot).pane
        pane.rows.service = FixedRows(FRUITS)
        pane.begin(shown(FRUITS), origin=ResultOrigin("select * from fruits", ENDPOINT))
        pane.append(chunk(*FRUIT))
        pane.finish(Completed("SELECT 4", 4, 12.0, 38.0))
        pane.grid.focus()
        await press(pilot, "right", "E", "ctrl+u", *"plum", "enter", "down", "D", "down", "A")
        await press(pilot, *keys)

    return stage


async def watched(pilot: Pilot[None]) -> None:
    app = await show(pilot, columns(id="integer", name="text"), chunk(["1", "pear"], ["2", "fig"]))
    store = ResultStore(columns(id="integer", name="text"))
    store.append(chunk(["1", "pear"], ["2", "plum"], ["3", "kiwi"]))
    app.pane.watched("every 2 s · run 2 · 0.5 DPU · $0.000004")
    app.pane.replace_rows(store, Completed("SELECT 3", 3, 12.0, 38.0))
    await settle(pilot)


async def plotted(pilot: Pilot[None]) -> None:
    rows = [[str(week), str(week * week % 17), str(week)] for week in range(1, 21)]
    await show(pilot, columns(week="integer", orders="integer", visits="integer"), chunk(*rows))
    await press(pilot, "P")


SCENES: dict[str, Steps] = {
    "row_changes": changed("up", "up"),
    "row_review": changed("R"),
    "watched": watched,
    "plotted": plotted,
    "numbers": kinds("boolean", "integer", "bigint", "numeric", "double"),
    "texts": kinds("text", "bytea", "json", "jsonb", "text[]"),
    "moments": kinds("date", "time", "timestamp", "timestamptz", "interval"),
    "identifiers": kinds("uuid", "boolean", "bigint"),
    "odd_texts": odd,
    "zero_rows": zero_rows,
    "many_columns": many_columns,
    "failed": failed,
    "paused": paused,
    "find_prompt": fruit("slash"),
    "found": fruit("slash", *"pea", "enter"),
    "filtered": fruit("ampersand", *"pea", "enter"),
    "sorted": fruit("end", "s", "home", "S"),
    "selected": fruit("shift+down", "shift+right"),
    "grouped": kinds("bigint", "numeric", "timestamptz"),
    "cell_text": value("text", "The quick brown fox.\n" * 30),
    "cell_json": value("jsonb", DOCUMENT, "down", "down", "down", "space"),
    "cell_hex": value("bytea", "\\x" + bytes(range(64)).hex()),
    "cell_null": value("text", None),
    "record": fruit("j", "x"),
    "summary": fruit("end", "i"),
    "copy_as": fruit("c"),
    "columns": fruit("f"),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_a_result_looks_as_it_did(
    scene: str, size: tuple[int, int], snap_compare: SnapCompare
) -> None:
    async def arrange(pilot: Pilot[None]) -> None:
        await SCENES[scene](pilot)
        if scene == "grouped":
            await press(pilot, "comma", "t")
            pilot.app.clear_notifications()
        await settle(pilot)

    assert snap_compare(PaneApp(), terminal_size=size, run_before=arrange)
