"""The converted definitions as scripts: before the rows, after them, and what may be refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsql_tui.migrate.expressions import first_of
from dsql_tui.schema.definitions import (
    Database,
    FunctionDefinition,
    ObjectName,
    TableDefinition,
    ViewDefinition,
)
from dsql_tui.schema.order import creation_order
from dsql_tui.schema.print import object_sql, script

TABLES_FILE = "1-tables.sql"
KEYS_FILE = "2-indexes-and-keys.sql"
PROGRAMS_FILE = "3-functions-and-views.sql"
_TABLES_HEADER = "-- Tables and what they need, for Aurora DSQL. Rows are loaded after this.\n"
_KEYS_HEADER = "-- Indexes and foreign keys. They are created after the rows.\n"
_PROGRAMS_HEADER = "-- Functions and views that no table needs. One that is refused is skipped.\n"


def scripts_of(database: Database) -> dict[str, str]:
    """Return file name → SQL, in the order in which the files are run.

    Indexes and foreign keys come after the rows, so that rows are loaded faster and in any order.
    """
    early = _needed_by_tables(database)
    ordered = creation_order(database)
    printed = {each.key: object_sql(each) for each in ordered}
    first = [printed[each.key] for each in ordered if each.key in early]
    late = [printed[each.key] for each in ordered if each.key not in early]
    return {
        TABLES_FILE: _text(_TABLES_HEADER, (each.create for each in first)),
        KEYS_FILE: _text(
            _KEYS_HEADER, [*(each.add for each in first), *(each.link for each in first)]
        ),
        PROGRAMS_FILE: _text(_PROGRAMS_HEADER, (each.create for each in late)),
    }


def _needed_by_tables(database: Database) -> set[ObjectName]:
    """Return the objects that are no functions and views, and those that they need."""
    functions = {
        (each.schema, each.name): each.key
        for each in database.objects
        if isinstance(each, FunctionDefinition)
    }
    waiting = [
        each.key
        for each in database.objects
        if not isinstance(each, FunctionDefinition | ViewDefinition)
    ]
    waiting += _in_indexes(database, functions)
    needed: set[ObjectName] = set()
    while waiting:
        key = waiting.pop()
        if key not in needed:
            needed.add(key)
            waiting += database.requires.get(key, ())
    return needed


def _in_indexes(
    database: Database, functions: dict[tuple[str, str], ObjectName]
) -> Iterator[ObjectName]:
    for table in database.objects:
        if isinstance(table, TableDefinition):
            for index in table.indexes:
                if (name := first_of(index.definition, functions)) is not None:
                    yield functions[name]


def _text(header: str, groups: Iterable[tuple[str, ...]]) -> str:
    return "\n".join([header, *(script(group) for group in groups if group)])
