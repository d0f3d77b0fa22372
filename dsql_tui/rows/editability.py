"""Which cells of a result can be edited, from where its columns come.

A cell can be edited if it shows a column of a table unchanged, the table occurs once in the
statement, and the columns of one of its keys are all in the result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsql_tui.model.result import Column
from dsql_tui.model.source_table import SourceTable, TableColumn
from dsql_tui.sql.statements.relations_read import BareQuery

EXPRESSION = "not a table's column"
NOT_A_TABLE = "not a table"
CHANGED = "table was changed meanwhile"
NO_KEY = "table has no key"
KEY_NOT_SHOWN = "key columns not shown"
TWICE = "table occurs more than once"
COMPUTED = "value is generated"
NO_UPDATE = "no UPDATE privilege"
READ_ONLY = "read-only mode is on"
NO_ROW = "key is NULL here"
"""Of an outer join's rows: no row of the table is behind the cell."""


@dataclass(frozen=True, slots=True)
class EditableTable:
    """A table of which rows can be identified in the result.

    Attributes:
        table: The table.
        key: The key that identifies its rows, in the key's order.
        places: The numbers of the result's columns by attribute number.
    """

    table: SourceTable
    key: tuple[TableColumn, ...]
    places: Mapping[int, int]

    def key_places(self) -> tuple[int, ...]:
        """Return the numbers of the result's columns with the key."""
        return tuple(self.places[column.number] for column in self.key)

    def shown(self) -> tuple[TableColumn, ...]:
        """Return the columns that the result shows, in the result's order."""
        by_place = sorted(self.places, key=self.places.__getitem__)
        columns = (self.table.column(number) for number in by_place)
        return tuple(column for column in columns if column is not None)


@dataclass(frozen=True, slots=True)
class Editability:
    """Which columns of a result can be edited.

    Attributes:
        columns: The table's column and the oid of the table by the number of a result's column,
            for those that can be edited.
        reasons: Why others cannot be, in about four words, by their number.
        tables: The tables of which rows are identified, by oid.
    """

    columns: Mapping[int, tuple[int, TableColumn]] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    tables: Mapping[int, EditableTable] = field(default_factory=dict)

    @property
    def sole_table(self) -> EditableTable | None:
        """The table that all columns come from, whose rows can be added and deleted."""
        if len(self.tables) != 1:
            return None
        (table,) = self.tables.values()
        return table if len(table.places) == len(self.columns) + len(self.reasons) else None


def editability_of(
    columns: Sequence[Column],
    tables: Mapping[int, SourceTable],
    repeated: Collection[str] = (),
) -> Editability:
    """Return which columns of a result can be edited.

    Args:
        columns: Of the result.
        tables: The relations of the columns, by oid.
        repeated: Names of relations that the statement reads more than once.
    """
    identified, blocked = _identified(columns, tables, repeated)
    editable: dict[int, tuple[int, TableColumn]] = {}
    reasons: dict[int, str] = {}
    for place, column in enumerate(columns):
        oid = column.relation_oid
        own = tables[oid].column(column.attribute_number) if oid in tables else None
        reason = blocked.get(oid) or (EXPRESSION if not oid else _reason(own))
        if reason or own is None:
            reasons[place] = reason or CHANGED
        else:
            editable[place] = oid, own
    return Editability(editable, reasons, identified)


def _reason(column: TableColumn | None) -> str:
    """Return why a column of an identified row cannot be edited, or an empty string."""
    if column is None:
        return CHANGED
    if column.is_computed:
        return COMPUTED
    return "" if column.may_update else NO_UPDATE


def _identified(
    columns: Sequence[Column], tables: Mapping[int, SourceTable], repeated: Collection[str]
) -> tuple[dict[int, EditableTable], dict[int, str]]:
    """Return the tables whose rows are identified, and why those of others are not."""
    places: dict[int, dict[int, int]] = {}
    blocked: dict[int, str] = {}
    for place, column in enumerate(columns):
        if not (oid := column.relation_oid):
            continue
        of_table = places.setdefault(oid, {})
        if column.attribute_number in of_table:
            blocked[oid] = TWICE
        of_table[column.attribute_number] = place
    identified: dict[int, EditableTable] = {}
    for oid, of_table in places.items():
        table = tables.get(oid)
        reason = blocked.get(oid) or _table_reason(table, of_table, repeated)
        if reason or table is None:
            blocked[oid] = reason
        else:
            identified[oid] = EditableTable(table, _key(table, of_table), of_table)
    return identified, blocked


def _table_reason(
    table: SourceTable | None, places: Mapping[int, int], repeated: Collection[str]
) -> str:
    if table is None:
        return CHANGED
    if not table.is_table:
        return NOT_A_TABLE
    if table.name in repeated:
        return TWICE
    if not table.keys:
        return NO_KEY
    return "" if _key(table, places) else KEY_NOT_SHOWN


def _key(table: SourceTable, places: Mapping[int, int]) -> tuple[TableColumn, ...]:
    """Return the first key whose columns are all shown; empty if there is none."""
    for numbers in table.keys:
        columns = [table.column(number) for number in numbers if number in places]
        if len(columns) == len(numbers):
            return tuple(column for column in columns if column is not None)
    return ()


def with_origins(
    columns: Sequence[Column], query: BareQuery, table: SourceTable
) -> tuple[Column, ...] | None:
    """Return a result's columns with their origins, if the server has not sent them.

    Args:
        columns: Of the result.
        query: The query; it shows columns of one table.
        table: That table.

    Returns:
        The columns, `None` unless each is proven to be the table's column of that name.
    """
    names: list[str] = []
    for name in query.columns:
        names += [column.name for column in table.columns] if name == "*" else [name]
    by_name = {column.name: column.number for column in table.columns}
    if names != [column.name for column in columns] or not by_name.keys() >= set(names):
        return None
    return tuple(
        replace(column, relation_oid=table.oid, attribute_number=by_name[column.name])
        for column in columns
    )
