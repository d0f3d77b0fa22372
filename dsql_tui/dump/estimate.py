"""An estimate of what reading the rows of tables costs, from the catalogs and a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dsql_tui.dump.manifest import DumpedTable
from dsql_tui.pg.dpu import measure_dpu
from dsql_tui.pg.session import Session
from dsql_tui.sql.lexing.names import quoted

SAMPLED_TABLES = 3
"""The largest ones, which the cost is made of."""
SAMPLED_ROWS = 1_000
_ROWS = """
SELECT n.nspname, c.relname, greatest(c.reltuples, 0)::bigint FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'
"""


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """What reading costs, about.

    Attributes:
        rows: Rows by the catalogs, which count them from time to time.
        dpu: DPU; `None` if the sample could not be measured.
    """

    rows: int
    dpu: Decimal | None


def estimated_rows(session: Session, tables: Sequence[DumpedTable]) -> dict[int, int]:
    """Return table number → rows by the catalogs; 0 for a table that was never counted.

    Raises:
        StatementError: The catalogs cannot be read.
    """
    known = {(schema, name): int(rows or 0) for schema, name, rows in session.fetch(_ROWS)}
    return {table.number: known.get((table.schema, table.name), 0) for table in tables}


def reading_cost(
    session: Session, tables: Sequence[DumpedTable], rows: Mapping[int, int]
) -> ReadingCost:
    """Return the estimated cost of reading tables; a sample of the largest ones is read for it.

    Raises:
        SessionLost: The session ended.
    """
    total = sum(rows.values())
    largest = sorted(tables, key=lambda table: rows[table.number], reverse=True)
    sampled = [table for table in largest[:SAMPLED_TABLES] if rows[table.number]]
    dpu, counted = Decimal(0), 0
    for table in sampled:
        columns = ", ".join(map(quoted, table.columns))
        query = f"SELECT {columns} FROM {table.label} LIMIT {SAMPLED_ROWS}"  # noqa: S608 - quoted
        measured = measure_dpu(session, query)
        if measured is not None:
            dpu += measured
            counted += min(rows[table.number], SAMPLED_ROWS)
    return ReadingCost(total, dpu * total / counted if counted else None)
