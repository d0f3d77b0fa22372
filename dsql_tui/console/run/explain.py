"""The worker function of Explain; analyzed DML runs between BEGIN and ROLLBACK."""

from __future__ import annotations

import time

from dsql_tui.console.messages.catalog import PlanArrived, PlanFailed
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.session.workers import open_session
from dsql_tui.console.shared.services import OpenSession
from dsql_tui.console.shared.ui import Post
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.history import HistoryEntry
from dsql_tui.model.plan import Plan
from dsql_tui.model.result import RowChunk, TransactionStatus
from dsql_tui.sql.dsql.explain import explain_of, read_plan
from dsql_tui.sql.lexing.split import Statement


def explain(pair: SessionPair, statement: Statement, analyze: bool, post: Post) -> None:
    """Post a statement's plan, or why there is none."""
    try:
        commands = explain_of(statement.text, analyze=analyze)
        session = open_session(pair, post)
        if session is None:
            return
        undone = len(commands) > 1
        if undone and session.transaction_status is not TransactionStatus.IDLE:
            raise InputError(
                "EXPLAIN ANALYZE of a statement that writes would roll back the open transaction.",
                remedy="Commit or roll back first, or use EXPLAIN without ANALYZE.",
            )
        began = time.monotonic()
        plan = read_plan(_ask(session, commands))
    except DsqlTuiError as error:
        post(PlanFailed(statement, error))
        return
    if analyze and not statement.is_private:
        elapsed_ms = (time.monotonic() - began) * 1_000
        pair.services.remember(_for_history(pair, commands[undone], plan, elapsed_ms))
    post(PlanArrived(statement, plan, undone))


def _for_history(pair: SessionPair, command: str, plan: Plan, elapsed_ms: float) -> HistoryEntry:
    """Return the history entry of a statement that was run to be explained."""
    return HistoryEntry(
        command,
        pair.services.now(),
        cluster=pair.endpoint.cluster_name,
        region=pair.endpoint.region,
        role=pair.endpoint.role,
        duration_ms=elapsed_ms,
        row_count=round(plan.root.actual.all_rows) if plan.root and plan.root.actual else None,
        dpu=float(plan.dpu.total) if plan.dpu is not None else None,
    )


def _ask(session: OpenSession, commands: tuple[str, ...]) -> list[str]:
    """Return the lines of the plan; a transaction begun for it is ended."""
    lines: list[str] = []
    try:
        for command in commands[:-1] or commands:
            for event in session.run(command):
                if isinstance(event, RowChunk):
                    lines += [event.text(row, 0) or "" for row in range(event.row_count)]
    finally:
        if len(commands) > 1 and session.is_open:
            for _ in session.run(commands[-1]):
                pass
    return lines
