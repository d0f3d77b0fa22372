"""The job behind the explain key. DML that is analysed runs between BEGIN and ROLLBACK."""

from __future__ import annotations

from dsql_tui.console.jobs import Post, open_session
from dsql_tui.console.messages import PlanArrived, PlanFailed
from dsql_tui.console.services import OpenSession
from dsql_tui.console.sessions import SessionPair
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.model.result import RowChunk, TransactionStatus
from dsql_tui.sql.plan import explain_of, read_plan
from dsql_tui.sql.split import Statement


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
                "Analysing a statement that writes runs it and rolls it back; "
                "a transaction is open, and all of it would go.",
                remedy="Commit or roll back first, or explain it without ANALYZE.",
            )
        lines = _ask(session, commands)
    except DsqlTuiError as error:
        post(PlanFailed(statement, error))
    else:
        post(PlanArrived(statement, read_plan(lines), undone))


def _ask(session: OpenSession, commands: tuple[str, ...]) -> list[str]:
    """Return the lines of the plan; whatever was begun is ended."""
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
