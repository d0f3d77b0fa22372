"""Which rows a cell of a result refers to, and which rows refer to its row.

A result's header names the table and the column of each of its columns, so a key is found through
joins, aliases and CTEs. All columns of a composite key must be in the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.model.catalog import CatalogSnapshot, NamedRelation
from dsql_tui.model.inspection import ForeignKey
from dsql_tui.model.result import Column
from dsql_tui.sql.completion.joins import is_join_column
from dsql_tui.sql.lexing.names import qualified


@dataclass(frozen=True, slots=True)
class ReferenceTarget:
    """Rows that can be opened.

    Attributes:
        relation: Their relation, (schema, name).
        columns: Its columns that are compared.
        values: The values they have, as text.
        why: `foreign key NAME` or `same column name`.
    """

    relation: tuple[str, str]
    columns: tuple[str, ...]
    values: tuple[str, ...]
    why: str

    @property
    def label(self) -> str:
        """The rows as a trail names them: `customers id=42`."""
        pairs = zip(self.columns, self.values, strict=True)
        return f"{short_name(self.relation)} " + " ".join(f"{name}={text}" for name, text in pairs)


def short_name(relation: tuple[str, str]) -> str:
    """Return a relation's name, with its schema unless that is `public`."""
    return qualified(relation[1:] if relation[0] == "public" else relation)


def referenced_rows(
    keys: Sequence[ForeignKey], columns: Sequence[Column], row: Sequence[str | None], at: int
) -> list[ReferenceTarget]:
    """Return the rows that the foreign keys of a cell's column refer to.

    Args:
        keys: The foreign keys of the table that the column comes from.
        columns: The result's columns.
        row: The row's values.
        at: The cell's column in the result.

    Raises:
        InputError: A column of a key is NULL or not in the result.
    """
    cell = columns[at]
    own = [key for key in keys if cell.attribute_number in key.numbers]
    return [
        ReferenceTarget(
            key.target,
            key.target_columns,
            _values(key.numbers, key.columns, columns, row, at),
            f"foreign key {key.name}",
        )
        for key in own
    ]


def referring_rows(
    keys: Sequence[ForeignKey], columns: Sequence[Column], row: Sequence[str | None], at: int
) -> list[ReferenceTarget]:
    """Return the rows of other tables, or of the same, that refer to a cell's row.

    Args:
        keys: The foreign keys that refer to the table that the cell's column comes from.
        columns: The result's columns.
        row: The row's values.
        at: The cell's column in the result.

    Raises:
        InputError: A referenced column is NULL or not in the result.
    """
    return [
        ReferenceTarget(
            key.relation,
            key.columns,
            _values(key.target_numbers, key.target_columns, columns, row, at),
            f"foreign key {key.name}",
        )
        for key in keys
    ]


def rows_by_name(
    names: CatalogSnapshot, column: Column, value: str | None, own: tuple[str, str] | None
) -> list[ReferenceTarget]:
    """Return rows of relations that have a column of the same name, where no key is declared.

    The rule is that of completion's join conditions: names that end in `_id`.

    Args:
        names: The names of the database.
        column: The cell's column.
        value: The cell's value.
        own: The relation that it comes from, if known; it is left out.
    """
    if value is None or not is_join_column(column.name):
        return []
    return [
        ReferenceTarget((each.schema, each.name), (column.name,), (value,), "same column name")
        for each in names.relations
        if (each.schema, each.name) != own and _has(each, column.name)
    ]


def _has(relation: NamedRelation, name: str) -> bool:
    return any(column.name == name for column in relation.columns)


def _values(
    numbers: Sequence[int],
    names: Sequence[str],
    columns: Sequence[Column],
    row: Sequence[str | None],
    at: int,
) -> tuple[str, ...]:
    """Return the values of a key's columns in the row that a cell belongs to.

    Raises:
        InputError: One is NULL, not in the result, or in it several times.
    """
    cell = columns[at]
    values: list[str] = []
    for number, name in zip(numbers, names, strict=True):
        places = [
            place
            for place, column in enumerate(columns)
            if (column.relation_oid, column.attribute_number) == (cell.relation_oid, number)
        ]
        if number == cell.attribute_number:
            places = [at]
        if not places:
            raise InputError(
                f"The result lacks the column {name} of the key.",
                remedy="Add it to the statement's columns.",
            )
        texts = {row[place] for place in places}
        if len(texts) > 1:
            raise InputError(
                f"The result has the column {name} of the key more than once.",
                remedy="Select the columns of one row of the table.",
            )
        (text,) = texts
        if text is None:
            raise InputError(f"The column {name} is NULL, which refers to no row.")
        values.append(text)
    return tuple(values)
