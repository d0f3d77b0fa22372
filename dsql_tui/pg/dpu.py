"""Measuring the DPU of a statement that only reads, by EXPLAIN ANALYZE."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from dsql_tui.errors import InputError, StatementError
from dsql_tui.model.result import RowChunk, StatementEvent
from dsql_tui.sql.dsql.explain import explain_of, read_plan
from dsql_tui.sql.statements.classify import classify


class Runs(Protocol):
    """A session, as far as it runs statements."""

    def run(self, text: str, *, outcome_matters: bool = True) -> Iterator[StatementEvent]:
        """Yield the events of a statement."""
        ...


def measure_dpu(session: Runs, statement: str) -> Decimal | None:
    """Return the DPU of one run of a statement, which is run for it; `None` if it is not known.

    Only a statement that reads and is no EXPLAIN is run.

    Raises:
        SessionLost: The session ended.
    """
    statement_class = classify(statement)
    if not statement_class.only_reads or statement_class.is_explain:
        return None
    lines: list[str] = []
    try:
        (command,) = explain_of(statement, analyze=True)
        for event in session.run(command):
            if isinstance(event, RowChunk):
                lines += [event.text(row, 0) or "" for row in range(event.row_count)]
        dpu = read_plan(lines).dpu
    except (InputError, StatementError):
        return None
    return None if dpu is None else dpu.total
