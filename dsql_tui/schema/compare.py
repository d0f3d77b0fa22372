"""Compares two databases and plans what turns the first into the second.

Objects are matched by name: a rename looks like one object that goes and one that comes, and is
reported so. The order of a table's columns is not compared, because a column can only be added at
the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dsql_tui.schema.change import ChangeKind, DefinitionChange, Phase
from dsql_tui.schema.compare_access import access_changes
from dsql_tui.schema.compare_tables import table_changes
from dsql_tui.schema.definitions import (
    Database,
    Definition,
    DomainDefinition,
    FunctionDefinition,
    SchemaDefinition,
    SequenceDefinition,
    TableDefinition,
    ViewDefinition,
)
from dsql_tui.schema.order import creation_order
from dsql_tui.schema.print import (
    PUBLIC_SCHEMA,
    object_sql,
    owned_by,
    sequence_settings,
    set_comment,
    view_body,
)
from dsql_tui.sql.lexing.names import quoted

_REBUILD = "Make a new one, move what uses it, and drop this one."


def changes(first: Database, second: Database) -> list[DefinitionChange]:
    """Return what turns `first` into `second`, in the order in which the statements must run.

    Privileges are compared if both sides have read them.
    """
    before = {each.key: each for each in first.objects}
    after = {each.key: each for each in second.objects}
    listed = [
        _removed(definition)
        for definition in reversed(creation_order(first))
        if definition.key not in after and not _always_exists(definition)
    ]
    for definition in creation_order(second):
        former = before.get(definition.key)
        if former is None:
            listed += _added(definition)
        elif former != definition:
            listed += _changed(former, definition)
    if first.access is not None and second.access is not None:
        listed += access_changes(first.access, second.access, _recreated(listed))
    return sorted(listed, key=lambda change: change.phase)


def possible_renames(first: Database, second: Database) -> list[str]:
    """Return statements that rename a table or a column, where that may be what happened.

    A table that goes and one that comes have the same columns, or a column that goes and one that
    comes in the same table have the same type. Only the person knows.
    """
    before = {each.key: each for each in first.tables()}
    after = {each.key: each for each in second.tables()}
    statements = [
        f"ALTER TABLE {old.key.sql} RENAME TO {quoted(new.name)}"
        for old in before.values()
        if old.key not in after
        for new in after.values()
        if new.key not in before and (old.schema, old.columns) == (new.schema, new.columns)
    ]
    for key in before.keys() & after.keys():
        statements += _renamed_columns(before[key], after[key])
    return sorted(statements)


def _renamed_columns(former: TableDefinition, table: TableDefinition) -> Iterator[str]:
    held = {each.name: each.type_name for each in former.columns}
    wanted = {each.name: each.type_name for each in table.columns}
    for old in held.keys() - wanted.keys():
        for new in wanted.keys() - held.keys():
            if held[old] == wanted[new]:
                yield (f"ALTER TABLE {table.key.sql} RENAME COLUMN {quoted(old)} TO {quoted(new)}")


def _recreated(listed: Sequence[DefinitionChange]) -> set[str]:
    """Return the views and functions that are dropped and created again, as written in SQL."""
    return {
        each.key.sql
        for each in listed
        if each.key and each.statements[:1] == (f"DROP {each.key.kind} {each.key.sql}",)
    }


def _always_exists(definition: Definition) -> bool:
    return isinstance(definition, SchemaDefinition) and definition.name == PUBLIC_SCHEMA


def _removed(definition: Definition) -> DefinitionChange:
    key = definition.key
    lost = {
        TableDefinition: "the table and its rows",
        SequenceDefinition: "the sequence and its current value",
    }.get(type(definition), f"the {key.kind.lower()}")
    phase = Phase.DROP_SCHEMAS if isinstance(definition, SchemaDefinition) else Phase.DROP
    return DefinitionChange(
        ChangeKind.REMOVED, key, (f"DROP {key.kind} {key.sql}",), drops=lost, phase=phase
    )


def _added(definition: Definition) -> Iterator[DefinitionChange]:
    printed = object_sql(definition)
    for statements, phase in (
        (printed.create, Phase.CREATE),
        (printed.add, Phase.INDEX),
        (printed.link, Phase.LINK),
    ):
        if statements:
            yield DefinitionChange(ChangeKind.ADDED, definition.key, statements, phase=phase)


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
        if former.result == function.result:
            yield _change(function, "definition", function.definition)
        else:
            drop = f"DROP FUNCTION {function.key.sql}"
            yield _change(
                function,
                f"result {former.result} → {function.result}",
                drop,
                *object_sql(function).create,
                drops="the function and the privileges on it",
            )
            return
    yield from _comment_change(former, function)


def _view_changes(former: ViewDefinition, view: ViewDefinition) -> Iterator[DefinitionChange]:
    columns = [(each.name, each.type_name) for each in view.columns]
    held = [(each.name, each.type_name) for each in former.columns]
    if columns[: len(held)] != held:
        yield _change(
            view,
            "columns",
            f"DROP VIEW {view.key.sql}",
            *object_sql(view).create,
            drops="the view and the privileges on it",
        )
        return
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
