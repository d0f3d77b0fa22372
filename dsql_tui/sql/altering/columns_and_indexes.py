"""Adding and dropping columns, creating and dropping indexes of a table."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.model.inspection import InspectedIndex, Inspection
from dsql_tui.sql.altering.changes import (
    UNSUPPORTED,
    check_name,
    check_new_column,
    referred_by,
)
from dsql_tui.sql.dsql.limits import COLUMNS, INDEXES_PER_TABLE
from dsql_tui.sql.dsql.refusals import advice_on_refusal
from dsql_tui.sql.lexing.keywords import words
from dsql_tui.sql.lexing.names import folded, pieces_of, qualified, quoted

COLUMN_TYPES = (
    "bigint", "boolean", "bytea", "char(1)", "date", "double precision", "integer", "interval",
    "json", "jsonb", "numeric(18,6)", "real", "smallint", "text", "time", "timestamp",
    "timestamp with time zone", "uuid", "varchar(255)",
)  # fmt: skip
"""Suggested for a new column."""
_AFTER_TYPE = words(
    "NOT NULL DEFAULT PRIMARY UNIQUE CHECK REFERENCES GENERATED CONSTRAINT COLLATE DEFERRABLE"
)
"""What may follow a type in PostgreSQL, and not in ADD COLUMN of DSQL (user guide, ALTER TABLE)."""
_NOT_IN_A_KEY = frozenset({"json", "jsonb", "bytea", "time with time zone", "interval"})
"""Types without an order on DSQL, as `format_type` prints them; arrays likewise (user guide,
supported data types)."""


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Adds a column that is NULL in existing rows.

    Attributes:
        name: Unquoted.
        type_name: As SQL.
        default: An expression for rows inserted later; empty for none.
    """

    name: str
    type_name: str
    default: str = ""

    def statements(self, of: Inspection) -> list[str]:
        """Return ADD COLUMN, and SET DEFAULT as a separate statement, as DSQL requires."""
        check_name(self.name)
        if not self.type_name:
            raise InputError("Enter a type.")
        table, column = qualified(of.name), quoted(self.name)
        statements = [f"ALTER TABLE {table} ADD COLUMN {column} {self.type_name}"]
        if self.default:
            statements.append(
                f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {self.default}"
            )
        return statements

    def check(self, of: Inspection) -> None:
        """Refuse a name in use, a column too many, and constraints after the type."""
        check_new_column(self.name, of)
        if len(of.columns) >= COLUMNS:
            raise InputError(f"A table has at most {COLUMNS} columns.")
        after = next((p for p in pieces_of(self.type_name) if p.word in _AFTER_TYPE), None)
        if after is not None:
            refused = {"NOT": "NOT NULL", "PRIMARY": "PRIMARY KEY"}.get(after.word, after.word)
            raise InputError(
                f"DSQL refuses {refused} in ADD COLUMN: it adds a column without constraints.",
                remedy="Enter the default below. For NOT NULL fill the column, then ADD CHECK "
                "(… IS NOT NULL) NOT VALID and ALTER TABLE ASYNC … VALIDATE CONSTRAINT.",
            )


@dataclass(frozen=True, slots=True)
class DropColumn:
    """Drops a column, with the indexes and constraints it is part of."""

    column: str

    def statements(self, of: Inspection) -> list[str]:
        """Return DROP COLUMN without CASCADE."""
        return [f"ALTER TABLE {qualified(of.name)} DROP COLUMN {quoted(self.column)}"]

    def check(self, of: Inspection) -> None:
        """Refuse a column of the primary key, and one that other tables refer to."""
        if self.column in of.key:
            raise InputError(
                f"DSQL refuses it: cannot drop primary key column {self.column}.",
                remedy="The primary key cannot be changed: create another table, copy the rows, as "
                "dsql-tui schema apply does.",
            )
        for key in of.referred_by:
            if self.column in key.target_columns and key.oid != of.relation.oid:
                raise referred_by(key)


def dropped_with(column: str, of: Inspection) -> list[str]:
    """Return the indexes and foreign keys that are dropped together with a column."""
    names = [each.name for each in of.indexes if column in index_columns(each)]
    return names + [key.name for key in of.references if column in key.columns]


def index_columns(index: InspectedIndex) -> set[str]:
    """Return the names that an index's definition holds after its table, INCLUDE's too."""
    pieces = pieces_of(index.definition)
    start = next((at for at, piece in enumerate(pieces) if piece.word == "("), len(pieces))
    return {folded(piece.text) for piece in pieces[start:] if piece.is_name}


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """Creates an index as a job.

    Attributes:
        name: Unquoted; empty lets the server choose.
        columns: Its key, in their order.
        included: Further columns that can be read from the index alone.
        unique: Whether no two rows may have the same key.
        where: The condition of a partial index, as SQL; empty for all rows.
    """

    name: str
    columns: tuple[str, ...]
    included: tuple[str, ...] = ()
    unique: bool = False
    where: str = ""

    def statements(self, of: Inspection) -> list[str]:
        """Return CREATE INDEX ASYNC."""
        if not self.columns:
            raise InputError("Choose the columns of the index.")
        parts = [
            f"CREATE {'UNIQUE ' if self.unique else ''}INDEX ASYNC",
            quoted(self.name) if self.name else "",
            f"ON {qualified(of.name)} ({_listed(self.columns)})",
            f"INCLUDE ({_listed(self.included)})" if self.included else "",
            f"WHERE {self.where}" if self.where else "",
        ]
        return [" ".join(filter(None, parts))]

    def check(self, of: Inspection) -> None:
        """Refuse an index too many, a name in use, and types that have no order."""
        if self.name:
            check_name(self.name)
        if self.name in {each.name for each in of.indexes}:
            raise InputError(f"{of.relation.name} has an index {self.name} already.")
        if len(of.indexes) >= INDEXES_PER_TABLE:
            raise InputError(
                f"{of.relation.name} has {len(of.indexes)} indexes.",
                remedy=f"DSQL allows {INDEXES_PER_TABLE}, INVALID ones included: drop one first.",
            )
        if twice := [name for name in self.columns if name in self.included]:
            raise InputError(f"{twice[0]} is a column of the key already: do not include it.")
        for name in self.columns:
            column = of.column(name)
            if column is not None and not has_order(column.type_name):
                message = f"datatype {column.type_name} is not supported in a key"
                advice = advice_on_refusal(UNSUPPORTED, message, "")
                raise InputError(f"DSQL refuses {name}: {message}.", remedy=advice)


def has_order(type_name: str) -> bool:
    """Return whether values of a type can be a key on DSQL."""
    return type_name not in _NOT_IN_A_KEY and not type_name.endswith("[]")


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, columns))


@dataclass(frozen=True, slots=True)
class DropIndex:
    """Drops an index; its build stops if it is in progress."""

    name: str

    def statements(self, of: Inspection) -> list[str]:
        """Return DROP INDEX; an index is in the schema of its table."""
        return [f"DROP INDEX {qualified((of.relation.schema, self.name))}"]

    def check(self, of: Inspection) -> None:
        """Refuse an index that a constraint requires."""
        index = next((each for each in of.indexes if each.name == self.name), None)
        if index is not None and index.is_primary:
            raise InputError(
                "It is the index of the primary key, which cannot be dropped or changed.",
                remedy="Create another table and copy the rows, as dsql-tui schema apply does.",
            )
        if any(each.name == self.name and each.kind == "UNIQUE" for each in of.constraints):
            raise InputError(
                f"The constraint {self.name} requires it.",
                remedy=f"Drop that: ALTER TABLE {qualified(of.name)} "
                f"DROP CONSTRAINT {quoted(self.name)}.",
            )
