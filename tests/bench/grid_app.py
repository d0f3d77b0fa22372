"""A program with one result pane that runs a statement when `r` is pressed, as the console does."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

import psycopg
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from dsql_tui.console import messages as m
from dsql_tui.console.panes.grid import ResultPane
from dsql_tui.console.running import HEAD_START_S, Run, run_statements
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.themes import DARK, themes, variable_defaults
from dsql_tui.model.result import StatementEvent, TransactionStatus
from dsql_tui.pg.stream import stream
from dsql_tui.sql.split import split

TICK_S = 0.002


class GridApp(App[None]):
    """Fetches by the console's own job, messages and pane; writes the longest stall to a file."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "run_all", "Run", show=False)]

    def __init__(self, conninfo: str, statement: str, spill_mib: int) -> None:
        super().__init__()
        self._connection = psycopg.connect(conninfo, autocommit=True)
        statements = tuple(split(statement))
        self._order = Run(
            1,
            statements,
            spill_bytes=spill_mib * 1024 * 1024,
            head_start_s=HEAD_START_S,
            quiet=True,
        )
        self._longest_s = 0.0
        self.pane = ResultPane()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(themes()[0])

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        for theme in themes():
            self.register_theme(theme)
        self.theme = DARK
        self.pane.clear("bench-is-ready")
        self.pane.grid.focus()
        self.call_after_refresh(gc.freeze)

    def action_run_all(self) -> None:
        self._watching = asyncio.create_task(self._watch())
        pair = cast("SessionPair", _Pair(_Session(self._connection)))
        self.run_worker(partial(run_statements, pair, self._order, self.post_message), thread=True)

    async def _watch(self) -> None:
        """Notice how long the event loop is kept from this."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            self._longest_s = max(self._longest_s, now - last - TICK_S)
            last = now

    def on_result_described(self, message: m.ResultDescribed) -> None:
        self.pane.begin(message.described.columns, message.arrivals)
        self.call_after_refresh(self._order.gate.painted)
        self._longest_s = 0.0

    def on_statement_completed(self, message: m.StatementCompleted) -> None:
        self._watching.cancel()
        self.pane.finish(message.completed)
        Path(os.environ["BENCH_NOTES"]).write_text(f"{self._longest_s * 1000:.1f}")


class _Session:
    """What the job asks of a session; no token, no endpoint."""

    transaction_status = TransactionStatus.IDLE
    is_open = True

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def run(
        self, statement: str, *, outcome_matters: bool = True
    ) -> Generator[StatementEvent, None, None]:
        return stream(self._connection, statement, outcome_matters=outcome_matters)


class _Pair:
    """One session that is open already."""

    settings_due = False

    def __init__(self, session: _Session) -> None:
        self.current = session

    def user(self) -> _Session:
        return self.current
