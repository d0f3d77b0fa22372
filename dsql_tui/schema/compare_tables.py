"""Compares two versions of a table: columns, constraints, indexes and statistics by name.

What ALTER TABLE of DSQL cannot do (user guide, alter-table-syntax-support) is a change without
statements that says why, and what to do in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dsql_tui.schema.change import ChangeKind, DefinitionChange, Phase
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    IndexDefinition,
    StatisticsDefinition,
    TableDefinition,
)
from dsql_tui.schema.print import (
    add_constraint,
    constraint_comments,
    create_index,
    create_statistics,
    identity_sql,
    sequence_settings,
    set_comment,
)
from dsql_tui.sql.lexing.names import qualified, quoted

_NO_NOT_NULL = (
    "ALTER TABLE cannot set NOT NULL. ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID and"
    " VALIDATE CONSTRAINT refuse NULL too."
)


def table_changes(former: TableDefinition, table: TableDefinition) -> Iterator[DefinitionChange]:
    """Yield what turns one version of a table into another."""
    if former.comment != table.comment:
        comment = set_comment(f"TABLE {table.key.sql}", table.comment)
        yield _altered(table, "comment", comment)
    yield from _columns(former, table)
    yield from _constraints(former, table)
    yield from _indexes(former, table)
    yield from _statistics(former, table)


def _altered(
    table: TableDefinition,
    part: str,
    *statements: str,
    kind: ChangeKind = ChangeKind.CHANGED,
    drops: str = "",
    phase: Phase = Phase.ALTER,
) -> DefinitionChange:
    return DefinitionChange(kind, table.key, statements, part=part, drops=drops, phase=phase)


def _impossible(table: TableDefinition, part: str, why: str, kind: ChangeKind) -> DefinitionChange:
    return replace(_altered(table, part, kind=kind), impossible=why)


def _columns(former: TableDefinition, table: TableDefinition) -> Iterator[DefinitionChange]:
    held = {each.name: each for each in former.columns}
    wanted = {each.name: each for each in table.columns}
    for name in held.keys() - wanted.keys():
        part = f"column {quoted(name)}"
        if name in former.primary_key:
            why = "A column of the primary key cannot be dropped."
            yield _impossible(table, part, why, ChangeKind.REMOVED)
            continue
        drop = f"ALTER TABLE {table.key.sql} DROP COLUMN {quoted(name)}"
        kind = ChangeKind.REMOVED
        yield _altered(table, part, drop, kind=kind, drops="the values of the column")
    for name, column in wanted.items():
        if name in held:
            yield from _column(table, held[name], column)
        else:
            yield from _added_column(table, column)


def _added_column(table: TableDefinition, column: ColumnDefinition) -> Iterator[DefinitionChange]:
    """Yield a column that is added without constraint or default, which are set afterwards."""
    part = f"column {quoted(column.name)}"
    if column.not_null or column.is_generated or column.identity:
        what = "generated" if column.is_generated else "identity" if column.identity else "NOT NULL"
        why = f"ALTER TABLE cannot add a column that is {what}."
        yield _impossible(table, part, why, ChangeKind.ADDED)
        return
    alter = f"ALTER TABLE {table.key.sql}"
    storage = f" STORAGE {column.storage}" if column.storage else ""
    add = f"{alter} ADD COLUMN {quoted(column.name)} {column.type_name}{storage}"
    yield _altered(table, part, add, kind=ChangeKind.ADDED, phase=Phase.EXTEND)
    statements: list[str] = []
    if column.default:
        action = f"SET DEFAULT {column.default}"
        statements.append(f"{alter} ALTER COLUMN {quoted(column.name)} {action}")
    if column.comment:
        statements.append(_column_comment(table, column))
    if statements:
        yield _altered(table, part, *statements, kind=ChangeKind.ADDED)


def _column_comment(table: TableDefinition, column: ColumnDefinition) -> str:
    return set_comment(f"COLUMN {table.key.sql}.{quoted(column.name)}", column.comment)


def _column(
    table: TableDefinition, held: ColumnDefinition, column: ColumnDefinition
) -> Iterator[DefinitionChange]:
    name = quoted(column.name)
    alter = f"ALTER TABLE {table.key.sql} ALTER COLUMN {name}"
    if held.type_name != column.type_name:
        part = f"column {name}, type {held.type_name} → {column.type_name}"
        why = "ALTER TABLE cannot change the type of a column."
        yield _impossible(table, part, why, ChangeKind.CHANGED)
    if held.not_null and not column.not_null:
        yield _altered(table, f"column {name}, NOT NULL", f"{alter} DROP NOT NULL")
    elif column.not_null and not held.not_null:
        part = f"column {name}, NOT NULL"
        yield _impossible(table, part, _NO_NOT_NULL, ChangeKind.CHANGED)
    yield from _column_value(table, held, column, alter)
    yield from _column_identity(table, held, column, alter)
    if held.storage != column.storage:
        storage = column.storage or "DEFAULT"
        yield _altered(table, f"column {name}, storage", f"{alter} SET STORAGE {storage}")
    if held.comment != column.comment:
        yield _altered(table, f"column {name}, comment", _column_comment(table, column))


def _column_value(
    table: TableDefinition, held: ColumnDefinition, column: ColumnDefinition, alter: str
) -> Iterator[DefinitionChange]:
    """Yield the changes of a default or of a generated column."""
    name = quoted(column.name)
    if (held.default, held.is_generated) == (column.default, column.is_generated):
        return
    if column.is_generated:
        why = "ALTER TABLE cannot change the expression of a generated column."
        yield _impossible(table, f"column {name}, expression", why, ChangeKind.CHANGED)
        return
    statements = [f"{alter} DROP EXPRESSION"] if held.is_generated else []
    if column.default:
        statements.append(f"{alter} SET DEFAULT {column.default}")
    elif not held.is_generated:
        statements.append(f"{alter} DROP DEFAULT")
    yield _altered(table, f"column {name}, default", *statements)


def _column_identity(
    table: TableDefinition, held: ColumnDefinition, column: ColumnDefinition, alter: str
) -> Iterator[DefinitionChange]:
    part = f"column {quoted(column.name)}, identity"
    if held.identity and not column.identity:
        yield _altered(table, part, f"{alter} DROP IDENTITY", drops="the current value")
    elif column.identity and not held.identity:
        yield _altered(table, part, f"{alter} ADD {identity_sql(column)}")
    else:
        actions: list[str] = []
        if held.identity != column.identity:
            actions.append(f"SET GENERATED {column.identity}")
        if held.sequence != column.sequence and column.sequence is not None:
            actions += [f"SET {each}" for each in sequence_settings(column.sequence)]
        if actions:
            yield _altered(table, part, f"{alter} {' '.join(actions)}")


def _constraints(former: TableDefinition, table: TableDefinition) -> Iterator[DefinitionChange]:
    wanted = {each.name: each for each in table.constraints}
    held = {each.name: each for each in former.constraints}
    for constraint, name in _renamed_keys(held, wanted):
        old, new = quoted(constraint.name), quoted(name)
        rename = f"ALTER TABLE {table.key.sql} RENAME CONSTRAINT {old} TO {new}"
        yield _altered(table, f"constraint {old}, name", rename)
        held[name] = replace(held.pop(constraint.name), name=name)
    for name, constraint in held.items():
        if name not in wanted or _differs(constraint, wanted[name]):
            yield _dropped_constraint(table, constraint, is_replaced=name in wanted)
    for name, constraint in wanted.items():
        if name not in held or _differs(held[name], constraint):
            yield from _added_constraint(table, constraint, is_replacing=name in held)
            continue
        is_foreign = constraint.kind is ConstraintKind.FOREIGN_KEY
        phase = Phase.LINK if is_foreign else Phase.ALTER
        part = f"constraint {quoted(name)}"
        if constraint.is_valid and not held[name].is_valid:
            validate = f"ALTER TABLE ASYNC {table.key.sql} VALIDATE CONSTRAINT {quoted(name)}"
            yield _altered(table, f"{part}, validity", validate, phase=phase)
        if held[name].comment != constraint.comment:
            subject = f"CONSTRAINT {quoted(name)} ON {table.key.sql}"
            yield _altered(
                table, f"{part}, comment", set_comment(subject, constraint.comment), phase=phase
            )
        if held[name].index_comment != constraint.index_comment:
            subject = f"INDEX {qualified([table.schema, name])}"
            comment = set_comment(subject, constraint.index_comment)
            yield _altered(table, f"{part}, comment on its index", comment)


def _renamed_keys(
    held: Mapping[str, ConstraintDefinition], wanted: Mapping[str, ConstraintDefinition]
) -> list[tuple[ConstraintDefinition, str]]:
    """Return the primary key, of which a table has one, with its other name."""
    return [
        (constraint, other.name)
        for constraint in held.values()
        for other in wanted.values()
        if constraint.kind is ConstraintKind.PRIMARY_KEY is other.kind
        and constraint.definition == other.definition
        and constraint.name not in wanted
        and other.name not in held
    ]


def _differs(held: ConstraintDefinition, wanted: ConstraintDefinition) -> bool:
    """Whether a constraint must be dropped and added; a valid one cannot be made NOT VALID."""
    was_valid_only = held.is_valid and not wanted.is_valid
    return was_valid_only or (held.kind, held.definition) != (wanted.kind, wanted.definition)


def _dropped_constraint(
    table: TableDefinition, constraint: ConstraintDefinition, *, is_replaced: bool
) -> DefinitionChange:
    name = quoted(constraint.name)
    kind = ChangeKind.CHANGED if is_replaced else ChangeKind.REMOVED
    if constraint.kind is ConstraintKind.PRIMARY_KEY:
        why = "The primary key of a table cannot be changed."
        return _impossible(table, f"constraint {name}", why, kind)
    is_foreign = constraint.kind is ConstraintKind.FOREIGN_KEY
    return _altered(
        table,
        f"constraint {name}",
        f"ALTER TABLE {table.key.sql} DROP CONSTRAINT {name}",
        kind=kind,
        drops="the constraint",
        phase=Phase.UNLINK if is_foreign else Phase.ALTER,
    )


def _added_constraint(
    table: TableDefinition, constraint: ConstraintDefinition, *, is_replacing: bool
) -> Iterator[DefinitionChange]:
    part = f"constraint {quoted(constraint.name)}"
    kind = ChangeKind.CHANGED if is_replacing else ChangeKind.ADDED
    comments = constraint_comments(table, constraint)
    match constraint.kind:
        case ConstraintKind.PRIMARY_KEY:
            if not is_replacing:
                why = "A primary key cannot be added to a table."
                yield _impossible(table, part, why, kind)
        case ConstraintKind.UNIQUE:
            statements = (*_unique_over_index(table, constraint), *comments)
            yield _altered(table, part, *statements, kind=kind, phase=Phase.INDEX)
        case _:
            is_foreign = constraint.kind is ConstraintKind.FOREIGN_KEY
            phase = Phase.LINK if is_foreign else Phase.ALTER
            statements = (*add_constraint(table.key, constraint), *comments)
            yield _altered(table, part, *statements, kind=kind, phase=phase)


def _unique_over_index(table: TableDefinition, constraint: ConstraintDefinition) -> tuple[str, str]:
    """Return the job that builds a unique index, and what makes a constraint of it."""
    rest = constraint.definition.removeprefix("UNIQUE ")
    nulls = "NULLS NOT DISTINCT "
    keys = rest.removeprefix(nulls) + (f" {nulls.strip()}" if rest.startswith(nulls) else "")
    index = IndexDefinition(constraint.name, is_unique=True, definition=keys)
    name = quoted(constraint.name)
    add = f"ALTER TABLE {table.key.sql} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
    return create_index(table, index), add


def _indexes(former: TableDefinition, table: TableDefinition) -> Iterator[DefinitionChange]:
    held = {each.name: each for each in former.indexes}
    # What is not built on the other side is not a definition to be copied.
    wanted = {each.name: each for each in table.indexes if each.is_valid or each.name in held}
    for name, index in held.items():
        if name not in wanted or _is_other_index(index, wanted[name]):
            kind = ChangeKind.CHANGED if name in wanted else ChangeKind.REMOVED
            drop = f"DROP INDEX {qualified([table.schema, name])}"
            part = f"index {quoted(name)}"
            yield _altered(table, part, drop, kind=kind, drops="the index", phase=Phase.DROP)
    for name, index in wanted.items():
        subject = f"INDEX {qualified([table.schema, name])}"
        part = f"index {quoted(name)}"
        if name not in held or _is_other_index(held[name], index):
            statements = [create_index(table, index)]
            statements += [set_comment(subject, index.comment)] if index.comment else []
            kind = ChangeKind.CHANGED if name in held else ChangeKind.ADDED
            yield _altered(table, part, *statements, kind=kind, phase=Phase.INDEX)
        elif held[name].comment != index.comment:
            comment = set_comment(subject, index.comment)
            yield _altered(table, f"{part}, comment", comment, phase=Phase.INDEX)


def _is_other_index(held: IndexDefinition, wanted: IndexDefinition) -> bool:
    if not wanted.is_valid:
        return False
    return replace(held, comment="") != replace(wanted, comment="")


def _statistics(former: TableDefinition, table: TableDefinition) -> Iterator[DefinitionChange]:
    held = {each.key: each for each in former.statistics}
    wanted = {each.key: each for each in table.statistics}
    for key, statistics in held.items():
        if key not in wanted or wanted[key].definition != statistics.definition:
            kind = ChangeKind.CHANGED if key in wanted else ChangeKind.REMOVED
            drop = f"DROP STATISTICS {key.sql}"
            part = f"statistics {key.sql}"
            yield _altered(table, part, drop, kind=kind, drops="the statistics", phase=Phase.DROP)
    for key, statistics in wanted.items():
        part = f"statistics {key.sql}"
        former_statistics = held.get(key)
        if former_statistics is None or former_statistics.definition != statistics.definition:
            kind = ChangeKind.CHANGED if key in held else ChangeKind.ADDED
            statements = tuple(create_statistics(statistics))
            yield _altered(table, part, *statements, kind=kind, phase=Phase.INDEX)
        elif former_statistics != statistics:
            statements = tuple(_statistics_settings(former_statistics, statistics))
            yield _altered(table, part, *statements, phase=Phase.INDEX)


def _statistics_settings(
    held: StatisticsDefinition, statistics: StatisticsDefinition
) -> Iterator[str]:
    name = statistics.key.sql
    if held.target != statistics.target:
        target = -1 if statistics.target is None else statistics.target
        yield f"ALTER STATISTICS {name} SET STATISTICS {target}"
    if held.comment != statistics.comment:
        yield set_comment(f"STATISTICS {name}", statistics.comment)
