"""Watching a statement of one tab: running it again every few seconds until it is stopped."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from functools import partial

from dsql_tui.console.run.parts import TabResults
from dsql_tui.console.run.runner import Runner
from dsql_tui.console.run.state import TabState
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.widgets.line import LineDialog
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.pg.dpu import measure_dpu
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.psql.watch import Watch, read_watch, reason_not_watched
from dsql_tui.sql.statements.classify import classify

PAUSE_MIN_S = 0.01
"""Keys are handled between runs that take longer than their interval; a timer of 0 s fails."""
IN_TRANSACTION = "In a transaction every answer is the same. Commit or roll back first."


class Watcher:
    """Runs a statement of a tab again and again.

    A run begins when the one before it has ended and its interval is over, so none pile up. The
    session is renewed as for any run.

    Args:
        tab: The state of the tab.
        ui: Shows dialogs and notifications.
        runner: Runs the statement.
        results: Shows its answers.
    """

    def __init__(self, tab: TabState, ui: Ui, runner: Runner, results: TabResults) -> None:
        self._tab = tab
        self._ui = ui
        self._runner = runner
        self._results = results
        self._is_stopped = False
        self._wake = asyncio.Event()
        self._over = asyncio.Event()

    async def ask(self, statements: tuple[Statement, ...]) -> None:
        """Ask for the interval and watch a statement; stop if one is watched."""
        if self._tab.watch is not None:
            self.stop()
            return
        if len(statements) != 1:
            self._ui.warn("Put the cursor on one statement to watch it.")
            return
        if not self._may_watch(statements[0]):
            return
        dialog = LineDialog("Watch every … seconds", "2", "seconds, such as 2 or 0.5", verb="Watch")
        if (answer := await self._ui.ask(dialog)) is None:
            return
        try:
            await self.watch(statements[0], read_watch(answer.split()))
        except InputError as error:
            self._ui.warn(error.message.removeprefix("\\watch: "))

    async def watch(self, statement: Statement, watch: Watch) -> None:
        """Run a statement until it fails, is stopped, or has run as often as asked."""
        await self.end()
        if not self._may_watch(statement):
            return
        bound = await self._runner.prepared((statement,))
        if bound is None:
            return
        self._is_stopped = False
        self._wake.clear()
        self._over.clear()
        self._tab.watch = watch
        self._tab.show()
        try:
            await self._run(bound, watch)
        finally:
            self._tab.watch = None
            self._results.set_watching(is_on=False)
            self._over.set()
            self._tab.show()

    def _may_watch(self, statement: Statement) -> bool:
        reason = reason_not_watched(classify(statement.text), statement.text)
        if not reason and self._tab.session.in_transaction:
            reason = IN_TRANSACTION
        if reason:
            self._ui.warn(reason)
        return not reason

    async def _run(self, statements: tuple[Statement, ...], watch: Watch) -> None:
        dpu: Decimal | None = None
        runs = 0
        while not self._is_stopped:
            started, run_id = time.monotonic(), self._tab.run_state.run_id
            discipline = replace(self._tab.session.discipline, manual=False)
            await self._runner.carry_out(statements, discipline, quiet=runs > 0, is_watched=True)
            if self._tab.failed or self._tab.run_state.run_id == run_id or self._is_stopped:
                break
            runs += 1
            if runs == 1:
                dpu = await self._measured(statements[0])
                self._results.set_watching(is_on=True)
            cost = watch.cost_words(runs, dpu, self._tab.config.dpu_price)
            stop = with_keys("{run.cancel} stops")
            self._results.watched(f"run {runs:,} · {watch.words} · {cost} · {stop}")
            if runs == watch.count:
                break
            await self._pause(watch.pause_s(time.monotonic() - started))

    async def _measured(self, statement: Statement) -> Decimal | None:
        """Return the DPU of one run; `None` if it cannot be measured."""
        pair = self._tab.pair
        if pair is None:
            return None
        try:
            return await self._ui.call(partial(_measure, pair, statement.text), group="run")
        except DsqlTuiError:
            return None

    async def _pause(self, delay_s: float) -> None:
        """Wait, unless watching is stopped meanwhile."""
        timer = self._ui.after(max(delay_s, PAUSE_MIN_S), self._wake.set)
        await self._wake.wait()
        self._wake.clear()
        timer.stop()

    def stop(self) -> None:
        """Stop watching; cancel the run in progress."""
        self._is_stopped = True
        self._wake.set()
        if self._tab.run_state.running:
            self._runner.cancel()

    async def end(self) -> None:
        """Stop watching and wait until the run in progress has ended."""
        if self._tab.watch is not None:
            self.stop()
            await self._over.wait()


def _measure(pair: SessionPair, statement: str) -> Decimal | None:
    session = pair.current
    return None if session is None else measure_dpu(session, statement)
