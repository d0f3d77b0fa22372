"""Find, filter and sort in a result, without blocking; each can be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dsql_tui.console.grid.prompt import Prompt, Purpose
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.result_work import ResultWork, Say
from dsql_tui.console.results.selected import Selected, name_of
from dsql_tui.errors import InputError
from dsql_tui.model.span import count
from dsql_tui.results.arrangement import Arrangement, arrange_rows
from dsql_tui.results.find import Filter, Matches, Pattern, find_cells


@dataclass(frozen=True, slots=True)
class ArrangedState:
    """How a result is filtered and sorted.

    Attributes:
        arrangement: The filters and the sort order.
        rows: The number of fetched rows that they were applied to.
        on_server: The server applies them, and sends only what they leave.
    """

    arrangement: Arrangement
    rows: int
    on_server: bool


class Arranger:
    """Finds cells in a result, and shows its rows filtered and sorted.

    Args:
        grid: Shows the rows.
        prompt: The input line for a text.
        selected: The cell under the cursor.
        work: Reads the rows in a worker.
        say: Reports an error.
        changed: Called when the status line needs an update.
        elsewhere: Whether the rows are filtered and sorted where they come from.

    Attributes:
        arrangement: How the rows are shown, or will be once that is worked out.
        on_server: Whether the server arranges them.
    """

    def __init__(
        self,
        grid: ResultGrid,
        prompt: Prompt,
        selected: Selected,
        work: ResultWork,
        say: Say,
        changed: Callable[[], object],
        elsewhere: Callable[[Arrangement], bool] = lambda _target: False,
    ) -> None:
        self._elsewhere = elsewhere
        self.on_server = False
        self._grid = grid
        self._prompt = prompt
        self._selected = selected
        self._work = work
        self._say = say
        self._changed = changed
        self.arrangement = Arrangement()
        self._arranged_rows = 0
        self._arrangings = 0
        self._pattern: Pattern | None = None
        self._matches: Matches | None = None
        self._searched_rows = 0

    def begin(self) -> None:
        """Reset search, filter and sort for a new result."""
        self._arrangings += 1
        self.forget()

    def forget(self) -> None:
        """Use another store, without search, filter or sort."""
        self.arrangement = Arrangement()
        self.on_server = False
        self._pattern = self._matches = None

    @property
    def state(self) -> ArrangedState:
        """The filters and the sort order, to come back to."""
        return ArrangedState(self.arrangement, self._arranged_rows, self.on_server)

    def restore(self, state: ArrangedState) -> None:
        """Describe rows that are shown again as they were filtered and sorted."""
        self.forget()
        self._arrangings += 1
        self.arrangement, self.on_server = state.arrangement, state.on_server
        self._arranged_rows = state.rows

    def arranged_on_server(self, target: Arrangement) -> None:
        """Describe rows that the server has filtered and sorted."""
        self.restore(ArrangedState(target, 0, on_server=bool(target)))
        self._grid.mark_columns(target.marks)
        self._changed()

    def take_in_rest(self) -> None:
        """Search, filter and sort the rows that have arrived since."""
        rows = self._grid.store.row_count
        if self.arrangement and not self.on_server and self._arranged_rows < rows:
            self._rearrange()
        elif self._pattern and self._searched_rows < rows:
            self._find(self._pattern, jump=False)

    def take_in_other_rows(self) -> None:
        """Search, filter and sort rows that have replaced the others."""
        self._arranged_rows = self._searched_rows = -1
        self.take_in_rest()

    # Find.

    def ask(self, purpose: Purpose) -> None:
        """Ask for a text to find or to filter by."""
        self._prompt.ask(purpose, name_of(self._grid.cursor_column))

    def answered(self, answer: Prompt.Answered) -> None:
        """Find the text, or show only the rows that contain it."""
        self._grid.focus()
        if not answer.text:
            return
        pattern = Pattern(answer.text, regex=answer.regex)
        try:
            mark = pattern.mark()
        except InputError as error:
            self._say(error.message, severity="error")
            return
        if answer.purpose is Purpose.FIND:
            self._grid.highlight(mark)
            self._find(pattern)
        else:
            column = self._selected.column if answer.column_only else None
            self.arrange_as(self.arrangement.keep(Filter(pattern, column)))

    def _find(self, pattern: Pattern, *, jump: bool = True) -> None:
        self._work.begin(self._look_for(pattern, jump=jump))

    async def _look_for(self, pattern: Pattern, *, jump: bool) -> None:
        self._pattern, self._matches = pattern, None
        held = self._grid.store.so_far()
        self._searched_rows = held.row_count
        job = partial(find_cells, held, pattern, self._grid.order)
        self._matches = await self._work.run(f"Finding “{pattern.text}”", job)
        self._changed()
        if jump and self._matches and not self._number(self._matches):
            self.next_match()

    def _number(self, matches: Matches) -> int:
        """Return which match the cursor is on; 0 for none."""
        return matches.number(self._grid.cursor_row, self._selected.column or 0)

    def next_match(self) -> None:
        """Go to the next cell that matches the search."""
        if self._matches:
            row, column = self._grid.cursor_row, self._selected.column or 0
            self._go_to(self._matches.after(row, column))

    def previous_match(self) -> None:
        """Go to the previous cell that matches the search."""
        if self._matches:
            row, column = self._grid.cursor_row, self._selected.column or 0
            self._go_to(self._matches.before(row, column))

    def _go_to(self, cell: tuple[int, int] | None) -> None:
        if cell is None:
            return
        row, column = cell
        grid = self._grid
        if column not in grid.columns.order:
            grid.lay_out(lambda layout: layout.show([*layout.order, column]))
        grid.move_cursor(row, grid.columns.order.index(column))
        self._changed()

    def forget_search(self) -> bool:
        """Clear the search; return whether there was one."""
        if not self._pattern:
            return False
        self._pattern = self._matches = None
        self._grid.highlight(None)
        return True

    # Filter and sort.

    def keep_value(self, *, inverted: bool = False) -> None:
        """Show only the rows with the cell's value in its column, or only those without it."""
        new_filter = self._selected.value_filter(inverted=inverted)
        if new_filter is not None:
            self.arrange_as(self.arrangement.keep(new_filter))

    def sort(self, *, further: bool = False) -> None:
        """Sort by the cursor's column: ascending, descending, off."""
        self._sort_by(self._selected.column, further=further)

    def sort_place(self, place: int) -> None:
        """Sort by the column at a position."""
        self._sort_by(self._grid.columns.order[place], further=False)

    def _sort_by(self, column: int | None, *, further: bool) -> None:
        if column is not None:
            self.arrange_as(self.arrangement.sort(column, further=further))

    def unarrange(self) -> None:
        """Show every row again, in the server's order."""
        self.arrange_as(Arrangement())

    def arrange_as(self, target: Arrangement) -> None:
        """Filter and sort the rows; the previous ones stay visible until the result is ready."""
        if self._elsewhere(target):
            return
        self.arrangement = target
        self._grid.mark_columns(target.marks)
        self._rearrange()

    def _rearrange(self) -> None:
        self._arrangings += 1
        self._work.begin(self._arrange(self._arrangings))

    async def _arrange(self, number: int) -> None:
        """Work out the order; other work that stops it leaves no marks of an order that is not."""
        target = self.arrangement
        order = None
        held = self._grid.store.so_far()
        if target:
            job = partial(arrange_rows, held, target)
            try:
                order = await self._work.run("Sorting" if target.keys else "Filtering", job)
            except asyncio.CancelledError:
                if number == self._arrangings:
                    self._give_up()
                raise
            if order is None:
                self._give_up()
                return
        self._arranged_rows = held.row_count
        self._grid.show_order(order)
        if self._pattern:
            self._find(self._pattern, jump=False)
        self._changed()

    def _give_up(self) -> None:
        """Restore the description of the rows after a sort or filter was stopped."""
        self._say("Stopped. All rows are shown in the server's order.")
        self.arrangement = Arrangement()
        self._grid.mark_columns({})
        self._grid.show_order(None)
        self._changed()

    # The status line.

    def words(self) -> list[str]:
        """Return the filter, sort order and matches as texts."""
        grid, words = self._grid, list[str]()
        if self.on_server:
            words.append(self._words_on_server())
        elif self.arrangement.filters:
            row_counts = f"{grid.row_count:,} of {self._part(self._arranged_rows)}"
            words.append(f"{row_counts} where {self.arrangement.words(grid.store.columns)}")
        elif grid.order is not None and self._arranged_rows < grid.store.row_count:
            words.append(f"sorted {self._part(self._arranged_rows)}")
        if self._pattern and self._matches is not None:
            words.append(self._found_words(self._pattern, self._matches))
        return words

    def _words_on_server(self) -> str:
        filters = self.arrangement.words(self._grid.store.columns)
        done = [f"where {filters}"] if filters else []
        return (
            " · ".join([*done, *(["sorted"] if self.arrangement.keys else [])]) + " on the server"
        )

    def _found_words(self, pattern: Pattern, matches: Matches) -> str:
        total = f"{len(matches):,}{'' if matches.complete else ' or more'}"
        number = self._number(matches)
        at = f"match {number:,} of {total}" if number else f"{total} matches"
        part = self._searched_rows < self._grid.store.row_count
        where = f" in {self._part(self._searched_rows)}" if part else ""
        return f"{at} of “{pattern.text}”{where}"

    def _part(self, rows: int) -> str:
        """Return how many rows were read; rows that arrived since are not included."""
        part = rows < self._grid.store.row_count
        return f"{'the first ' if part else ''}{count(rows, 'row')}"
