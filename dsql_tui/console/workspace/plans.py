"""Explaining statements."""

from __future__ import annotations

import time
from functools import partial

from dsql_tui.console import messages as m
from dsql_tui.console.desk import Desk
from dsql_tui.console.planning import explain
from dsql_tui.console.workspace.sessions import Sessions


class Plans(Sessions):
    """Routes between the editor, the worker that explains and the plan."""

    def action_explain(self, analyze: bool) -> None:
        """Ask for the plan of the statement at the cursor."""
        self._editor.request_plan(analyze=analyze)

    def on_explain_requested(self, message: m.ExplainRequested) -> None:
        """One at a time, and not while a statement runs: they share the session."""
        desk = self._desks.get(message.tab)
        if desk is None:
            return
        if desk.run_state.running or desk.explaining_since is not None:
            self._warn("A statement is running; esc cancels it.")
        else:
            self._with_pair(desk, partial(self._explain, desk, message))

    def _explain(self, desk: Desk, message: m.ExplainRequested) -> None:
        desk.explaining_since, desk.failed = time.monotonic(), False
        self._put(desk, session=desk.session.at_work())
        self._work_for(desk, explain, desk.pair, message.statement, message.analyze, group="run")

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """There is no plan without a session; the messages say why (see `Sessions`)."""
        if desk := self._desk_of(message):
            self._end_plan(desk)

    def on_plan_arrived(self, message: m.PlanArrived) -> None:
        """Show it."""
        if desk := self._desk_of(message):
            desk.results.show_plan(message.plan, undone=message.undone)
            self._end_plan(desk)

    def on_plan_failed(self, message: m.PlanFailed) -> None:
        """Say why there is none."""
        if desk := self._desk_of(message):
            desk.failed = True
            self._say("explaining", message.error, desk)
            self._end_plan(desk)

    def _end_plan(self, desk: Desk) -> None:
        since, desk.explaining_since = desk.explaining_since, None
        if since is not None:
            self._tell_end(desk, "The plan", time.monotonic() - since)
            self._show_state(desk)
            self._read_what_changed(desk)
