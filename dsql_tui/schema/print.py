"""Definitions as SQL that DSQL accepts, the same text for the same definitions.

Foreign keys and indexes have statements of their own: DSQL builds indexes by jobs, and a foreign
key that is added to a table is validated by one (user guide, create-index-syntax-support and
working-with-foreign-key-constraints).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Definition,
    DomainDefinition,
    FunctionDefinition,
    IndexDefinition,
    ObjectName,
    RelationDefinition,
    SchemaDefinition,
    SequenceDefinition,
    SequenceOptions,
    StatisticsDefinition,
    TableDefinition,
    ViewDefinition,
)
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

PUBLIC_SCHEMA = "public"
_DEFAULT_OPTIONS = SequenceOptions(cache=0)
_UNKNOWN_OPTIONS = SequenceOptions(cache=65536)
"""What is written when `pg_sequence` could not be read; DSQL wants a cache size."""


@dataclass(frozen=True, slots=True)
class ObjectSql:
    """The statements that make one object, without semicolons, each for its own transaction.

    Attributes:
        key: The object.
        create: Create it, with its comments.
        add: Indexes and statistics of a table, when all objects exist.
        link: Foreign keys and the owners of sequences, when all indexes exist.
    """

    key: ObjectName
    create: tuple[str, ...]
    add: tuple[str, ...] = ()
    link: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        """All of them, in order."""
        return (*self.create, *self.add, *self.link)


def object_sql(definition: Definition, *, if_not_exists: bool = False) -> ObjectSql:
    """Return the statements that make an object.

    Args:
        definition: The object.
        if_not_exists: Use the forms that can be run again. CREATE DOMAIN has none.
    """
    key = definition.key
    match definition:
        case SchemaDefinition():
            return ObjectSql(key, tuple(_schema(definition, if_not_exists)))
        case DomainDefinition():
            return ObjectSql(key, tuple(_domain(definition)))
        case SequenceDefinition():
            link = tuple(owned_by(definition))
            return ObjectSql(key, tuple(_sequence(definition, if_not_exists)), link=link)
        case FunctionDefinition():
            return ObjectSql(key, tuple(_function(definition, if_not_exists)))
        case ViewDefinition():
            return ObjectSql(key, tuple(_view(definition, if_not_exists)))
        case TableDefinition():
            return ObjectSql(
                key,
                create=tuple(_table(definition, if_not_exists)),
                add=tuple(_additions(definition, if_not_exists)),
                link=tuple(_foreign_keys(definition, if_not_exists)),
            )


def relation_sql(relation: RelationDefinition) -> str:
    """Return a relation's statements as a script."""
    return script(object_sql(relation).statements)


def script(statements: Iterable[str]) -> str:
    """Return statements as text, each ended by a semicolon and a line break."""
    return "".join(f"{statement};\n" for statement in statements)


def column_sql(column: ColumnDefinition) -> str:
    """Return a column as in CREATE TABLE."""
    words = [quoted(column.name), column.type_name]
    if column.storage:
        words.append(f"STORAGE {column.storage}")
    if column.is_generated:
        words.append(f"GENERATED ALWAYS AS ({column.default}) STORED")
    elif column.default:
        words.append(f"DEFAULT {column.default}")
    if column.identity:
        words.append(identity_sql(column))
    if column.not_null:
        words.append("NOT NULL")
    return " ".join(words)


def identity_sql(column: ColumnDefinition) -> str:
    """Return `GENERATED … AS IDENTITY (…)` of an identity column."""
    options = sequence_options(column.sequence or _UNKNOWN_OPTIONS)
    return f"GENERATED {column.identity} AS IDENTITY ({options})"


def sequence_options(options: SequenceOptions) -> str:
    """Return the options that differ from the defaults, and CACHE, which DSQL wants stated."""
    usual = {*sequence_settings(_DEFAULT_OPTIONS)}
    return " ".join(each for each in sequence_settings(options) if each not in usual)


def sequence_settings(options: SequenceOptions) -> list[str]:
    """Return every option, as ALTER SEQUENCE takes them."""
    return [
        f"START WITH {options.start}",
        f"INCREMENT BY {options.increment}",
        f"MINVALUE {options.minimum}",
        f"MAXVALUE {options.maximum}",
        f"CACHE {options.cache}",
        "CYCLE" if options.cycles else "NO CYCLE",
    ]


def create_index(
    table: TableDefinition, index: IndexDefinition, *, if_not_exists: bool = False
) -> str:
    """Return the statement that starts the job that builds an index."""
    kind = "UNIQUE INDEX" if index.is_unique else "INDEX"
    name = _guarded(quoted(index.name), if_not_exists)
    return f"CREATE {kind} ASYNC {name} ON {table.key.sql} {index.definition}"


def create_statistics(
    statistics: StatisticsDefinition, *, if_not_exists: bool = False
) -> Iterator[str]:
    """Yield the statements that make a statistics object."""
    name = statistics.key.sql
    yield f"CREATE STATISTICS {_guarded(name, if_not_exists)} {statistics.definition}"
    if statistics.target is not None:
        yield f"ALTER STATISTICS {name} SET STATISTICS {statistics.target}"
    yield from comment_on(f"STATISTICS {name}", statistics.comment)


def add_constraint(owner: ObjectName, constraint: ConstraintDefinition) -> Iterator[str]:
    """Yield what adds a check or a foreign key to a table that exists, and validates it."""
    name = quoted(constraint.name)
    yield f"ALTER TABLE {owner.sql} ADD CONSTRAINT {name} {constraint.definition} NOT VALID"
    if constraint.is_valid:
        yield f"ALTER TABLE ASYNC {owner.sql} VALIDATE CONSTRAINT {name}"


def constraint_comments(table: TableDefinition, constraint: ConstraintDefinition) -> Iterator[str]:
    """Yield the comments on a table's constraint and on its index."""
    yield from comment_on(
        f"CONSTRAINT {quoted(constraint.name)} ON {table.key.sql}", constraint.comment
    )
    index = qualified([table.schema, constraint.name])
    yield from comment_on(f"INDEX {index}", constraint.index_comment)


def comment_on(subject: str, comment: str) -> Iterator[str]:
    """Yield the statement that sets a comment, none for an empty one."""
    if comment:
        yield set_comment(subject, comment)


def set_comment(subject: str, comment: str) -> str:
    """Return the statement that sets a comment, or removes it if it is empty."""
    return f"COMMENT ON {subject} IS {literal(comment) if comment else 'NULL'}"


def owned_by(sequence: SequenceDefinition) -> Iterator[str]:
    """Yield the statement that makes a sequence belong to a column."""
    if sequence.owned_by:
        yield f"ALTER SEQUENCE {sequence.key.sql} OWNED BY {qualified(sequence.owned_by)}"


def view_body(view: ViewDefinition) -> str:
    """Return a view's statement after CREATE or CREATE OR REPLACE."""
    check = f"\n  WITH {view.check_option} CHECK OPTION" if view.check_option else ""
    return f"VIEW {view.key.sql} AS\n{view.query}{check}"


def _schema(schema: SchemaDefinition, if_not_exists: bool) -> Iterator[str]:
    if schema.name != PUBLIC_SCHEMA:
        owner = f" AUTHORIZATION {quoted(schema.owner)}" if schema.owner else ""
        yield f"CREATE SCHEMA {_guarded(quoted(schema.name), if_not_exists)}{owner}"
        yield from comment_on(f"SCHEMA {quoted(schema.name)}", schema.comment)


def _domain(domain: DomainDefinition) -> Iterator[str]:
    name = domain.key.sql
    words = [f"CREATE DOMAIN {name} AS {domain.type_name}"]
    words += [f"DEFAULT {domain.default}"] if domain.default else []
    words += ["NOT NULL"] if domain.not_null else []
    words += [
        f"CONSTRAINT {quoted(check.name)} {check.definition}"
        for check in domain.constraints
        if check.is_valid
    ]
    yield "\n    ".join(words)
    for check in domain.constraints:
        if not check.is_valid:
            definition = f"CONSTRAINT {quoted(check.name)} {check.definition}"
            yield f"ALTER DOMAIN {name} ADD {definition} NOT VALID"
    yield from comment_on(f"DOMAIN {name}", domain.comment)
    for check in domain.constraints:
        subject = f"CONSTRAINT {quoted(check.name)} ON DOMAIN {name}"
        yield from comment_on(subject, check.comment)


def _sequence(sequence: SequenceDefinition, if_not_exists: bool) -> Iterator[str]:
    name = sequence.key.sql
    yield f"CREATE SEQUENCE {_guarded(name, if_not_exists)} {sequence_options(sequence.options)}"
    yield from comment_on(f"SEQUENCE {name}", sequence.comment)


def _function(function: FunctionDefinition, if_not_exists: bool) -> Iterator[str]:
    head = "CREATE OR REPLACE " if if_not_exists else "CREATE "
    yield head + function.definition.removeprefix("CREATE OR REPLACE ")
    yield from comment_on(f"FUNCTION {function.key.sql}", function.comment)


def _view(view: ViewDefinition, if_not_exists: bool) -> Iterator[str]:
    yield f"CREATE {'OR REPLACE ' if if_not_exists else ''}{view_body(view)}"
    name = view.key.sql
    for column in view.columns:
        if column.default:
            action = f"ALTER COLUMN {quoted(column.name)} SET DEFAULT {column.default}"
            yield f"ALTER VIEW {name} {action}"
    yield from comment_on(f"VIEW {name}", view.comment)
    yield from _column_comments(view)


def _table(table: TableDefinition, if_not_exists: bool) -> Iterator[str]:
    name = table.key.sql
    lines = [column_sql(column) for column in table.columns]
    lines += [
        f"CONSTRAINT {quoted(constraint.name)} {constraint.definition}"
        for constraint in table.constraints
        if _is_inline(constraint)
    ]
    inside = "".join(f"\n    {line}," for line in lines).removesuffix(",")
    yield f"CREATE TABLE {_guarded(name, if_not_exists)} ({inside}\n)"
    for constraint in table.constraints:
        if constraint.kind is ConstraintKind.CHECK and not constraint.is_valid:
            if if_not_exists:
                yield _drop_constraint(table, constraint)
            yield from add_constraint(table.key, constraint)
    yield from comment_on(f"TABLE {name}", table.comment)
    yield from _column_comments(table)
    for constraint in table.constraints:
        if constraint.kind is not ConstraintKind.FOREIGN_KEY:
            yield from constraint_comments(table, constraint)


def _is_inline(constraint: ConstraintDefinition) -> bool:
    return constraint.is_valid and constraint.kind is not ConstraintKind.FOREIGN_KEY


def _additions(table: TableDefinition, if_not_exists: bool) -> Iterator[str]:
    for index in table.indexes:
        if index.is_valid:
            yield create_index(table, index, if_not_exists=if_not_exists)
            subject = f"INDEX {qualified([table.schema, index.name])}"
            yield from comment_on(subject, index.comment)
    for statistics in table.statistics:
        yield from create_statistics(statistics, if_not_exists=if_not_exists)


def _foreign_keys(table: TableDefinition, if_not_exists: bool) -> Iterator[str]:
    for constraint in table.constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY:
            if if_not_exists:
                yield _drop_constraint(table, constraint)
            yield from add_constraint(table.key, constraint)
            yield from constraint_comments(table, constraint)


def _drop_constraint(table: TableDefinition, constraint: ConstraintDefinition) -> str:
    return f"ALTER TABLE {table.key.sql} DROP CONSTRAINT IF EXISTS {quoted(constraint.name)}"


def _column_comments(relation: TableDefinition | ViewDefinition) -> Iterator[str]:
    for column in relation.columns:
        subject = f"COLUMN {relation.key.sql}.{quoted(column.name)}"
        yield from comment_on(subject, column.comment)


def _guarded(name: str, if_not_exists: bool) -> str:
    return f"IF NOT EXISTS {name}" if if_not_exists else name
