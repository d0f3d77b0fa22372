"""What is checked of a cluster before a dump is restored into it; nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.dump.manifest import DumpedTable
from dsql_tui.errors import InputError
from dsql_tui.pg.session import Session
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import ConstraintKind, Database
from dsql_tui.schema.read import read_database
from dsql_tui.sql.lexing.names import qualified

_RELATIONS = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
"""
Place = tuple[str, str]


def check_absent(session: Session, tables: Sequence[DumpedTable]) -> None:
    """Check that no table of a dump exists, before its definitions are made.

    Raises:
        InputError: One does.
    """
    present = set(session.fetch(_RELATIONS))
    for table in tables:
        if (table.schema, table.name) in present:
            raise InputError(
                f"{table.label} exists on the cluster. Nothing was changed.",
                remedy="Restore into an empty cluster, or only the rows with --data-only.",
            )


def check_empty(session: Session, tables: Sequence[DumpedTable]) -> None:
    """Check that the tables of a dump have no rows, before the first one is loaded.

    Raises:
        InputError: One has.
        StatementError: One does not exist, or cannot be read.
    """
    for table in tables:
        if session.fetch(f"SELECT 1 FROM {table.label} LIMIT 1"):  # noqa: S608 - quoted
            raise InputError(
                f"{table.label} has rows. Nothing was changed.",
                remedy="Restore into tables that are empty.",
            )


def order_of_loading(session: Session, tables: Sequence[DumpedTable]) -> list[DumpedTable]:
    """Return tables so that each comes after those that its foreign keys refer to.

    Raises:
        InputError: Foreign keys form a circle, so there is no such order.
        StatementError: The definitions cannot be read.
    """
    places = tuple((table.schema, table.name) for table in tables)
    if not places:
        return []
    database = read_database(session, Selection(tables=places, with_access=False))
    return in_order(tables, _references(database))


def _references(database: Database) -> dict[Place, set[Place]]:
    return {
        (table.schema, table.name): {
            (constraint.target[0], constraint.target[1])
            for constraint in table.constraints
            if constraint.kind is ConstraintKind.FOREIGN_KEY
        }
        for table in database.tables()
    }


def in_order(
    tables: Sequence[DumpedTable], references: dict[Place, set[Place]]
) -> list[DumpedTable]:
    """Return tables so that each comes after those that it refers to.

    Args:
        tables: The tables.
        references: Schema and name of a table → those that it refers to.

    Raises:
        InputError: There is no such order.
    """
    waiting = list(tables)
    ordered: list[DumpedTable] = []
    while waiting:
        left = {(table.schema, table.name) for table in waiting}
        ready = [
            table
            for table in waiting
            if not references.get((table.schema, table.name), set()) & left
        ]
        if not ready:
            names = ", ".join(sorted(qualified(place) for place in left))
            raise InputError(
                f"Foreign keys refer in a circle among {names}. Nothing was changed.",
                remedy="Drop these foreign keys, restore, and add them again; or restore with the"
                " definitions into an empty cluster.",
            )
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered
