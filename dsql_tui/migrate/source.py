"""A PostgreSQL database as it is read: definitions, and what DSQL has no such objects for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dsql_tui.errors import StatementError
from dsql_tui.migrate import source_catalogs
from dsql_tui.migrate.source_catalogs import SourceCatalog
from dsql_tui.pg.session import ServerSession
from dsql_tui.schema import catalogs
from dsql_tui.schema.catalogs import Row, Selection
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.read import read_definitions

QualifiedName = tuple[str, str]
"""Schema and name, unquoted."""


class RelationTraits(NamedTuple):
    """What a table has that DSQL has not.

    Attributes:
        kind: `pg_class.relkind`.
        is_unlogged: UNLOGGED.
        is_partition: It is a partition of another table.
        partition_key: The SQL after PARTITION BY, or empty.
        parents: The tables that it inherits from, or is a partition of.
        has_row_security: Row-level security is enabled.
        has_privileges: Privileges were granted on it.
        is_readable: This role may read its rows.
        rows: An estimate of their number.
        query: The query of a materialized view, or empty.
    """

    kind: str
    is_unlogged: bool = False
    is_partition: bool = False
    partition_key: str = ""
    parents: tuple[QualifiedName, ...] = ()
    has_row_security: bool = False
    has_privileges: bool = False
    is_readable: bool = True
    rows: int = 0
    query: str = ""


@dataclass(frozen=True, slots=True)
class SourceKey:
    """One key or included column of an index.

    Attributes:
        sql: A column's name or an expression in parentheses, as SQL.
        is_column: It is a column.
        is_descending: DESC.
        nulls_first: NULLS FIRST, which is the default of DESC.
        operator_class: Its operator class if it is not that of the type, or empty.
        type_name: As `format_type` prints it.
    """

    sql: str
    is_column: bool = True
    is_descending: bool = False
    nulls_first: bool = False
    operator_class: str = ""
    type_name: str = "text"


@dataclass(frozen=True, slots=True)
class SourceIndex:
    """An index that belongs to no constraint."""

    name: str
    is_unique: bool
    is_valid: bool
    method: str
    keys: tuple[SourceKey, ...]
    included: tuple[str, ...] = ()
    predicate: str = ""
    nulls_not_distinct: bool = False
    definition: str = ""
    comment: str = ""


class ConstraintTraits(NamedTuple):
    """A key or an exclusion constraint: `pg_constraint.contype` and so on."""

    kind: str
    is_deferrable: bool
    definition: str


class FunctionTraits(NamedTuple):
    """The language, the kind (`pg_proc.prokind`) and the definition of a function."""

    language: str
    kind: str
    definition: str


class SourceTrigger(NamedTuple):
    """A trigger of a table."""

    table: QualifiedName
    name: str
    function: str
    definition: str


class SourceType(NamedTuple):
    """A type: `pg_type.typtype`, the labels of an enum, the columns of a composite type as SQL."""

    kind: str
    labels: tuple[str, ...] = ()
    columns: str = ""


class ExtensionMember(NamedTuple):
    """An object of an extension."""

    extension: str
    kind: str
    schema: str
    name: str


class OtherObject(NamedTuple):
    """An object that DSQL has no such objects for."""

    kind: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class SourceDatabase:
    """A PostgreSQL database.

    Attributes:
        definitions: What DSQL has, too, with types and expressions as PostgreSQL has them; tables
            have no indexes here.
        name: The database's name.
        version: The server's version, as it prints it.
        collation: The database's default collation.
        encoding: The database's encoding.
        large_objects: Their number.
        has_sys_schema: There is a schema `sys`, which DSQL has for itself.
        notes: What could not be read, a sentence each.
    """

    definitions: Database
    name: str = "postgres"
    version: str = "16"
    collation: str = "C"
    encoding: str = "UTF8"
    large_objects: int = 0
    has_sys_schema: bool = False
    relations: Mapping[QualifiedName, RelationTraits] = field(default_factory=dict)
    indexes: Mapping[QualifiedName, tuple[SourceIndex, ...]] = field(default_factory=dict)
    constraints: Mapping[tuple[str, str, str], ConstraintTraits] = field(default_factory=dict)
    virtual_columns: frozenset[tuple[str, str, str]] = frozenset()
    view_columns: Mapping[QualifiedName, frozenset[tuple[str, str, str]]] = field(
        default_factory=dict
    )
    types: Mapping[QualifiedName, SourceType] = field(default_factory=dict)
    functions: Mapping[tuple[str, str, str], FunctionTraits] = field(default_factory=dict)
    triggers: tuple[SourceTrigger, ...] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)
    members: tuple[ExtensionMember, ...] = ()
    sequence_values: Mapping[QualifiedName, int] = field(default_factory=dict)
    others: tuple[OtherObject, ...] = ()
    notes: tuple[str, ...] = ()


def read_source(session: ServerSession, schemas: Sequence[str] = ()) -> SourceDatabase:
    """Read a PostgreSQL database by a fixed number of statements.

    Args:
        session: As `open_postgres` opens it; idle.
        schemas: Only these; all if empty.

    Raises:
        StatementError: A catalog without which nothing can be said was refused.
        SessionLost: The connection ended.
    """
    selection = Selection(schemas=tuple(schemas), with_access=False)
    definitions = read_definitions(session, selection, unread=[catalogs.INDEXES])
    return _SourceReader(session, schemas).source(definitions)


class _SourceReader:
    """Reads the catalogs one after another and notes those that are refused."""

    def __init__(self, session: ServerSession, schemas: Sequence[str]) -> None:
        self._session = session
        self._schemas = json.dumps(sorted(schemas)) if schemas else None
        self._notes: list[str] = []

    def source(self, definitions: Database) -> SourceDatabase:
        """Return the database with what is read beside its definitions."""
        name, version, collation, encoding, large_objects, has_sys = self._read(
            source_catalogs.DATABASE
        )[0]
        return SourceDatabase(
            definitions=definitions,
            name=_text(name),
            version=_text(version).partition(" ")[0],
            collation=_text(collation),
            encoding=_text(encoding),
            large_objects=int(large_objects or 0),
            has_sys_schema=has_sys == "t",
            relations=self._relations(),
            indexes=self._indexes(),
            constraints={
                (_text(schema), _text(table), _text(constraint)): ConstraintTraits(
                    _text(kind), deferrable == "t", _text(definition)
                )
                for schema, table, constraint, kind, deferrable, definition in self._read(
                    source_catalogs.CONSTRAINTS
                )
            },
            virtual_columns=frozenset(
                (_text(schema), _text(table), _text(column))
                for schema, table, column in self._read(source_catalogs.COLUMNS)
            ),
            view_columns=self._view_columns(),
            types={
                (_text(schema), _text(each)): SourceType(
                    _text(kind), tuple(json.loads(labels or "[]")), _text(columns)
                )
                for schema, each, kind, labels, columns in self._read(source_catalogs.TYPES)
            },
            functions={
                (_text(schema), _text(each), _text(arguments)): FunctionTraits(
                    _text(language), _text(kind), _text(definition)
                )
                for schema, each, arguments, language, kind, definition in self._read(
                    source_catalogs.FUNCTIONS
                )
            },
            triggers=tuple(
                SourceTrigger((_text(schema), _text(table)), *map(_text, rest))
                for schema, table, *rest in self._read(source_catalogs.TRIGGERS)
            ),
            extensions={
                _text(each): _text(version)
                for each, version in self._read(source_catalogs.EXTENSIONS)
            },
            members=tuple(
                ExtensionMember(*map(_text, row)) for row in self._read(source_catalogs.MEMBERS)
            ),
            sequence_values={
                (_text(schema), _text(each)): int(value or 0)
                for schema, each, value in self._read(source_catalogs.SEQUENCE_VALUES)
            },
            others=tuple(
                OtherObject(*map(_text, row)) for row in self._read(source_catalogs.OTHERS)
            ),
            notes=tuple(self._notes),
        )

    def _read(self, catalog: SourceCatalog) -> list[Row]:
        parameters = [self._schemas] if "$1" in catalog.sql else []
        try:
            return self._session.fetch(
                catalog.sql, parameters, size_max_bytes=catalogs.SIZE_MAX_BYTES
            )
        except StatementError as error:
            if catalog is source_catalogs.DATABASE:
                raise
            self._notes.append(
                f"{catalog.subject} cannot be read here: {error.message.rstrip('.')}."
            )
            return []

    def _relations(self) -> dict[QualifiedName, RelationTraits]:
        relations: dict[QualifiedName, RelationTraits] = {}
        for schema, name, kind, persistence, is_partition, key, parents, *rest in self._read(
            source_catalogs.RELATIONS
        ):
            has_security, has_privileges, is_readable, rows, query = rest
            relations[(_text(schema), _text(name))] = RelationTraits(
                kind=_text(kind),
                is_unlogged=persistence == "u",
                is_partition=is_partition == "t",
                partition_key=_text(key),
                parents=tuple((each[0], each[1]) for each in json.loads(parents or "[]")),
                has_row_security=has_security == "t",
                has_privileges=has_privileges == "t",
                is_readable=is_readable == "t",
                rows=int(rows or 0),
                query=_text(query),
            )
        return relations

    def _indexes(self) -> dict[QualifiedName, tuple[SourceIndex, ...]]:
        indexes: dict[QualifiedName, list[SourceIndex]] = defaultdict(list)
        for schema, table, name, unique, valid, method, keys, count, *rest in self._read(
            source_catalogs.INDEXES
        ):
            predicate, nulls_not_distinct, definition, comment = rest
            parts = json.loads(keys or "[]")
            indexes[(_text(schema), _text(table))].append(
                SourceIndex(
                    name=_text(name),
                    is_unique=unique == "t",
                    is_valid=valid == "t",
                    method=_text(method),
                    keys=tuple(_key(each) for each in parts[: int(count or 0)]),
                    included=tuple(each["sql"] for each in parts[int(count or 0) :]),
                    predicate=_text(predicate),
                    nulls_not_distinct=nulls_not_distinct == "true",
                    definition=_text(definition),
                    comment=_text(comment),
                )
            )
        return {table: tuple(each) for table, each in indexes.items()}

    def _view_columns(self) -> dict[QualifiedName, frozenset[tuple[str, str, str]]]:
        used: dict[QualifiedName, set[tuple[str, str, str]]] = defaultdict(set)
        for schema, view, *column in self._read(source_catalogs.VIEW_COLUMNS):
            table_schema, table, name = map(_text, column)
            used[(_text(schema), _text(view))].add((table_schema, table, name))
        return {view: frozenset(columns) for view, columns in used.items()}


_DESCENDING, _NULLS_FIRST = 1, 2


def _key(part: Mapping[str, object]) -> SourceKey:
    option = int(str(part["option"] or 0))
    return SourceKey(
        sql=str(part["sql"]),
        is_column=bool(part["column"]),
        is_descending=bool(option & _DESCENDING),
        nulls_first=bool(option & _NULLS_FIRST),
        operator_class=str(part["opclass"] or ""),
        type_name=str(part["type"] or ""),
    )


def _text(value: str | None) -> str:
    return value or ""
