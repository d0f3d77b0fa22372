"""The pane with the result of one statement.

The workspace calls `begin`, `append`, `finish` or `fail`; a statement that returns no rows is
`finish` alone. `clear` shows a sentence instead of a result. Actions on
a result are implemented by the pane's objects, one for each topic. Dialogs are imported when they
are opened: the console needs none to start.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from dsql_tui.console.grid.prompt import Prompt, Purpose
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.messages.sessions import WorkspaceMessage
from dsql_tui.console.results.arrange import Arranger
from dsql_tui.console.results.column_view import ColumnView
from dsql_tui.console.results.compare import Comparer, Pin, Summarizer
from dsql_tui.console.results.copy_and_export import Exporter
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_progress import ResultProgress
from dsql_tui.console.results.result_work import ResultWork
from dsql_tui.console.results.row_editing.change_runner import ChangeRunner
from dsql_tui.console.results.row_editing.field import CellField
from dsql_tui.console.results.row_editing.row_editor import RowEditor
from dsql_tui.console.results.row_editing.service import ResultOrigin
from dsql_tui.console.results.rows_source import RowsSource
from dsql_tui.console.results.selected import Selected
from dsql_tui.console.results.selection_totals import SelectionTotals
from dsql_tui.console.results.trail import PaneState, Trail
from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.forwards import Forwards
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.ui import Flow, Severity, WidgetUi
from dsql_tui.console.widgets.cells import inert
from dsql_tui.errors import InputError
from dsql_tui.model.result import Column, Completed, RowChunk
from dsql_tui.model.span import count
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.results.changes import changed_cells
from dsql_tui.results.plot import guess
from dsql_tui.results.progress import FetchOutcome
from dsql_tui.results.store import ResultStore

TICK_S = 0.1
TAKE_S = 1 / 60
"""How often arriving rows are taken: once a frame."""
WORK_GROUP = "result-work"

_to = Forwards["ResultPane"]()


class ResultPane(Vertical):
    """A result grid with its status line and all actions on a result.

    Attributes:
        grid: Shows the rows.
        progress: How the result is getting on.
        selected: The cell under the cursor, or the selection.
        arranger: Finds, filters, sorts.
        comparer: Compares with the pinned result.
        exporter: Copies and exports.
        column_view: Lays the columns out.
        trail: The results that were left by following a reference.
        source: What reads the rows page by page; `None` for a statement's own result.
        rows: Stages changes to rows.
        change_runner: Reviews and runs them.
    """

    DEFAULT_CSS = """
    ResultPane {
        & > GridView { height: 1fr; }
        & > .result-trail { height: 1; padding: 0 1; color: $text-accent; display: none; }
        & > .result-trail.-shown { display: block; }
        & > .result-status {
            height: 1; padding: 0 1; color: $text-muted;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > .result-status.-failed { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.RESULTS)]

    class MoreWanted(WorkspaceMessage):
        """Posted to fetch rows beyond the limit."""

    class FollowRequested(WorkspaceMessage):
        """Posted to open the row that the cell refers to, or the rows that refer to its row."""

        def __init__(self, pane: ResultPane, *, referring: bool) -> None:
            super().__init__()
            self.pane = pane
            self.referring = referring

    def __init__(
        self,
        *,
        choices: ResultChoices | None = None,
        pin: Pin | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        choices = choices or ResultChoices()
        self.ui = WidgetUi(self)
        self.grid = ResultGrid()
        self.grid.formats = choices.formats
        self.progress = ResultProgress()
        self._prompt = Prompt()
        self._status = Static("", classes="result-status", markup=False)
        self._trail_line = Static("", classes="result-trail", markup=False)
        self.source: RowsSource | None = None
        self.trail = Trail(self._state, self._show_state, self._draw_trail)
        self._ticking: Timer | None = None
        self._taking: Timer | None = None
        self._arrivals: Arrivals | None = None
        self.work = work = ResultWork(self._begin_work, self._draw_status, self.say)
        self._watched = ""
        self._watched_cells = 0
        self.selected = selected = Selected(self.grid)
        self.totals = SelectionTotals(self.grid, self.ui, self._draw_status)
        self.arranger = Arranger(
            self.grid,
            self._prompt,
            selected,
            work,
            self.say,
            self._draw_status,
            lambda target: self.source is not None and self.source.arranges(target),
        )
        self.comparer = Comparer(
            self.grid,
            selected,
            self.progress,
            pin or Pin(),
            work,
            say=self.say,
            show_store=self._show_store,
            changed=self._draw_status,
        )
        self.summarizer = Summarizer(self.grid, selected, work, self.ui)
        self.exporter = Exporter(
            self.grid, selected, self.progress, self._put, work, choices, self.ui, self.say
        )
        self.column_view = ColumnView(self.grid, selected, choices, self.ui, self.say)
        self._field = CellField()
        self.rows = RowEditor(self.grid, self._field, self.ui, self._draw_status)
        self.change_runner = ChangeRunner(
            self.rows, self.grid, self.arranger, work, self.ui, self.totals.update
        )

    def compose(self) -> ComposeResult:
        """Yield the grid, the prompt and the status line."""
        yield self._trail_line
        yield self.grid
        yield self._prompt
        yield self._field
        yield self._status

    def on_mount(self) -> None:
        """Refresh the status line while a run is in progress."""
        self._ticking = self.set_interval(TICK_S, self._tick, pause=True)
        self._taking = self.set_interval(TAKE_S, self._take, pause=True)

    def on_unmount(self) -> None:
        """Cancel every flow."""
        self.ui.cancel()

    def _begin_work(self, flow: Flow) -> None:
        self.run_worker(flow, group=WORK_GROUP, exclusive=True)

    def say(self, words: str, *, severity: Severity = "information") -> None:
        """Show a notification."""
        self.ui.notify(inert(words), severity=severity)

    # Called by the workspace.

    def begin(
        self,
        columns: tuple[Column, ...],
        arrivals: Arrivals | None = None,
        origin: ResultOrigin | None = None,
    ) -> None:
        """Show a result with these columns; its rows come from `arrivals` until its end.

        Args:
            columns: Of the result.
            arrivals: Where its rows come from.
            origin: The statement; without it rows cannot be edited.
        """
        self.trail.forget()
        self.begin_page(columns, None, arrivals)
        self.rows.begin(origin)

    def begin_page(
        self,
        columns: tuple[Column, ...],
        source: RowsSource | None,
        arrivals: Arrivals | None = None,
    ) -> None:
        """Show rows with these columns; `source` reads further ones."""
        self.source = source
        self.work.stop()
        self.arranger.begin()
        self.comparer.begin()
        self.grid.begin(columns)
        self.progress.begin(arrivals)
        self._watched, self._watched_cells = "", 0
        self._await(arrivals)
        self._take()
        if self._ticking:
            self._ticking.resume()
        self._tick()

    def _await(self, arrivals: Arrivals | None) -> None:
        """Read further rows from this queue; `None` stops reading."""
        self._arrivals = arrivals
        if self._taking:
            self._taking.resume() if arrivals else self._taking.pause()

    def _take(self) -> None:
        if self._arrivals is not None:
            self.progress.first_row_ms = self._arrivals.first_row_ms
            for chunk in self._arrivals.take():
                self.append(chunk)

    def _take_last(self) -> None:
        self._take()
        self._await(None)

    def append(self, chunk: RowChunk) -> None:
        """Add rows at the end."""
        if self.progress.first_row_ms is None and chunk.row_count:
            self.progress.first_row_ms = self.progress.elapsed_ms()
        self.grid.append(chunk)

    def finish(self, completed: Completed) -> None:
        """End the result; without columns, show its command tag."""
        self._take_last()
        if not self.grid.has_result:
            self.grid.clear(completed.command_tag)
        self.grid.store.is_whole = True
        self.grid.finish()
        words = "" if self.grid.has_result else completed.command_tag
        self.progress.complete(completed, self.grid.store, words)
        self._draw_status()
        self._take_in_rest()
        self._take_up_kept()

    def _take_up_kept(self) -> None:
        """Stage the changes of an earlier start, if they are to these rows."""
        if self.rows.kept:
            self.ui.start(self.rows.take_up_kept())

    def replace_rows(self, store: ResultStore, completed: Completed | None) -> None:
        """Show the next answer of a watched statement; highlight the cells that changed.

        Args:
            store: Its rows.
            completed: Its end; `None` if more rows are on the server.
        """
        changes = changed_cells(self.grid.store, store)
        store.is_whole = completed is not None
        self.comparer.begin()
        self.grid.replace_rows(store, changes)
        self.rows.begin(self.rows.origin)
        self._watched_cells = sum(map(len, changes.values()))
        if completed is None:
            self._stand(FetchOutcome.PARTIAL)
        else:
            self.progress.complete(completed, store, "")
        self.arranger.take_in_other_rows()
        self._draw_status()

    def watched(self, words: str) -> None:
        """Show how a watch is getting on; empty when it has ended."""
        self._watched = words
        self._draw_status()

    def pause(self) -> None:
        """Show that the row limit is reached; `m` fetches more."""
        self._take()
        self.grid.finish()
        self._stand(FetchOutcome.PAUSED)
        self._take_in_rest()
        self._take_up_kept()

    def resume(self) -> None:
        """Show that more rows are arriving, in the result and not in what was shown instead."""
        self._return_to_result()
        self.progress.resume()
        self._draw_status()

    def stop_early(self) -> None:
        """End the result at the rows received so far."""
        self._return_to_result()
        self._take_last()
        self._stand(FetchOutcome.PARTIAL)
        self._take_in_rest()

    def fail(self, words: str) -> None:
        """End the result after an error or a cancellation; the rows received so far stay."""
        self._return_to_result()
        self._take_last()
        self.grid.finish()
        self._stand(FetchOutcome.FAILED, words)
        self._take_in_rest()

    def clear(self, text: str = "") -> None:
        """Show a message in place of a result."""
        self.trail.forget()
        self.source = None
        self._await(None)
        self.grid.clear(text)
        self.rows.begin(None)
        self.progress.clear()
        self._draw_status()

    def _take_in_rest(self) -> None:
        """Arrange and search the rows that have come since, unless rows are being copied."""
        if not self.exporter.under_way:
            self.arranger.take_in_rest()

    def _show_store(self, store: ResultStore) -> None:
        self.arranger.forget()
        self.grid.show_store(store)
        self.rows.shown_again()

    def _return_to_result(self) -> None:
        self.trail.leave()
        self.comparer.leave()

    # Following references.

    def _state(self) -> PaneState:
        self.comparer.leave()
        return PaneState(
            self.grid.state(),
            self.arranger.state,
            self.progress.now,
            self.progress.first_row_ms,
            self.source,
            self._arrivals,
        )

    def _show_state(self, state: PaneState) -> None:
        self.work.stop()
        self.comparer.begin()
        self.source = state.source
        self.grid.show_state(state.grid)
        self.arranger.restore(state.arranged)
        self.progress.now, self.progress.first_row_ms = state.progress, state.first_row_ms
        self._await(state.arrivals)
        self.rows.shown_again()
        self._draw_status()

    def _draw_trail(self, text: str) -> None:
        self._trail_line.set_class(bool(text), "-shown")
        self._trail_line.update(inert(text))

    # The status line.

    def _tick(self) -> None:
        if self.progress.outcome is FetchOutcome.RUNNING:
            self._stand(FetchOutcome.RUNNING)
        else:
            self._draw_status()

    def _stand(self, outcome: FetchOutcome, words: str = "") -> None:
        self.progress.stand(outcome, self.grid.store, words)
        self._draw_status()

    def status_words(self) -> list[str]:
        """Return the parts of the status line, the most important first."""
        has_progress = self.grid.has_result or self.progress.now.words
        changed = f" · {count(self._watched_cells, 'cell')} changed" if self._watched_cells else ""
        words = [
            self._watched and self._watched + changed,
            self.selected.words(),
            *self.rows.words(),
            self.totals.words(),
            *self.arranger.words(),
            self.work.words,
            self.progress.words() if has_progress else "",
            self.source.words() if self.source else "",
            self.selected.cursor_words(),
        ]
        return list(filter(None, words))

    def _draw_status(self) -> None:
        active = self.progress.outcome is FetchOutcome.RUNNING or bool(self.work.words)
        if self._ticking:
            self._ticking.resume() if active else self._ticking.pause()
        self._status.set_class(self.progress.outcome is FetchOutcome.FAILED, "-failed")
        self._status.update(inert(" · ".join(self.status_words())), layout=False)

    # Keys and the mouse.

    @on(ResultGrid.CursorMoved)
    def _cursor_moved(self) -> None:
        self.totals.update()
        self._draw_status()
        if self.source is not None and self.grid.cursor_row == self.grid.row_count - 1:
            self._read_on()

    def _read_on(self) -> None:
        """Read the next page of rows that are read page by page."""
        if self.source is not None and self.progress.outcome is FetchOutcome.PAUSED:
            self.source.more()

    @on(ResultGrid.HeaderPressed)
    def _header_pressed(self, pressed: ResultGrid.HeaderPressed) -> None:
        self.arranger.sort_place(pressed.place)

    @on(Prompt.Left)
    def _prompt_left(self) -> None:
        self.grid.focus()

    @on(Prompt.Answered)
    def _prompt_answered(self, answer: Prompt.Answered) -> None:
        self.arranger.answered(answer)

    @on(ResultGrid.CellOpened)
    def _cell_opened(self, opened: ResultGrid.CellOpened) -> None:
        self.ui.start(self._show_cell(opened))

    async def _show_cell(self, opened: ResultGrid.CellOpened) -> None:
        from dsql_tui.console.results.dialogs.cell import CellDialog

        text = await self.ui.ask(CellDialog(opened.row, opened.column, opened.value))
        if text is not None:
            self._put(text, "value")

    def _put(self, text: str, name: str) -> None:
        clipboard_of(self).put(text, name)

    def on_paste(self, event: events.Paste) -> None:
        """Stage pasted cells."""
        event.stop()
        self.ui.start(self.rows.paste(event.text))

    async def show_record(self) -> None:
        """Show the cursor's row with a line for each column."""
        if self.grid.cursor_row < self.grid.row_count:
            from dsql_tui.console.results.dialogs.record import RecordDialog

            await self.ui.ask(RecordDialog(self.grid))

    async def plot(self) -> None:
        """Draw the rows, guessing what to draw from the types of the columns."""
        from dsql_tui.console.results.dialogs.plot import PlotDialog

        try:
            choice = guess(self.grid.store.columns)
        except InputError as error:
            self.say(error.message)
        else:
            await self.ui.ask(PlotDialog(self.grid, choice))

    action_plot = _to.flow(lambda pane: pane.plot())
    action_show_record = _to.flow(lambda pane: pane.show_record())
    action_edit_cell = _to.flow(lambda pane: pane.rows.edit())
    action_add_row = _to.flow(lambda pane: pane.rows.add())
    action_duplicate_row = _to.flow(lambda pane: pane.rows.duplicate())
    action_delete_rows = _to.flow(lambda pane: pane.rows.delete())
    action_paste_cells = _to.flow(lambda pane: pane.rows.paste(pane.app.clipboard))
    action_undo_edit = _to.at_once(lambda pane: pane.rows.undo())
    action_redo_edit = _to.at_once(lambda pane: pane.rows.redo())
    action_toggle_old_values = _to.at_once(lambda pane: pane.rows.toggle_old_values())
    action_review_changes = _to.flow(lambda pane: pane.change_runner.review())
    action_find = _to.at_once(lambda pane: pane.arranger.ask(Purpose.FIND))
    action_filter = _to.at_once(lambda pane: pane.arranger.ask(Purpose.FILTER))
    action_next_match = _to.at_once(lambda pane: pane.arranger.next_match())
    action_previous_match = _to.at_once(lambda pane: pane.arranger.previous_match())
    action_keep_value = _to.at_once(lambda pane: pane.arranger.keep_value())
    action_drop_value = _to.at_once(lambda pane: pane.arranger.keep_value(inverted=True))
    action_sort = _to.at_once(lambda pane: pane.arranger.sort())
    action_sort_further = _to.at_once(lambda pane: pane.arranger.sort(further=True))
    action_unarrange = _to.at_once(lambda pane: pane.arranger.unarrange())
    action_summarize = _to.at_once(lambda pane: pane.summarizer.summarize())
    action_pin = _to.at_once(lambda pane: pane.comparer.toggle_pin())
    action_compare = _to.at_once(lambda pane: pane.comparer.compare())
    action_copy = _to.at_once(lambda pane: pane.exporter.copy())
    action_copy_row = _to.at_once(lambda pane: pane.exporter.copy_row())
    action_copy_as = _to.flow(lambda pane: pane.exporter.copy_as())
    action_export = _to.flow(lambda pane: pane.exporter.export())
    action_fit_column = _to.at_once(lambda pane: pane.column_view.fit())
    action_fit_columns = _to.at_once(lambda pane: pane.column_view.fit_all())
    action_hide_column = _to.at_once(lambda pane: pane.column_view.hide())
    action_freeze = _to.at_once(lambda pane: pane.column_view.freeze())
    action_pick_columns = _to.flow(lambda pane: pane.column_view.pick())
    action_group_digits = _to.at_once(lambda pane: pane.column_view.group_digits())
    action_toggle_invisible = _to.at_once(lambda pane: pane.column_view.toggle_invisible())
    action_follow = _to.at_once(lambda pane: pane.follow(referring=False))
    action_show_referring = _to.at_once(lambda pane: pane.follow(referring=True))
    action_turn_zone = _to.at_once(lambda pane: pane.column_view.turn_zone())

    def action_resize_column(self, cells: int) -> None:
        """Make the cursor's column wider or narrower."""
        self.column_view.resize(cells)

    def action_move_column(self, places: int) -> None:
        """Move the cursor's column left or right."""
        self.column_view.move(places)

    def action_more(self) -> None:
        """Fetch more rows from the server."""
        if self.source is not None:
            self._read_on()
        elif self.progress.outcome is FetchOutcome.PAUSED:
            self.post_message(self.MoreWanted())
        else:
            raise SkipAction

    def follow(self, *, referring: bool) -> None:
        """Open the row that the cell refers to, or the rows that refer to its row."""
        if self.grid.row_count:
            self.post_message(self.FollowRequested(self, referring=referring))

    def action_previous_result(self) -> None:
        """Go back to the result from which a reference was followed."""
        if not self.trail.back():
            raise SkipAction

    def action_step_back(self) -> None:
        """Undo one of these: work, selection, search, filter, comparison, following."""
        if self.work.stop():
            pass
        elif self.grid.selection:
            self.grid.select_nothing()
        elif self.arranger.forget_search():
            pass
        elif self.arranger.arrangement:
            self.arranger.unarrange()
        elif not self.comparer.leave() and not self.trail.back():
            raise SkipAction
        self._draw_status()
