"""Leaves objects out of a database: those that another tool manages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.schema.definitions import (
    Database,
    Definition,
    SequenceDefinition,
    TableDefinition,
)
from dsql_tui.sql.lexing.names import qualified


def without(database: Database, patterns: Sequence[str]) -> Database:
    """Return a database without the objects that match a pattern.

    What remains and refers to one of them is named in a note.

    Args:
        database: Its definitions.
        patterns: `schema.name` for an object or `schema` for all of one, unquoted, with `*` and
            `?` as in the names of files.
    """
    if not patterns:
        return database
    kept = tuple(each for each in database.objects if not _is_left_out(each, patterns))
    keys = {each.key for each in kept}
    gone = {each.key for each in database.objects} - keys
    notes = [
        f"{user.label} refers to {needed.label}, which is excluded."
        for user, required in sorted(database.requires.items())
        if user in keys
        for needed in sorted(required & gone)
    ]
    notes += [
        f"{each.key.label} has a foreign key to {qualified(constraint.target)}, which is excluded."
        for each in kept
        if isinstance(each, TableDefinition)
        for constraint in each.constraints
        if constraint.target and _matches(*constraint.target, patterns=patterns)
    ]
    return replace(
        database,
        objects=kept,
        requires={user: each & keys for user, each in database.requires.items() if user in keys},
        access=_access(database.access, patterns),
        notes=(*database.notes, *notes),
    )


def _is_left_out(definition: Definition, patterns: Sequence[str]) -> bool:
    key = definition.key
    if isinstance(definition, SequenceDefinition) and definition.owned_by:
        schema, table = definition.owned_by[:2]
        if _matches(schema, table, patterns=patterns):
            return True
    return _matches(key.schema, key.name, patterns=patterns)


def _matches(schema: str, name: str, *, patterns: Sequence[str]) -> bool:
    whole = f"{schema}.{name}" if name else schema
    return any(fnmatchcase(whole if "." in pattern else schema, pattern) for pattern in patterns)


def _access(access: AccessSnapshot | None, patterns: Sequence[str]) -> AccessSnapshot | None:
    if access is None:
        return None
    return replace(
        access,
        objects=tuple(
            each
            for each in access.objects
            if not _matches(
                each.schema, (each.follows or each.name).partition("(")[0], patterns=patterns
            )
        ),
        default_privileges=tuple(
            each
            for each in access.default_privileges
            if not (each.schema and _matches(each.schema, "", patterns=patterns))
        ),
    )
