"""The statements that read the rows of one relation page by page.

A page starts after the last row of the previous one, found by its sort columns and primary key
(keyset paging). OFFSET would read, and on DSQL bill, every row before the page again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column by which rows are sorted.

    Attributes:
        name: Unquoted.
        descending: Ascending puts NULL last, descending first, as PostgreSQL does.
        nullable: Whether it may be NULL.
    """

    name: str
    descending: bool = False
    nullable: bool = True

    @property
    def sql(self) -> str:
        """The column as an item of ORDER BY."""
        return quoted(self.name) + (" DESC" if self.descending else "")


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Rows of a relation.

    Attributes:
        relation: Schema and name, unquoted.
        columns: The columns to read, unquoted; empty reads all.
        key: The columns of the primary key; without one, rows have no order to continue in.
        conditions: SQL conditions that all hold.
        sort: The sort columns, before the key.
    """

    relation: tuple[str, str]
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    sort: tuple[SortColumn, ...] = ()

    @property
    def order(self) -> tuple[SortColumn, ...]:
        """The columns that order the rows; with a key they order them completely."""
        sorted_by = {column.name for column in self.sort}
        rest = (SortColumn(name, nullable=False) for name in self.key if name not in sorted_by)
        return (*self.sort, *rest)

    @property
    def can_continue(self) -> bool:
        """Whether a page can start after the last row of the previous one."""
        read = set(self.columns)
        return bool(self.key) and (not read or all(each.name in read for each in self.order))

    def page(self, limit: int, after: Sequence[str | None] | None = None) -> str:
        """Return the statement of a page.

        Args:
            limit: Rows at most.
            after: The values of `order` in the previous page's last row, as text; `None` is NULL.
                Without them the first page is read.
        """
        conditions = self.conditions
        if after is not None:
            conditions = (*conditions, continuation(self.order, after))
        lines = [f"SELECT {self._columns}", f"FROM {qualified(self.relation)}"]
        if conditions:
            lines.append("WHERE " + "\n  AND ".join(conditions))
        if self.order:
            lines.append("ORDER BY " + ", ".join(column.sql for column in self.order))
        return "\n".join([*lines, f"LIMIT {limit}"])

    def count(self) -> str:
        """Return the statement that counts the rows."""
        where = "\nWHERE " + "\n  AND ".join(self.conditions) if self.conditions else ""
        return f"SELECT count(*)\nFROM {qualified(self.relation)}{where}"

    def where(self, *conditions: str) -> RowQuery:
        """Return these rows with further conditions."""
        return replace(self, conditions=(*self.conditions, *conditions))

    @property
    def _columns(self) -> str:
        return ", ".join(map(quoted, self.columns)) or "*"


def equals(columns: Sequence[str], values: Sequence[str]) -> tuple[str, ...]:
    """Return the conditions that columns have these values, given as text."""
    pairs = zip(columns, values, strict=True)
    return tuple(f"{quoted(column)} = {literal(value)}" for column, value in pairs)


def continuation(order: Sequence[SortColumn], after: Sequence[str | None]) -> str:
    """Return the condition that a row comes after one with these values.

    Columns that are all ascending and never NULL are compared as rows, with a bound on the first
    column alone that every planner can use for an index. Others need the expanded form: a row
    comparison has one direction, and knows no NULL.
    """
    if not any(column.descending or column.nullable for column in order):
        return _row_comparison([column.name for column in order], [value or "" for value in after])
    alternatives: list[str] = []
    equal: list[str] = []
    for column, value in zip(order, after, strict=True):
        if (later := _comes_after(column, value)) is not None:
            alternatives.append(" AND ".join([*equal, later]))
        name = quoted(column.name)
        equal.append(f"{name} IS NULL" if value is None else f"{name} = {literal(value)}")
    return "(" + " OR ".join(alternatives) + ")"


def _row_comparison(names: Sequence[str], values: Sequence[str]) -> str:
    columns, texts = [quoted(name) for name in names], [literal(value) for value in values]
    if len(columns) == 1:
        return f"{columns[0]} > {texts[0]}"
    bound = f"{columns[0]} >= {texts[0]}"
    return f"{bound} AND ({', '.join(columns)}) > ({', '.join(texts)})"


def _comes_after(column: SortColumn, value: str | None) -> str | None:
    """Return the condition that a column's value comes after `value`; `None` if nothing does."""
    name = quoted(column.name)
    if value is None:
        return f"{name} IS NOT NULL" if column.descending else None
    if column.descending:
        return f"{name} < {literal(value)}"
    later = f"{name} > {literal(value)}"
    return f"({later} OR {name} IS NULL)" if column.nullable else later
