"""A program with one result pane that runs a statement when `r` is pressed, as the console does."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

import psycopg
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from dsql_tui.console.app.themes import DARK, themes, variable_defaults
from dsql_tui.console.messages.statements import ResultDescribed, StatementCompleted
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.run.statements import HEAD_START_S, RunOrder, run_statements
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import LiveServices, OpenSession
from dsql_tui.model.endpoint import Endpoint, Profile, Settings
from dsql_tui.model.token import AuthToken, TokenAction
from dsql_tui.pg.session import Session
from dsql_tui.sql.lexing.split import split

TICK_S = 0.002


class GridApp(App[None]):
    """Fetches by the console's own job, messages and pane; writes the longest stall to a file."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "run_all", "Run", show=False)]

    def __init__(self, conninfo: str, statement: str, spill_mib: int) -> None:
        super().__init__()
        self._pair = SessionPair(_Services(conninfo), Endpoint("localhost", "local", "bench"))
        self._pair.user()
        statements = tuple(split(statement))
        self._order = RunOrder(
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
        job = partial(run_statements, self._pair, self._order, self.post_message)
        self.run_worker(job, thread=True)

    async def _watch(self) -> None:
        """Record how long the event loop did not run this."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            self._longest_s = max(self._longest_s, now - last - TICK_S)
            last = now

    def on_result_described(self, message: ResultDescribed) -> None:
        self.pane.begin(message.described.columns, message.arrivals)
        self.call_after_refresh(self._order.gate.painted)
        self._longest_s = 0.0

    def on_statement_completed(self, message: StatementCompleted) -> None:
        self._watching.cancel()
        self.pane.finish(message.completed)
        Path(os.environ["BENCH_NOTES"]).write_text(f"{self._longest_s * 1000:.1f}")


class _Services(LiveServices):
    """Sessions on the benchmarks' PostgreSQL, which asks for no token."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(Profile(name="bench"))
        self._conninfo = conninfo

    def generate_token(self, endpoint: Endpoint) -> AuthToken:
        now = self.now()
        until = now + timedelta(hours=1)
        return AuthToken(
            "", endpoint.host, endpoint.region, TokenAction.CONNECT_ADMIN, "", now, until
        )

    def open_session(
        self,
        endpoint: Endpoint,
        token: AuthToken,
        settings: Settings = (),
    ) -> OpenSession:
        connection = psycopg.connect(self._conninfo, autocommit=True)
        return Session(connection, endpoint, token, self.now())
