"""What a result pane holds, each built by itself: no app, no screen, no pane."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, cast

import pytest

from dsql_tui.console.grid.prompt import Prompt, Purpose
from dsql_tui.console.grid.selection import Extent, GridSelection
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.arrange import Arranger
from dsql_tui.console.results.column_view import ColumnView
from dsql_tui.console.results.compare import Comparer, Pin, Summarizer
from dsql_tui.console.results.copy_and_export import Exporter
from dsql_tui.console.results.dialogs.export import ExportOrder
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_progress import ResultProgress
from dsql_tui.console.results.result_work import ResultWork
from dsql_tui.console.results.selected import Selected
from dsql_tui.console.shared.ui import Flow
from dsql_tui.errors import InputError
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.model.result import Completed
from dsql_tui.results.progress import FetchOutcome
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from tests.support.fake_ui import FakeUi
from tests.support.rows import chunk, columns


class StillGrid(ResultGrid):
    """A grid that neither scrolls nor gets the focus: that takes an app."""

    def scroll_to(self, *_where: object, **_how: object) -> None:
        return

    def focus(self, scroll_visible: bool = True) -> Self:
        return self


class Parts:
    """A grid of products, and everything that works on it."""

    def __init__(self) -> None:
        self.ui = FakeUi()
        self.said: list[str] = []
        self.copied: list[str] = []
        self.task: asyncio.Task[object] | None = None
        self.grid = StillGrid()
        self.progress = ResultProgress()
        self.pin = Pin()
        self.changes = 0
        prompt = SimpleNamespace(
            ask=lambda purpose, column: self.said.append(f"{purpose} {column}")
        )
        self.work = ResultWork(self._begin, self._changed, self._say)
        self.selected = Selected(self.grid)
        self.arranger = Arranger(
            self.grid,
            cast("Prompt", prompt),
            self.selected,
            self.work,
            self._say,
            self._changed,
        )
        self.comparer = Comparer(
            self.grid,
            self.selected,
            self.progress,
            self.pin,
            self.work,
            say=self._say,
            show_store=self._show_store,
            changed=self._changed,
        )
        choices = ResultChoices()
        self.exporter = Exporter(
            self.grid,
            self.selected,
            self.progress,
            self._put,
            self.work,
            choices,
            self.ui,
            self._say,
        )
        self.column_view = ColumnView(self.grid, self.selected, choices, self.ui, self._say)

    def _begin(self, flow: Flow) -> None:
        if self.task is not None:
            self.task.cancel()
        self.task = asyncio.get_running_loop().create_task(flow)

    def _changed(self) -> None:
        self.changes += 1

    def _put(self, text: str, what: str) -> None:
        self.copied.append(text)
        self.said.append(f"Copied {what}.")

    def _say(self, words: str, *, severity: str = "information") -> None:
        self.said.append(words)

    def _show_store(self, store: ResultStore) -> None:
        self.arranger.forget()
        self.grid.show_store(store)

    def show(self, *rows: list[str | None]) -> None:
        self.arranger.begin()
        self.comparer.begin()
        self.grid.begin(columns(name="text", price="numeric"))
        self.grid.append(chunk(*rows))
        self.grid.store.is_whole = True
        self.grid.finish()
        self.progress.complete(
            Completed(f"SELECT {len(rows)}", len(rows), 1.0, 2.0), self.grid.store, ""
        )

    async def done(self) -> None:
        """Wait for the started work to end, and for the work that it started."""
        while self.task is not None and not self.task.done():
            await asyncio.wait([self.task])
        for _ in range(5):
            await asyncio.sleep(0)

    @property
    def names(self) -> list[str | None]:
        """The names in the order of the rows shown."""
        return [
            self.grid.store.text(self.grid.stored(row), 0) for row in range(self.grid.row_count)
        ]


@pytest.fixture
def parts() -> Iterator[Parts]:
    made = Parts()
    made.show(["kettle", "49"], ["grinder", "129"], ["cup", None], ["kettle", "12"])
    yield made
    made.ui.close()


def answered(text: str, purpose: Purpose = Purpose.FIND, **more: bool) -> Prompt.Answered:
    asked: Any = SimpleNamespace(text=text, purpose=purpose, regex=False, column_only=False, **more)
    return cast("Prompt.Answered", asked)


# Arranging.


async def test_sorting_shows_another_order_and_again_the_servers(parts: Parts) -> None:
    parts.arranger.sort()
    await parts.done()
    assert parts.names == ["cup", "grinder", "kettle", "kettle"]
    parts.arranger.sort()
    await parts.done()
    assert parts.names == ["kettle", "kettle", "grinder", "cup"]
    parts.arranger.sort()
    await parts.done()
    assert parts.names == ["kettle", "grinder", "cup", "kettle"]


async def test_equal_rows_are_sorted_further_by_another_column(parts: Parts) -> None:
    parts.arranger.sort()
    await parts.done()
    parts.grid.move_cursor(0, 1)
    parts.arranger.sort(further=True)
    await parts.done()
    prices = [parts.grid.store.text(parts.grid.stored(row), 1) for row in range(4)]
    assert prices == [None, "129", "12", "49"]


@pytest.mark.parametrize(
    ("inverted", "names"), [(False, ["kettle", "kettle"]), (True, ["grinder", "cup"])]
)
async def test_a_value_is_kept_or_left_out(parts: Parts, inverted: bool, names: list[str]) -> None:
    parts.arranger.keep_value(inverted=inverted)
    await parts.done()
    assert parts.names == names
    assert any("of 4 rows where" in words for words in parts.arranger.words())
    parts.arranger.unarrange()
    await parts.done()
    assert len(parts.names) == 4
    assert parts.arranger.words() == []


async def test_null_is_a_value_to_filter_by(parts: Parts) -> None:
    parts.grid.move_cursor(2, 1)
    parts.arranger.keep_value()
    await parts.done()
    assert parts.names == ["cup"]


async def test_finding_goes_to_the_next_and_the_previous_match(parts: Parts) -> None:
    parts.grid.move_cursor(1, 0)
    parts.arranger.answered(answered("kettle"))
    await parts.done()
    assert parts.grid.cursor_row == 3
    assert parts.arranger.words() == ["match 2 of 2 of “kettle”"]
    parts.arranger.next_match()
    assert parts.grid.cursor_row == 0
    parts.arranger.previous_match()
    assert parts.grid.cursor_row == 3
    assert parts.arranger.forget_search()
    assert not parts.arranger.forget_search()
    assert parts.arranger.words() == []


async def test_an_expression_that_cannot_be_read_is_reported(parts: Parts) -> None:
    wrong = answered("(")
    wrong.regex = True
    parts.arranger.answered(wrong)
    assert len(parts.said) == 1
    assert parts.task is None


async def test_rows_that_come_later_are_arranged_too(parts: Parts) -> None:
    parts.arranger.sort()
    await parts.done()
    parts.grid.append(chunk(["anvil", "7"]))
    parts.arranger.take_in_rest()
    await parts.done()
    assert parts.names[0] == "anvil"


async def test_other_work_stops_a_sort_and_leaves_no_mark(parts: Parts) -> None:
    parts.arranger.sort()
    await asyncio.sleep(0)
    parts.work.begin(asyncio.sleep(0))
    await parts.done()
    assert parts.said == ["Stopped. All rows are shown in the server's order."]
    assert not parts.arranger.arrangement


# Work.


async def test_an_input_error_is_reported_and_gives_no_result(parts: Parts) -> None:
    def refuse(_work: Work) -> str:
        raise InputError("No room.", remedy="Make some.")

    assert await parts.work.run("Trying", refuse) is None
    assert parts.said == ["No room. Make some."]
    assert parts.work.words == ""


async def test_work_can_be_stopped(parts: Parts) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless(work: Work) -> str:
        loop.call_soon_threadsafe(begun.set)
        while not work.cancelled:
            pass
        return "stopped"

    running = asyncio.create_task(parts.work.run("Looking", endless))
    await begun.wait()
    assert parts.work.words == "Looking 0% · esc stop"
    assert parts.work.stop()
    assert await running == "stopped"
    assert not parts.work.stop()


# Comparing and summarizing.


async def test_a_comparison_replaces_the_result_and_can_be_closed(parts: Parts) -> None:
    parts.show(["kettle", "49"], ["cup", "3"])
    parts.comparer.toggle_pin()
    parts.show(["kettle", "52"], ["pot", "9"])
    parts.comparer.compare()
    await parts.done()
    assert parts.progress.now.words == "1 added · 1 removed · 1 changed · 0 unchanged"
    assert parts.comparer.leave()
    assert parts.names == ["kettle", "pot"]
    assert parts.progress.now.words == ""
    assert not parts.comparer.leave()


async def test_a_comparison_needs_a_pin_and_all_rows(parts: Parts) -> None:
    parts.comparer.compare()
    await parts.done()
    parts.progress.resume()
    parts.comparer.compare()
    await parts.done()
    assert parts.said == [
        "Pin a result first: press p on the other result, then d here.",
        "Rows are still arriving. Compare when the result is complete.",
    ]


def test_a_pin_is_removed_by_the_same_key(parts: Parts) -> None:
    parts.comparer.toggle_pin()
    assert parts.pin.store is parts.grid.store
    parts.comparer.toggle_pin()
    assert parts.pin.store is None


async def test_a_summary_is_of_the_rows_shown(parts: Parts) -> None:
    summarizer = Summarizer(parts.grid, parts.selected, parts.work, parts.ui)
    summarizer.summarize()
    await parts.done()
    assert len(parts.ui.asked) == 1


# Selecting, copying, exporting.


def select(parts: Parts, rows: int, places: int) -> None:
    parts.grid.move_cursor(0, 0)
    parts.grid.selection = GridSelection(0, 0, Extent.CELLS)
    parts.grid.move_cursor(rows - 1, places - 1)


async def test_the_cell_is_copied_as_it_is_and_a_range_as_tsv(parts: Parts) -> None:
    parts.exporter.copy()
    await parts.done()
    assert parts.copied == ["kettle"]
    select(parts, 2, 2)
    assert parts.selected.words().startswith("cells 2 × 2")
    parts.exporter.copy()
    await parts.done()
    assert parts.copied[-1].split() == ["kettle", "49", "grinder", "129"]
    assert parts.exporter.under_way == 0


async def test_null_is_copied_as_an_empty_text_and_named(parts: Parts) -> None:
    parts.grid.move_cursor(2, 1)
    assert parts.selected.cursor_words() == "price numeric NULL"
    parts.exporter.copy()
    await parts.done()
    assert parts.copied == [""]
    assert parts.said[0].startswith("Copied NULL as an empty string")


async def test_everything_shown_is_copied_in_a_chosen_format(parts: Parts) -> None:
    parts.ui.answers = [Format.CSV]
    await parts.exporter.copy_as()
    await parts.done()
    assert parts.copied[0].splitlines()[0] == "name,price"
    assert len(parts.copied[0].splitlines()) == 5


async def test_rows_are_written_into_a_file(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    parts.ui.answers = [ExportOrder(path, Format.CSV, ExportOptions(), overwrite=False)]
    await parts.exporter.export()
    await parts.done()
    assert len(path.read_text(encoding="utf-8").splitlines()) == 5
    assert parts.said[0].startswith("Exported 4 rows")


@pytest.mark.parametrize(
    ("outcome", "whole"),
    [
        (FetchOutcome.RUNNING, False),
        (FetchOutcome.PAUSED, False),
        (FetchOutcome.PARTIAL, False),
        (FetchOutcome.COMPLETE, True),
        (FetchOutcome.FAILED, True),
    ],
)
def test_a_result_knows_whether_rows_are_missing(
    parts: Parts, outcome: FetchOutcome, whole: bool
) -> None:
    parts.progress.stand(outcome, parts.grid.store)
    assert parts.progress.is_whole is whole
    assert parts.progress.now.row_count == 4


# Columns.


async def test_columns_are_hidden_moved_frozen_and_picked(parts: Parts) -> None:
    parts.column_view.move(1)
    assert parts.grid.columns.order == [1, 0]
    assert parts.grid.cursor_place == 1
    parts.column_view.hide()
    assert parts.grid.columns.order == [1]
    parts.ui.answers = [(0, 1)]
    await parts.column_view.pick()
    assert sorted(parts.grid.columns.order) == [0, 1]
    parts.grid.move_cursor(0, 0)
    parts.column_view.freeze()
    assert parts.grid.columns.frozen_count == 1
    parts.column_view.freeze()
    assert parts.grid.columns.frozen_count == 0


def test_columns_are_resized_and_fitted(parts: Parts) -> None:
    before = parts.grid.columns.widths[0]
    parts.column_view.resize(4)
    assert parts.grid.columns.widths[0] == before + 4
    parts.column_view.fit()
    assert parts.grid.columns.widths[0] == len("grinder")


def test_values_are_written_another_way(parts: Parts) -> None:
    before = parts.grid.formats.group_digits
    parts.column_view.group_digits()
    assert parts.grid.formats.group_digits is not before
    parts.column_view.turn_zone()
    assert str(parts.grid.formats.zone) == "UTC"
    parts.column_view.turn_zone()
    assert parts.grid.formats.zone is None
    assert len(parts.said) == 2
