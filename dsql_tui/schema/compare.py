"""Compares two databases and plans what turns the first into the second.

Objects are matched by name: a rename looks like one object that goes and one that comes, unless it
was made before (`renames.py`). The order of a table's columns is not compared, because a column can
only be added at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from dsql_tui.errors import InputError
from dsql_tui.schema.change import ChangeKind, DefinitionChange, Phase
from dsql_tui.schema.compare_access import access_changes
from dsql_tui.schema.compare_tables import table_changes
from dsql_tui.schema.definitions import (
    Database,
    Definition,
    DomainDefinition,
    FunctionDefinition,
    ObjectKind,
    ObjectName,
    SchemaDefinition,
    SequenceDefinition,
    TableDefinition,
    ViewDefinition,
)
from dsql_tui.schema.order import creation_order
from dsql_tui.schema.print import (
    PUBLIC_SCHEMA,
    create_statistics,
    object_sql,
    owned_by,
    sequence_settings,
    set_comment,
    view_body,
)
from dsql_tui.schema.rebuild import copy_statements
from dsql_tui.schema.recreate import AGAIN, cleared, keeps_from_dropping, relation_names
from dsql_tui.sql.lexing.names import quoted

_REBUILD = "Make a new one, move what uses it, and drop this one."
_RELATIONS = frozenset({ObjectKind.TABLE, ObjectKind.VIEW})
_TYPES = frozenset({ObjectKind.SCHEMA, ObjectKind.DOMAIN, ObjectKind.SEQUENCE})
NEW_TABLE = "By a new table, into which the rows are copied."
REBUILD_NOTE = (
    "Stop writing to the table until the new one has its place: changes of rows that were copied"
    " are lost. If a value does not fit, or rows came or went, the run ends before the swap."
)


def changes(first: Database, second: Database) -> list[DefinitionChange]:
    """Return what turns `first` into `second`, in the order in which the statements must run.

    Privileges are compared if both sides have read them.
    """
    after = {each.key: each for each in second.objects}
    rebuilds = dict(_rebuilds(first, second))
    rebuilt = {key for key, rebuild in rebuilds.items() if rebuild.is_possible}
    ordered = creation_order(first)
    start = cleared(first, second, rebuilt, ordered)
    listed = [
        _removed(definition, first)
        for definition in reversed(ordered)
        if definition.key not in after and not _always_exists(definition)
    ]
    listed += start.changes
    for definition in creation_order(second):
        former = start.objects.get(definition.key)
        if definition.key in rebuilds:
            listed += rebuilds[definition.key].changes
        elif former is None:
            again = ChangeKind.CHANGED if definition.key in start.recreated else ChangeKind.ADDED
            listed += _added(definition, second, again)
        elif former != definition:
            listed += _changed(former, definition)
    if first.access is not None and second.access is not None:
        recreated = {key.sql for key in start.recreated}
        listed += access_changes(first.access, second.access, recreated)
    return sorted(listed, key=lambda change: change.phase)


class _Rebuild(NamedTuple):
    """The changes of a table that ALTER TABLE cannot make, and whether a new table can."""

    changes: list[DefinitionChange]
    is_possible: bool


def _rebuilds(first: Database, second: Database) -> Iterator[tuple[ObjectName, _Rebuild]]:
    """Yield the tables that ALTER TABLE cannot give their definition."""
    before = {each.key: each for each in first.tables()}
    for table in second.tables():
        former = before.get(table.key)
        if former is None or former == table:
            continue
        listed = list(table_changes(former, table))
        if any(change.impossible for change in listed):
            yield table.key, _rebuild(first, second, former, table, listed)


def _rebuild(
    first: Database,
    second: Database,
    former: TableDefinition,
    table: TableDefinition,
    listed: Sequence[DefinitionChange],
) -> _Rebuild:
    taken = set(relation_names((first, second), table.schema))
    fixed = keeps_from_dropping(first, table.key)
    try:
        if fixed is not None:
            raise InputError(f"The {fixed.label} refers to the table.")
        statements = copy_statements(former, table, taken)
    except InputError as error:
        return _Rebuild(
            [
                replace(
                    change,
                    impossible=f"{change.impossible} A new table cannot take its place:"
                    f" {error.message[0].lower()}{error.message[1:]}",
                )
                if change.impossible
                else change
                for change in listed
            ],
            is_possible=False,
        )
    parts = {(change.kind, change.part): change for change in listed}
    notes = [
        replace(change, statements=(), impossible="", note=NEW_TABLE, phase=Phase.CREATE)
        for change in parts.values()
    ]
    printed = object_sql(table)
    statistics = [each for every in table.statistics for each in create_statistics(every)]
    copied = _change(
        table, "new table", *statements, drops="the former table, when its rows are copied"
    )
    return _Rebuild(
        [
            *notes,
            replace(copied, note=REBUILD_NOTE),
            *_with_statements(table, "statistics", statistics, Phase.INDEX),
            *_with_statements(table, "foreign keys", printed.link, Phase.LINK),
        ],
        is_possible=True,
    )


def _with_statements(
    table: TableDefinition, part: str, statements: Sequence[str], phase: Phase
) -> Iterator[DefinitionChange]:
    if statements:
        yield replace(_change(table, part, *statements), phase=phase)


def _always_exists(definition: Definition) -> bool:
    return isinstance(definition, SchemaDefinition) and definition.name == PUBLIC_SCHEMA


def _removed(definition: Definition, first: Database) -> DefinitionChange:
    key = definition.key
    lost = {
        TableDefinition: "the table and its rows",
        SequenceDefinition: "the sequence and its current value",
    }.get(type(definition), f"the {key.kind.lower()}")
    phase = _phase_of_drop(key, first)
    return DefinitionChange(
        ChangeKind.REMOVED, key, (f"DROP {key.kind} {key.sql}",), drops=lost, phase=phase
    )


def _phase_of_drop(key: ObjectName, first: Database) -> Phase:
    """Return when an object is dropped: before tables change if it refers to some, else after."""
    if key.kind is ObjectKind.SCHEMA:
        return Phase.DROP_SCHEMAS
    is_user = key.kind in _RELATIONS or any(
        each.kind in _RELATIONS for each in first.requires.get(key, ())
    )
    return Phase.DROP if is_user else Phase.DROP_UNUSED


def _phase_of_creation(key: ObjectName, second: Database) -> Phase:
    """Return when an object is created: what a new column may need comes first."""
    if key.kind not in _TYPES:
        return Phase.CREATE
    is_first = all(each.kind in _TYPES for each in second.requires.get(key, ()))
    return Phase.TYPES if is_first else Phase.CREATE


def _added(
    definition: Definition, second: Database, kind: ChangeKind
) -> Iterator[DefinitionChange]:
    printed = object_sql(definition)
    for statements, phase in (
        (printed.create, _phase_of_creation(definition.key, second)),
        (printed.add, Phase.INDEX),
        (printed.link, Phase.LINK),
    ):
        if statements:
            part = AGAIN if kind is ChangeKind.CHANGED else ""
            yield DefinitionChange(kind, definition.key, statements, part=part, phase=phase)


def _changed(former: Definition, definition: Definition) -> Iterator[DefinitionChange]:
    match former, definition:
        case SchemaDefinition(), SchemaDefinition():
            yield from _schema_changes(former, definition)
        case DomainDefinition(), DomainDefinition():
            yield from _domain_changes(former, definition)
        case SequenceDefinition(), SequenceDefinition():
            yield from _sequence_changes(former, definition)
        case FunctionDefinition(), FunctionDefinition():
            yield from _function_changes(former, definition)
        case ViewDefinition(), ViewDefinition():
            yield from _view_changes(former, definition)
        case TableDefinition(), TableDefinition():
            yield from table_changes(former, definition)


def _change(
    definition: Definition, part: str, *statements: str, drops: str = ""
) -> DefinitionChange:
    return DefinitionChange(ChangeKind.CHANGED, definition.key, statements, part=part, drops=drops)


def _comment_change(former: Definition, definition: Definition) -> Iterator[DefinitionChange]:
    if former.comment != definition.comment:
        key = definition.key
        yield _change(
            definition, "comment", set_comment(f"{key.kind} {key.sql}", definition.comment)
        )


def _schema_changes(
    former: SchemaDefinition, schema: SchemaDefinition
) -> Iterator[DefinitionChange]:
    if former.owner != schema.owner and schema.owner:
        owner = quoted(schema.owner)
        yield _change(schema, "owner", f"ALTER SCHEMA {schema.key.sql} OWNER TO {owner}")
    if schema.name != PUBLIC_SCHEMA:
        yield from _comment_change(former, schema)


def _domain_changes(
    former: DomainDefinition, domain: DomainDefinition
) -> Iterator[DefinitionChange]:
    alter = f"ALTER DOMAIN {domain.key.sql}"
    if former.type_name != domain.type_name:
        yield replace(
            _change(domain, f"type {former.type_name} → {domain.type_name}"),
            impossible=f"The type of a domain cannot be changed. {_REBUILD}",
        )
    if former.default != domain.default:
        action = f"SET DEFAULT {domain.default}" if domain.default else "DROP DEFAULT"
        yield _change(domain, "default", f"{alter} {action}")
    if former.not_null != domain.not_null:
        action = "SET NOT NULL" if domain.not_null else "DROP NOT NULL"
        yield _change(domain, "NOT NULL", f"{alter} {action}")
    yield from _comment_change(former, domain)
    old = {each.name: each for each in former.constraints}
    new = {each.name: each for each in domain.constraints}
    for name, check in old.items():
        wanted = new.get(name)
        if wanted is None or replace(wanted, comment=check.comment) != check:
            drop = f"{alter} DROP CONSTRAINT {quoted(name)}"
            yield replace(
                _change(domain, f"constraint {quoted(name)}", drop, drops="the constraint"),
                phase=Phase.ALTER,
            )
    for name, check in new.items():
        held = old.get(name)
        subject = f"CONSTRAINT {quoted(name)} ON DOMAIN {domain.key.sql}"
        statements: list[str] = []
        if held is None or replace(held, comment=check.comment) != check:
            validity = "" if check.is_valid else " NOT VALID"
            statements.append(f"{alter} ADD CONSTRAINT {quoted(name)} {check.definition}{validity}")
            held = None
        if check.comment != (held.comment if held else ""):
            statements.append(set_comment(subject, check.comment))
        if statements:
            change = _change(domain, f"constraint {quoted(name)}", *statements)
            yield replace(change, phase=Phase.ALTER)


def _sequence_changes(
    former: SequenceDefinition, sequence: SequenceDefinition
) -> Iterator[DefinitionChange]:
    alter = f"ALTER SEQUENCE {sequence.key.sql}"
    if former.options != sequence.options:
        yield _change(
            sequence, "options", f"{alter} {' '.join(sequence_settings(sequence.options))}"
        )
    if former.owned_by != sequence.owned_by:
        if former.owned_by:  # else it would go with the column or the table
            change = _change(sequence, "owner", f"{alter} OWNED BY NONE")
            yield replace(change, phase=Phase.UNLINK)
        if sequence.owned_by:
            change = _change(sequence, "owner", *owned_by(sequence))
            yield replace(change, phase=Phase.LINK)
    yield from _comment_change(former, sequence)


def _function_changes(
    former: FunctionDefinition, function: FunctionDefinition
) -> Iterator[DefinitionChange]:
    if former.definition != function.definition:
        yield _change(function, "definition", function.definition)
    yield from _comment_change(former, function)


def _view_changes(former: ViewDefinition, view: ViewDefinition) -> Iterator[DefinitionChange]:
    if (former.query, former.check_option) != (view.query, view.check_option):
        yield _change(view, "query", f"CREATE OR REPLACE {view_body(view)}")
    defaults = _texts(former, "default")
    comments = _texts(former, "comment")
    for column in view.columns:
        name = quoted(column.name)
        if column.default != defaults.get(column.name, ""):
            action = f"SET DEFAULT {column.default}" if column.default else "DROP DEFAULT"
            alter = f"ALTER VIEW {view.key.sql} ALTER COLUMN {name} {action}"
            yield _change(view, f"column {name}, default", alter)
        if column.comment != comments.get(column.name, ""):
            subject = f"COLUMN {view.key.sql}.{name}"
            yield _change(view, f"column {name}, comment", set_comment(subject, column.comment))
    yield from _comment_change(former, view)


def _texts(view: ViewDefinition, attribute: str) -> Mapping[str, str]:
    return {each.name: getattr(each, attribute) for each in view.columns}
