"""The names in a database for completion, as one immutable value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dsql_tui.model.relation import Relation, RelationKind


class NamedColumn(NamedTuple):
    """A column's name and its type as `format_type` prints it; the type may be empty."""

    name: str
    type_name: str = ""


@dataclass(frozen=True, slots=True)
class NamedRelation:
    """A table, view or sequence with its columns in order."""

    schema: str
    name: str
    columns: tuple[NamedColumn, ...] = ()
    kind: RelationKind = RelationKind.TABLE


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """A user-defined function; `signature` is for display: `(a integer) → text`."""

    schema: str
    name: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class SchemaContents:
    """The relations and functions of one schema.

    Attributes:
        relations: Tables, views and then sequences, by name.
        functions: By name.
        problem: Why the functions could not be read, or empty.
    """

    relations: tuple[Relation, ...] = ()
    functions: tuple[NamedFunction, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: columns of one relation, in order, and the referenced columns.

    Relations are (schema, name).
    """

    relation: tuple[str, str]
    columns: tuple[str, ...]
    target: tuple[str, str]
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """All names of a database at one point in time, unquoted.

    Attributes:
        relations: Tables, views and sequences of every schema that can be read.
        references: Foreign keys.
        functions: The database's own functions; the built-in ones are known without asking.
        schemas: Schema names.
        roles: Role names.
        session_roles: Those that sessions can be opened as.
        search_path: Schemas whose relations need no qualification.
    """

    relations: tuple[NamedRelation, ...] = ()
    references: tuple[Reference, ...] = ()
    functions: tuple[NamedFunction, ...] = ()
    schemas: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    session_roles: tuple[str, ...] = ()
    search_path: tuple[str, ...] = field(default=("public", "pg_catalog"))
