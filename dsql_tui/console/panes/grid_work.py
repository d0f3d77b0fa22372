"""Work on a result: find, filter, sort, summarize, compare. None of it blocks; all of it stops."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult

from dsql_tui.console.grid.prompt import Prompt, Purpose
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.panes.grid_base import ResultBase, ResultChoices
from dsql_tui.errors import InputError
from dsql_tui.model.result import Column, Completed
from dsql_tui.results.arrangement import Arrangement, arrange_rows
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.results.compare import Comparison, compare
from dsql_tui.results.find import Filter, Matches, Pattern, find_cells
from dsql_tui.results.kinds import type_name
from dsql_tui.results.progress import Outcome, Progress, count
from dsql_tui.results.store import ResultStore
from dsql_tui.results.summary import summarize

WORK_GROUP = "result-work"


@dataclass
class Pin:
    """The result that others are compared with; the results pane gives all its results one."""

    store: ResultStore | None = None


class ResultWork(ResultBase):
    """A result that can be searched, rearranged, summarized and compared."""

    def __init__(
        self,
        *,
        choices: ResultChoices | None = None,
        pin: Pin | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(choices=choices, id=id, classes=classes)
        self._pin = pin or Pin()
        self._compared: tuple[ResultStore, Progress] | None = None
        self.arrangement = Arrangement()
        self._arranged_rows = 0
        self._arrangings = 0
        self._pattern: Pattern | None = None
        self._matches: Matches | None = None
        self._searched_rows = 0
        self._prompt = Prompt()

    def compose(self) -> ComposeResult:
        """The grid, the prompt while it is asked for, the status line."""
        yield self.grid
        yield self._prompt
        yield self._status

    def begin(self, columns: tuple[Column, ...], arrivals: Arrivals | None = None) -> None:
        """Forget what was done to the result before."""
        self.stop_work()
        self._arrangings += 1
        self.arrangement = Arrangement()
        self._pattern = self._matches = self._compared = None
        super().begin(columns, arrivals)

    def finish(self, completed: Completed) -> None:
        """Arrange and search again: rows have come since."""
        super().finish(completed)
        self._take_in_rest()

    def fail(self, words: str) -> None:
        """Likewise: what came before stays."""
        self._leave_comparison()
        super().fail(words)
        self._take_in_rest()

    def pause(self) -> None:
        """Likewise: nothing more comes unasked."""
        super().pause()
        self._take_in_rest()

    def resume(self) -> None:
        """More rows are on their way to the result, not to a comparison."""
        self._leave_comparison()
        super().resume()

    def stop_early(self) -> None:
        """Likewise: the result is what there is."""
        self._leave_comparison()
        super().stop_early()
        self._take_in_rest()

    def _take_in_rest(self) -> None:
        """Arrange and search the rows that have come since, unless rows are being taken away."""
        if self._taken_away:
            return
        rows = self.grid.store.row_count
        if self.arrangement and self._arranged_rows < rows:
            self._rearrange()
        elif self._pattern and self._searched_rows < rows:
            self._find(self._pattern, jump=False)

    # Find.

    def action_find(self) -> None:
        """Ask for a text to find."""
        self._ask(Purpose.FIND)

    def action_filter(self) -> None:
        """Ask for a text that rows to keep hold."""
        self._ask(Purpose.FILTER)

    def _ask(self, purpose: Purpose) -> None:
        column = self.grid.cursor_column
        self._prompt.ask(purpose, column.name if column else "")

    @on(Prompt.Left)
    def _prompt_left(self) -> None:
        self.grid.focus()

    @on(Prompt.Answered)
    def _prompt_answered(self, answer: Prompt.Answered) -> None:
        self.grid.focus()
        if not answer.text:
            return
        pattern = Pattern(answer.text, regex=answer.regex)
        try:
            mark = pattern.mark()
        except InputError as error:
            self.say(error.message, severity="error")
            return
        if answer.purpose is Purpose.FIND:
            self.grid.highlight(mark)
            self._find(pattern)
        else:
            column = self._column_number() if answer.column_only else None
            self.arrange_as(self.arrangement.keep(Filter(pattern, column)))

    @work(exclusive=True, group=WORK_GROUP)
    async def _find(self, pattern: Pattern, *, jump: bool = True) -> None:
        self._pattern, self._matches = pattern, None
        held = self.grid.store.so_far()
        self._searched_rows = held.row_count
        job = partial(find_cells, held, pattern, self.grid.order)
        self._matches = await self.run_work(f"Finding “{pattern.text}”", job)
        self._draw_status()
        if jump and self._matches:
            row, column = self.grid.cursor_row, self._column_number()
            if not self._matches.number(row, column or 0):
                self.action_next_match()

    def action_next_match(self) -> None:
        """Go to the next cell that holds what was looked for."""
        if self._matches:
            found = self._matches.after(self.grid.cursor_row, self._column_number() or 0)
            self._go_to(found)

    def action_previous_match(self) -> None:
        """Go to the cell before that holds what was looked for."""
        if self._matches:
            found = self._matches.before(self.grid.cursor_row, self._column_number() or 0)
            self._go_to(found)

    def _go_to(self, cell: tuple[int, int] | None) -> None:
        if cell is None:
            return
        row, column = cell
        if column not in self.grid.columns.order:
            self.grid.lay_out(lambda layout: layout.show([*layout.order, column]))
        self.grid.move_cursor(row, self.grid.columns.order.index(column))
        self._draw_status()

    def _column_number(self) -> int | None:
        order = self.grid.columns.order
        return order[self.grid.cursor_place] if order else None

    # Filter and sort.

    def action_keep_value(self, *, inverted: bool = False) -> None:
        """Keep the rows that have the cell's value in its column."""
        column = self._column_number()
        if column is None or not self.grid.row_count:
            return
        value = self.grid.store.text(self.grid.stored(self.grid.cursor_row), column)
        kept = Filter(
            Pattern(value or ""),
            column,
            exact=value is not None,
            is_null=value is None,
            inverted=inverted,
        )
        self.arrange_as(self.arrangement.keep(kept))

    def action_drop_value(self) -> None:
        """Keep the rows that do not have the cell's value in its column."""
        self.action_keep_value(inverted=True)

    def action_sort(self) -> None:
        """Sort by the cursor's column alone: up, down, not at all."""
        self._sort(self._column_number(), further=False)

    def action_sort_further(self) -> None:
        """Sort rows that are equal so far by the cursor's column."""
        self._sort(self._column_number(), further=True)

    @on(ResultGrid.HeaderPressed)
    def _header_pressed(self, pressed: ResultGrid.HeaderPressed) -> None:
        self._sort(self.grid.columns.order[pressed.place], further=False)

    def _sort(self, column: int | None, *, further: bool) -> None:
        if column is not None:
            self.arrange_as(self.arrangement.sort(column, further=further))

    def action_unarrange(self) -> None:
        """Show every row again, in the server's order."""
        self.arrange_as(Arrangement())

    def arrange_as(self, wanted: Arrangement) -> None:
        """Show the rows like this; what was shown stays until it is worked out."""
        self.arrangement = wanted
        self.grid.mark_columns(wanted.marks)
        self._rearrange()

    def _rearrange(self) -> None:
        self._arrangings += 1
        self._arrange(self._arrangings)

    @work(exclusive=True, group=WORK_GROUP)
    async def _arrange(self, number: int) -> None:
        """Work out the order; other work that stops it leaves no marks of an order that is not."""
        wanted = self.arrangement
        order = None
        held = self.grid.store.so_far()
        if wanted:
            job = partial(arrange_rows, held, wanted)
            try:
                order = await self.run_work("Sorting" if wanted.keys else "Filtering", job)
            except asyncio.CancelledError:
                if number == self._arrangings:
                    self._give_up_arranging()
                raise
            if order is None:
                self._give_up_arranging()
                return
        self._arranged_rows = held.row_count
        self.grid.show_order(order)
        if self._pattern:
            self._find(self._pattern, jump=False)
        self._draw_status()

    def _give_up_arranging(self) -> None:
        """Say of the rows shown what they are, after a sort or filter was stopped."""
        self.say("Stopped: the rows are all there, in the server's order.")
        self.arrangement = Arrangement()
        self.grid.mark_columns({})
        self.grid.show_order(None)
        self._draw_status()

    # Summarize and compare.

    @work(exclusive=True, group=WORK_GROUP)
    async def action_summarize(self) -> None:
        """Show what the cursor's column holds, over the rows shown."""
        column = self._column_number()
        if column is None:
            return
        job = partial(summarize, self.grid.store, column, self.grid.order)
        summary = await self.run_work("Summarizing", job)
        if summary:
            from dsql_tui.console.dialogs.summary import SummaryDialog

            self.app.push_screen(SummaryDialog(summary))

    def action_pin(self) -> None:
        """Keep this result to compare others with; again to let it go."""
        if self._pin.store is self.grid.store:
            self._pin.store = None
            self.say("No result is pinned any more.")
        else:
            self._pin.store = self.grid.store
            self.say(f"Pinned {count(self.grid.store.row_count, 'row')}; d compares with it.")

    @work(exclusive=True, group=WORK_GROUP)
    async def action_compare(self) -> None:
        """Show what changed since the pinned result; the columns taken tell rows apart."""
        if self.progress.outcome is Outcome.RUNNING:
            self.say("Rows are still on their way; compare when they are here.")
            return
        before, after = self._pin.store, self.grid.store
        keys = [self.grid.columns.order[place] for place in self.grid.taken_places]
        if before is None or before is after or not keys:
            self.say("Pin the result to compare with first: p there, d here.")
            return
        found = await self.run_work("Comparing", partial(compare, before, after, keys))
        if found:
            self._show_comparison(found, after, whole=before.is_whole and after.is_whole)

    def _show_comparison(self, found: Comparison, after: ResultStore, *, whole: bool) -> None:
        if self.progress.outcome is Outcome.RUNNING:
            return  # More was asked for meanwhile.
        shown = ResultStore(found.columns)
        for chunk in found.chunks:
            shown.append(chunk)
        progress = self.progress
        self._show_store(shown)
        self._compared = (after, progress)
        words = (
            f"{found.added:,} added · {found.removed:,} removed · {found.changed:,} changed · "
            f"{found.unchanged:,} the same{'' if whole else ' · not of all rows there are'}"
        )
        self.progress = Progress(shown.row_count, outcome=Outcome.COMPLETE, words=words)
        self._draw_status()

    def _show_store(self, store: ResultStore) -> None:
        self.arrangement = Arrangement()
        self._pattern = self._matches = None
        self.grid.show_store(store)

    def _leave_comparison(self) -> None:
        if self._compared:
            after, self.progress = self._compared
            self._compared = None
            self._show_store(after)

    def action_step_back(self) -> None:
        """Undo one thing: work going on, a selection, a search, filters, a comparison."""
        if self.stop_work():
            pass
        elif self.grid.selection:
            self.grid.select_nothing()
        elif self._pattern:
            self._pattern = self._matches = None
            self.grid.highlight(None)
        elif self.arrangement:
            self.action_unarrange()
        elif self._compared:
            self._leave_comparison()
        else:
            raise SkipAction
        self._draw_status()

    @on(ResultGrid.CursorMoved)
    def _cursor_moved(self) -> None:
        self._draw_status()

    def status_words(self) -> list[str]:
        """Add what was found, what is filtered, what is taken, and where the cursor is."""
        words = super().status_words()
        grid, shape = self.grid, self.grid.store.columns
        if self._pattern and self._matches is not None:
            words.insert(0, self._found_words(self._pattern, self._matches))
        if self.arrangement.filters:
            kept = f"{grid.row_count:,} of {self._part(self._arranged_rows)}"
            words.insert(0, f"{kept} where {self.arrangement.words(shape)}")
        elif grid.order is not None and self._arranged_rows < grid.store.row_count:
            words.insert(0, f"sorted {self._part(self._arranged_rows)}")
        if grid.selection:
            size = f"{len(grid.taken_rows):,} × {len(grid.taken_places):,}"
            words.insert(0, f"{grid.selection.extent} {size} taken")
        if grid.cursor_column and grid.cursor_row < grid.row_count:
            words.append(self._cursor_words(grid.cursor_column))
        return words

    def _cursor_words(self, column: Column) -> str:
        """Name what is under the cursor; NULL and empty are told apart in words."""
        value = self.grid.store.value(
            self.grid.stored(self.grid.cursor_row), self.grid.columns.order[self.grid.cursor_place]
        )
        what = "NULL" if value is None else "" if value else "empty"
        return " ".join(filter(None, (column.name, type_name(column), what)))

    def _found_words(self, pattern: Pattern, matches: Matches) -> str:
        total = f"{len(matches):,}{'' if matches.complete else ' or more'}"
        number = matches.number(self.grid.cursor_row, self._column_number() or 0)
        at = f"match {number:,} of {total}" if number else f"{total} matches"
        part = self._searched_rows < self.grid.store.row_count
        where = f" in {self._part(self._searched_rows)}" if part else ""
        return f"{at} of “{pattern.text}”{where}"

    def _part(self, rows: int) -> str:
        """Say how many rows were looked at; those that have come since are not among them."""
        part = rows < self.grid.store.row_count
        return f"{'the first ' if part else ''}{count(rows, 'row')}"
