"""What must be dropped and created again because of what it is built on.

A view or function refers to a table by its identity, not by its name: it keeps a table from being
dropped, and a view from getting other columns. So does a foreign key that refers to the table, and
a sequence goes with the column that owns it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from dsql_tui.schema.change import ChangeKind, DefinitionChange, Phase
from dsql_tui.schema.definitions import (
    ConstraintKind,
    Database,
    Definition,
    FunctionDefinition,
    ObjectKind,
    ObjectName,
    SequenceDefinition,
    TableDefinition,
    ViewDefinition,
)
from dsql_tui.sql.lexing.names import quoted

_REPLACEABLE = frozenset({ObjectKind.VIEW, ObjectKind.FUNCTION})
AGAIN = "dropped and created again"
"""The part of a change of what itself does not differ."""


def users_of(database: Database, roots: Collection[ObjectName]) -> set[ObjectName]:
    """Return the objects that refer to some others, directly or through others."""
    users: dict[ObjectName, set[ObjectName]] = defaultdict(set)
    for user, needed in database.requires.items():
        for each in needed:
            users[each].add(user)
    reached: set[ObjectName] = set()
    waiting = list(roots)
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in reached:
                reached.add(user)
                waiting.append(user)
    return reached - set(roots)


def keeps_from_dropping(database: Database, key: ObjectName) -> ObjectName | None:
    """Return the first object that refers to another one and is neither view nor function."""
    fixed = {each for each in users_of(database, [key]) if each.kind not in _REPLACEABLE}
    return min(fixed, default=None)


def must_be_replaced(former: Definition, wanted: Definition) -> bool:
    """Whether a view or function cannot be changed in place."""
    match former, wanted:
        case ViewDefinition(), ViewDefinition():
            held = [(each.name, each.type_name) for each in former.columns]
            columns = [(each.name, each.type_name) for each in wanted.columns]
            return columns[: len(held)] != held
        case FunctionDefinition(), FunctionDefinition():
            return former.result != wanted.result
    return False


@dataclass(frozen=True, slots=True)
class Cleared:
    """A database without what keeps tables from being rebuilt, and how that goes.

    Attributes:
        objects: Those that remain, without foreign keys to rebuilt tables and owners of sequences
            in them.
        changes: What removes the rest.
        recreated: Objects that lose their privileges, because they are dropped.
    """

    objects: dict[ObjectName, Definition]
    changes: list[DefinitionChange]
    recreated: frozenset[ObjectName]


def cleared(
    first: Database,
    second: Database,
    rebuilt: Collection[ObjectName],
    ordered: Collection[Definition],
) -> Cleared:
    """Remove from a database what keeps tables from being rebuilt, and views from being changed.

    Args:
        first: The database.
        second: What it is to be; what it does not have is removed elsewhere.
        rebuilt: Tables that are rebuilt.
        ordered: The objects of `first` in an order of creation.
    """
    after = {each.key: each for each in second.objects}
    replaced = {
        each.key
        for each in first.objects
        if each.key in after and must_be_replaced(each, after[each.key])
    }
    again = users_of(first, {*rebuilt, *replaced}) | replaced
    again = {key for key in again if key.kind in _REPLACEABLE and key in after}
    listed = [_dropped(each, after) for each in reversed([*ordered]) if each.key in again]
    objects: dict[ObjectName, Definition] = {}
    for each in first.objects:
        if each.key not in again:
            objects[each.key] = each
            if isinstance(each, TableDefinition) and each.key in after:
                objects[each.key], unlinked = _without_links(each, rebuilt)
                listed += unlinked
            elif isinstance(each, SequenceDefinition) and _is_owned_by(each, rebuilt):
                objects[each.key] = replace(each, owned_by=())
                listed.append(_unowned(each))
    return Cleared(objects, listed, frozenset({*again, *rebuilt}))


def _dropped(definition: Definition, after: dict[ObjectName, Definition]) -> DefinitionChange:
    key = definition.key
    part = AGAIN
    if must_be_replaced(definition, after[key]):
        part = _what_differs(definition, after[key])
    return DefinitionChange(
        ChangeKind.CHANGED,
        key,
        (f"DROP {key.kind} {key.sql}",),
        part=part,
        drops=f"the {key.kind.lower()} and the privileges on it",
        phase=Phase.DROP,
    )


def _what_differs(former: Definition, wanted: Definition) -> str:
    if isinstance(former, FunctionDefinition) and isinstance(wanted, FunctionDefinition):
        return f"result {former.result} → {wanted.result}"
    return "columns"


def _without_links(
    table: TableDefinition, rebuilt: Collection[ObjectName]
) -> tuple[TableDefinition, list[DefinitionChange]]:
    """Return a table without its foreign keys to others that are rebuilt."""
    held = [
        each
        for each in table.constraints
        if each.kind is ConstraintKind.FOREIGN_KEY
        and ObjectName(ObjectKind.TABLE, *each.target) in rebuilt
        and ObjectName(ObjectKind.TABLE, *each.target) != table.key
    ]
    listed = [
        DefinitionChange(
            ChangeKind.CHANGED,
            table.key,
            (f"ALTER TABLE {table.key.sql} DROP CONSTRAINT {quoted(each.name)}",),
            part=f"constraint {quoted(each.name)}, {AGAIN}",
            phase=Phase.UNLINK,
        )
        for each in held
    ]
    kept = tuple(each for each in table.constraints if each not in held)
    return replace(table, constraints=kept), listed


def _is_owned_by(sequence: SequenceDefinition, rebuilt: Collection[ObjectName]) -> bool:
    owner = sequence.owned_by
    return bool(owner) and ObjectName(ObjectKind.TABLE, owner[0], owner[1]) in rebuilt


def _unowned(sequence: SequenceDefinition) -> DefinitionChange:
    return DefinitionChange(
        ChangeKind.CHANGED,
        sequence.key,
        (f"ALTER SEQUENCE {sequence.key.sql} OWNED BY NONE",),
        part="owner",
        phase=Phase.UNLINK,
    )


def relation_names(databases: Collection[Database], schema: str) -> Iterator[str]:
    """Yield the names that relations of a schema have, or are to have, in some databases."""
    for database in databases:
        for each in database.objects:
            if each.key.schema == schema:
                yield each.key.name
                if isinstance(each, TableDefinition):
                    yield from (index.name for index in each.indexes)
                    yield from (constraint.name for constraint in each.constraints)
