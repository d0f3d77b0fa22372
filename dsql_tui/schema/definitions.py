"""The definitions of a database as frozen values.

Types, expressions, constraints and queries are SQL as PostgreSQL prints it with an empty
`search_path`: every name outside `pg_catalog` has its schema, so a text means the same everywhere
and two texts can be compared. What DSQL adds to such texts by itself, `btree_index` and the
`INCLUDE` list of primary keys, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.sql.lexing.names import qualified, quoted


class ObjectKind(StrEnum):
    """The kinds of objects, by their keywords in COMMENT ON and DROP."""

    SCHEMA = "SCHEMA"
    DOMAIN = "DOMAIN"
    SEQUENCE = "SEQUENCE"
    FUNCTION = "FUNCTION"
    TABLE = "TABLE"
    VIEW = "VIEW"
    STATISTICS = "STATISTICS"


class ConstraintKind(StrEnum):
    """`pg_constraint.contype`, in words."""

    PRIMARY_KEY = "PRIMARY KEY"
    UNIQUE = "UNIQUE"
    CHECK = "CHECK"
    FOREIGN_KEY = "FOREIGN KEY"


@dataclass(frozen=True, slots=True, order=True)
class ObjectName:
    """What identifies an object in a database.

    Attributes:
        kind: What it is.
        schema: Its schema, unquoted; a schema's own name.
        name: Its name, unquoted; empty for a schema.
        arguments: The types of a function's arguments as SQL, without parentheses.
    """

    kind: ObjectKind
    schema: str
    name: str = ""
    arguments: str = ""

    @property
    def sql(self) -> str:
        """The name as written in SQL, a function's with its argument types."""
        if self.kind is ObjectKind.SCHEMA:
            return quoted(self.schema)
        arguments = f"({self.arguments})" if self.kind is ObjectKind.FUNCTION else ""
        return qualified([self.schema, self.name]) + arguments

    @property
    def label(self) -> str:
        """The kind and the name for display: `table app.orders`."""
        return f"{self.kind.lower()} {self.sql}"


@dataclass(frozen=True, slots=True)
class SequenceOptions:
    """The options of a sequence, or of the sequence of an identity column.

    The defaults are those of an ascending `bigint` sequence; a cache size has none in DSQL.
    """

    cache: int
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = 2**63 - 1
    cycles: bool = False


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column of a table or a view.

    Attributes:
        name: Unquoted.
        type_name: As `format_type` prints it, with modifiers.
        not_null: NULL is refused.
        default: The DEFAULT expression, or that of a generated column; empty if there is none.
        is_generated: `default` is that of GENERATED ALWAYS AS … STORED.
        identity: `ALWAYS` or `BY DEFAULT` for an identity column, else empty.
        sequence: The options of an identity column's sequence; `None` if they were not readable.
        storage: `PLAIN`, `EXTERNAL`, `EXTENDED` or `MAIN` where it is not that of the type.
        collation: The collation where it is not that of the type; DSQL has none, PostgreSQL has.
        comment: COMMENT ON COLUMN, or empty.
    """

    name: str
    type_name: str
    not_null: bool = False
    default: str = ""
    is_generated: bool = False
    identity: str = ""
    sequence: SequenceOptions | None = None
    storage: str = ""
    collation: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ConstraintDefinition:
    """A constraint of a table or a domain.

    Attributes:
        name: Unquoted.
        kind: What it is.
        definition: SQL after `CONSTRAINT name`, without NOT VALID.
        is_valid: Every row is known to satisfy it.
        columns: The columns of a key or foreign key in order, unquoted.
        target: Schema and table that a foreign key refers to; empty for the other kinds.
        comment: COMMENT ON CONSTRAINT, or empty.
        index_comment: COMMENT ON INDEX of the index that enforces it, or empty.
    """

    name: str
    kind: ConstraintKind
    definition: str
    is_valid: bool = True
    columns: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    comment: str = ""
    index_comment: str = ""


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """An index that belongs to no constraint.

    Attributes:
        name: Unquoted.
        is_unique: UNIQUE.
        definition: SQL after the access method: `(a, lower(b)) INCLUDE (c) WHERE (a > 0)`.
        is_valid: It is built. An index that is not is being built, or its job has failed.
        comment: COMMENT ON INDEX, or empty.
    """

    name: str
    is_unique: bool
    definition: str
    is_valid: bool = True
    comment: str = ""


@dataclass(frozen=True, slots=True)
class StatisticsDefinition:
    """A statistics object.

    Attributes:
        schema: Its own schema, which may differ from that of its table.
        name: Unquoted.
        definition: SQL after the name: `(ndistinct) ON a, b FROM app.t`.
        target: What SET STATISTICS has set, or `None`.
        comment: COMMENT ON STATISTICS, or empty.
    """

    schema: str
    name: str
    definition: str
    target: int | None = None
    comment: str = ""

    @property
    def key(self) -> ObjectName:
        """What identifies it."""
        return ObjectName(ObjectKind.STATISTICS, self.schema, self.name)


@dataclass(frozen=True, slots=True)
class SchemaDefinition:
    """A schema; `public` exists in every database.

    Attributes:
        name: Unquoted.
        owner: Its owner where privileges were read and it is not `admin`; it must be named when
            the schema is created.
        comment: COMMENT ON SCHEMA, or empty.
    """

    name: str
    owner: str = ""
    comment: str = ""

    @property
    def key(self) -> ObjectName:
        """What identifies it."""
        return ObjectName(ObjectKind.SCHEMA, self.name)


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        columns: In their order, without dropped ones.
        constraints: The primary key first, then by kind and name.
        indexes: By name, without those of constraints.
        statistics: By schema and name.
        comment: COMMENT ON TABLE, or empty.
    """

    schema: str
    name: str
    columns: tuple[ColumnDefinition, ...] = ()
    constraints: tuple[ConstraintDefinition, ...] = ()
    indexes: tuple[IndexDefinition, ...] = ()
    statistics: tuple[StatisticsDefinition, ...] = ()
    comment: str = ""

    @property
    def key(self) -> ObjectName:
        """What identifies it."""
        return ObjectName(ObjectKind.TABLE, self.schema, self.name)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key in order; none without one."""
        for constraint in self.constraints:
            if constraint.kind is ConstraintKind.PRIMARY_KEY:
                return constraint.columns
        return ()


@dataclass(frozen=True, slots=True)
class ViewDefinition:
    """A view.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        query: The SELECT, without a semicolon.
        columns: Name and type, and the default and the comment where there is one.
        check_option: `LOCAL`, `CASCADED`, or empty.
        comment: COMMENT ON VIEW, or empty.
    """

    schema: str
    name: str
    query: str
    columns: tuple[ColumnDefinition, ...] = ()
    check_option: str = ""
    comment: str = ""

    @property
    def key(self) -> ObjectName:
        """What identifies it."""
        return ObjectName(ObjectKind.VIEW, self.schema, self.name)


@dataclass(frozen=True, slots=True)
class SequenceDefinition:
    """A sequence that belongs to no identity column.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        options: START, INCREMENT and so on; never the current value.
        owned_by: Schema, table and column of OWNED BY, or empty.
        comment: COMMENT ON SEQUENCE, or empty.
    """

    schema: str
    name: str
    options: SequenceOptions
    owned_by: tuple[str, ...] = ()
    comment: str = ""

    @property
    def key(self) -> ObjectName:
        """What identifies it."""
        return ObjectName(ObjectKind.SEQUENCE, self.schema, self.name)


@dataclass(frozen=True, slots=True)
class DomainDefinition:
    """A domain; its constraints are checks, by name."""

    schema: str
    name: str
    type_name: str
    not_null: bool = False
    default: str = ""
    constraints: tuple[ConstraintDefinition, ...] = ()
    comment: str = ""

    @property
    def key(self) -> ObjectName:
        """What identifies it."""
        return ObjectName(ObjectKind.DOMAIN, self.schema, self.name)


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        arguments: The types of its arguments as SQL; they tell overloads apart.
        definition: `CREATE OR REPLACE FUNCTION …` without a semicolon.
        result: The type it returns, as SQL; CREATE OR REPLACE cannot change it.
        body: The text of the body, from which names in it are found; a hint only.
        comment: COMMENT ON FUNCTION, or empty.
    """

    schema: str
    name: str
    arguments: str
    definition: str
    result: str = ""
    body: str = ""
    comment: str = ""

    @property
    def key(self) -> ObjectName:
        """What identifies it."""
        return ObjectName(ObjectKind.FUNCTION, self.schema, self.name, self.arguments)


RelationDefinition = TableDefinition | ViewDefinition | SequenceDefinition
Definition = SchemaDefinition | DomainDefinition | FunctionDefinition | RelationDefinition
"""An object that has statements of its own; statistics are printed with their table."""


@dataclass(frozen=True, slots=True)
class Database:
    """Every definition of a database that one role can read.

    Attributes:
        objects: By kind, schema and name.
        requires: Object → the objects that must exist before it, without foreign keys.
        access: Roles, IAM mappings, owners, privileges and default privileges; `None` if they were
            not asked for.
        is_partial: Only some schemas or tables were asked for.
        notes: What could not be read or cannot be written as SQL, a sentence each.
    """

    objects: tuple[Definition, ...] = ()
    requires: Mapping[ObjectName, frozenset[ObjectName]] = field(default_factory=dict)
    access: AccessSnapshot | None = None
    is_partial: bool = False
    notes: tuple[str, ...] = ()

    @property
    def all_notes(self) -> tuple[str, ...]:
        """What could not be read or cannot be written, privileges included."""
        return (*self.notes, *(self.access.notes if self.access else ()))

    def find(self, key: ObjectName) -> Definition | None:
        """Return an object by what identifies it."""
        return next((each for each in self.objects if each.key == key), None)

    def relation(
        self, schema: str, name: str
    ) -> TableDefinition | ViewDefinition | SequenceDefinition | None:
        """Return a table, a view or a sequence."""
        return next(
            (
                each
                for each in self.objects
                if isinstance(each, RelationDefinition)
                and (each.schema, each.name) == (schema, name)
            ),
            None,
        )

    def tables(self) -> Iterator[TableDefinition]:
        """Yield the tables."""
        return (each for each in self.objects if isinstance(each, TableDefinition))
