"""Explaining statements."""

from __future__ import annotations

from dsql_tui.console import messages as m
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.planning import explain
from dsql_tui.console.workspace.sessions import Sessions


class Plans(Sessions):
    """Routes between the editor, the worker that explains and the plan."""

    _explaining = False

    def action_explain(self, analyze: bool) -> None:
        """Ask for the plan of the statement at the cursor."""
        self.query_one(EditorPane).request_plan(analyze=analyze)

    def on_explain_requested(self, message: m.ExplainRequested) -> None:
        """One at a time, and not while a statement runs: they share the session."""
        if self._pair is None:
            self._warn("Open a cluster first: F2, then enter.")
        elif self.run_state.running or self._explaining:
            self._warn("A statement is running; esc cancels it.")
        else:
            self._explaining = True
            self._work(explain, self._pair, message.statement, message.analyze, group="run")

    def on_session_failed(self, _message: m.SessionFailed) -> None:
        """There is no plan without a session; the messages say why (see `Sessions`)."""
        self._explaining = False

    def on_plan_arrived(self, message: m.PlanArrived) -> None:
        """Show it."""
        self._explaining = False
        self.query_one(ResultsPane).show_plan(message.plan, undone=message.undone)

    def on_plan_failed(self, message: m.PlanFailed) -> None:
        """Say why there is none."""
        self._explaining = False
        self._say("explaining", message.error)
