"""What the commands of `dsql-tui schema` share: which definitions are meant, and notes on them."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.errors import InputError
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import Database, SchemaDefinition
from dsql_tui.sql.lexing.names import name_at, pieces_of, quoted


def selection_of(
    schemas: Sequence[str], tables: Sequence[str], *, with_access: bool = True
) -> Selection:
    """Return the selection of `--schema` and `--table`.

    Raises:
        click.UsageError: A table's name cannot be one.
    """
    names = tuple(_relation_name(table) for table in tables)
    return Selection(tuple(schemas), names, with_access=with_access)


def check_selection(database: Database, selection: Selection) -> None:
    """Check that everything that was named exists.

    Raises:
        InputError: A schema or a table does not.
    """
    named = [(each.key.schema, each.key.name) for each in database.objects]
    for schema, name in selection.tables:
        if not any(name == other and schema in {"", place} for place, other in named):
            label = f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)
            raise InputError(f"There is no table, view or sequence {label}.")
    if not selection.tables:
        present = {each.name for each in database.objects if isinstance(each, SchemaDefinition)}
        for schema in selection.schemas:
            if schema not in present:
                raise InputError(f"There is no schema {quoted(schema)}.")


def report_notes(database: Database) -> None:
    """Print what could not be read or cannot be written on standard error."""
    for note in database.all_notes:
        narrate(note)


def _relation_name(text: str) -> tuple[str, str]:
    pieces = pieces_of(text)
    parts, behind = name_at(pieces, 0)
    if not 1 <= len(parts) <= 2 or behind != len(pieces):
        raise click.UsageError(f"--table {text!r} is not the name of a table.")
    return (parts[0], parts[1]) if len(parts) == 2 else ("", parts[0])
