"""A whole database as SQL: one text, or one file for each object.

The same database gives the same text. The order of the one text works on an empty cluster; in
files, which are for reading and for comparing, each has everything about its object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from dsql_tui.schema.definitions import Database, ObjectKind, ObjectName
from dsql_tui.schema.order import creation_order
from dsql_tui.schema.print import ObjectSql, object_sql, script
from dsql_tui.sql.access.export import AccessPart, lent_memberships, parts_of

HEADER = "-- Definitions of an Aurora DSQL database."
"""The first line of a dump."""
ROLES_FILE, PRIVILEGES_FILE = "roles.sql", "privileges.sql"
"""The files of a folder that are run before and after the others."""
_FOLDERS = {
    ObjectKind.DOMAIN: "domains",
    ObjectKind.SEQUENCE: "sequences",
    ObjectKind.FUNCTION: "functions",
    ObjectKind.TABLE: "tables",
    ObjectKind.VIEW: "views",
}
_KEPT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def dump_text(database: Database, *, if_not_exists: bool = False) -> str:
    """Return the statements that make a database, in an order that works on an empty cluster.

    Args:
        database: Its definitions.
        if_not_exists: Use the forms that can be run again. CREATE ROLE, CREATE DOMAIN and AWS IAM
            GRANT have none.
    """
    access = access_sql(database)
    objects = [object_sql(each, if_not_exists=if_not_exists) for each in creation_order(database)]
    parts = [
        HEADER + "".join(f"\n-- Note: {note}" for note in database.all_notes) + "\n",
        *_titled("Roles and IAM principals", access.roles),
        *(text for each in objects for text in _created(each)),
        *_titled("Indexes and statistics", _joined(each.add for each in objects)),
        *_titled("Foreign keys and owners of sequences", _joined(each.link for each in objects)),
        *_titled("Owners and privileges", access.privileges),
    ]
    return "\n".join(parts)


def dump_files(database: Database, *, if_not_exists: bool = False) -> dict[str, str]:
    """Return the files of a folder: relative path with `/` → text.

    Tables are in `SCHEMA/tables/TABLE.sql` and so on, roles in `roles.sql`, privileges in
    `privileges.sql`. Overloads of a function share a file. Every path differs from the others
    where a file system ignores case.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    for definition in database.objects:
        printed = object_sql(definition, if_not_exists=if_not_exists)
        if printed.statements:
            texts[file_of(printed.key)].append(script(printed.statements))
    files = {path: "\n".join(parts) for path, parts in sorted(texts.items())}
    access = access_sql(database)
    for path, statements in ((ROLES_FILE, access.roles), (PRIVILEGES_FILE, access.privileges)):
        if statements:
            files[path] = script(statements)
    return files


def file_of(key: ObjectName) -> str:
    """Return the path of an object's file, relative to the folder of the dump."""
    schema = _file_name(key.schema)
    if key.kind is ObjectKind.SCHEMA:
        return str(PurePosixPath(schema, "schema.sql"))
    return str(PurePosixPath(schema, _FOLDERS[key.kind], f"{_file_name(key.name)}.sql"))


def _file_name(name: str) -> str:
    """Return a name with every character but those of plain identifiers as `%` and hexadecimals."""
    return "".join(
        character if character in _KEPT else "".join(f"%{byte:02x}" for byte in character.encode())
        for character in name
    )


class AccessSql(NamedTuple):
    """The statements about access: those that come first, and those that come last."""

    roles: list[str]
    privileges: list[str]


def access_sql(database: Database) -> AccessSql:
    """Return the statements about roles and privileges, none if these were not read.

    A part of a database does not bring its roles.
    """
    if database.access is None:
        return AccessSql([], [])
    parts = parts_of(database.access)
    granted = [*parts[AccessPart.GRANTS], *parts[AccessPart.DEFAULTS]]
    if database.is_partial:
        before, after = lent_memberships(database.access)
        return AccessSql(before, [*granted, *after])
    return AccessSql(
        [*parts[AccessPart.ROLES], *parts[AccessPart.MAPPINGS]],
        [*granted, *parts[AccessPart.LEAVING]],
    )


def _created(printed: ObjectSql) -> Iterator[str]:
    if printed.create:
        yield script(printed.create)


def _titled(title: str, statements: Iterable[str]) -> Iterator[str]:
    text = script(statements)
    if text:
        yield f"-- {title}\n{text}"


def _joined(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return [statement for group in groups for statement in group]
