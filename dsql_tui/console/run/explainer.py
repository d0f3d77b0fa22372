"""Plans of one tab's statements, one at a time; they share its session with runs."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from dsql_tui.console.messages.catalog import PlanArrived, PlanFailed
from dsql_tui.console.run.explain import explain
from dsql_tui.console.run.on_session import OnSession
from dsql_tui.console.run.parts import report_end
from dsql_tui.console.run.runner import BUSY
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.sql.lexing.split import Statement

Answer = PlanArrived | PlanFailed


class Explainer(OnSession):
    """Explains statements on one tab's session; see `OnSession` for the arguments."""

    _answer: asyncio.Future[Answer | None] | None = None
    """Answered by the plan; with `None` when there is no session for it any more."""

    async def explain(self, statement: Statement, *, analyze: bool) -> None:
        """Show the plan of a statement; with `analyze` the statement also runs."""
        if self._tab.is_busy:
            self._ui.warn(with_keys(BUSY))
            return
        known = await self._connection.cluster_known()
        pair = self._tab.pair
        if not known or pair is None or self._tab.is_busy:
            return
        since = self._begin()
        match await self._sent(pair, statement, analyze=analyze):
            case PlanArrived(_, plan, undone):
                self._results.show_plan(plan, self._tab.config.dpu_price, undone=undone)
            case PlanFailed(_, error):
                self._tab.failed = True
                self._results.say("explaining", error)
        if self._tab.explaining_since == since:
            self._end(since)

    def _begin(self) -> float:
        tab, since = self._tab, time.monotonic()
        tab.explaining_since, tab.failed = since, False
        tab.put(session=tab.session.at_work())
        return since

    async def _sent(
        self, pair: SessionPair, statement: Statement, *, analyze: bool
    ) -> Answer | None:
        self._answer = asyncio.get_running_loop().create_future()
        work = partial(explain, pair, statement, analyze, self._post)
        self._ui.in_thread(work, group="run")
        return await self._answer

    def _end(self, since: float) -> None:
        tab = self._tab
        tab.explaining_since = None
        report_end(tab, self._ui, self._text, "Explain", time.monotonic() - since)
        tab.show()
        self._connection.read_changed_schema()

    def answered(self, message: Answer) -> None:
        """Show the plan, or why there is none."""
        self._settle(message)

    def session_failed(self) -> None:
        """Report that there is no plan without a session."""
        self._settle(None)

    def abandon(self) -> None:
        """Discard a pending plan when its session is closed."""
        self._tab.explaining_since = None
        self._settle(None)

    def _settle(self, answer: Answer | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
