"""Tables and results that the tests of row editing share."""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.model.result import Column
from dsql_tui.model.source_table import SourceTable, TableColumn
from dsql_tui.rows.editability import EditableTable, editability_of

ORDERS = SourceTable(
    oid=7,
    schema="public",
    name="orders",
    columns=(
        TableColumn(1, "id", "uuid", 2950, is_nullable=False),
        TableColumn(3, "status", "text", 25),
        TableColumn(4, "total", "numeric", 1700, default="0"),
        TableColumn(5, "data", "json", 114),
        TableColumn(6, "twice", "numeric", 1700, is_computed=True),
    ),
    keys=((1,),),
)
LINES = SourceTable(
    oid=8,
    schema="Shop",
    name="order lines",
    columns=(
        TableColumn(1, "order", "uuid", 2950, is_nullable=False),
        TableColumn(2, "number", "integer", 23, is_nullable=False),
        TableColumn(3, "price", "numeric(12,2)", 1700),
    ),
    keys=((1, 2),),
)


def shown(table: SourceTable, *names: str) -> tuple[Column, ...]:
    """Return columns of a result that show these columns of a table, by default all of them."""
    return tuple(
        Column(column.name, column.type_oid, -1, table.oid, column.number)
        for column in table.columns
        if column.name in names or not names
    )


def editable(table: SourceTable, *names: str) -> EditableTable:
    """Return a table of which a result shows these columns."""
    return editability_of(shown(table, *names), {table.oid: table}).tables[table.oid]


def without(column: str, table: SourceTable) -> SourceTable:
    """Return a table that has lost a column."""
    return replace(table, columns=tuple(each for each in table.columns if each.name != column))
