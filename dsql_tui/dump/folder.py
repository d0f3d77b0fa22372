"""The folder of a dump: begun, resumed, and checked before it is restored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from dsql_tui.dump.manifest import (
    FILE,
    DumpedSequence,
    DumpedTable,
    DumpHeader,
    DumpManifest,
    create_manifest,
    open_manifest,
)
from dsql_tui.dump.rows_file import check_rows_file
from dsql_tui.errors import InputError
from dsql_tui.files.atomic import reason
from dsql_tui.files.checked import Damaged, read_regular
from dsql_tui.schema.definitions import Database, SequenceDefinition, TableDefinition
from dsql_tui.schema.folder import write_folder

_SQL_MAX_BYTES = 1024 * 1024 * 1024
_OTHER = "Name another folder, or delete this one."


def tables_of(database: Database) -> tuple[DumpedTable, ...]:
    """Return the tables that have columns to dump: generated columns are computed again."""
    tables: list[DumpedTable] = []
    for table in database.tables():
        columns = tuple(each.name for each in table.columns if not each.is_generated)
        if columns:
            tables.append(_dumped(len(tables) + 1, table, columns))
    return tuple(tables)


def _dumped(number: int, table: TableDefinition, columns: tuple[str, ...]) -> DumpedTable:
    return DumpedTable(
        number=number,
        schema=table.schema,
        name=table.name,
        columns=columns,
        key=table.primary_key if set(table.primary_key) <= set(columns) else (),
        identities={
            each.name: each.sequence.increment if each.sequence else 1
            for each in table.columns
            if each.identity
        },
    )


def sequences_of(database: Database) -> tuple[DumpedSequence, ...]:
    """Return the sequences that belong to no identity column."""
    return tuple(
        DumpedSequence(each.schema, each.name, each.options.increment, each.owned_by)
        for each in database.objects
        if isinstance(each, SequenceDefinition)
    )


def digests_of(files: Mapping[str, str]) -> dict[str, str]:
    """Return file name → SHA-256 of its text."""
    return {name: hashlib.sha256(content.encode()).hexdigest() for name, content in files.items()}


def begin_dump(folder: Path, files: Mapping[str, str], header: DumpHeader) -> DumpManifest:
    """Write the SQL files of a dump and create its manifest, or resume the one that is there.

    Args:
        folder: Where; need not exist.
        files: File name → SQL.
        header: What the dump is of.

    Raises:
        InputError: The folder has something else, or a dump of something else.
        WriteFailed: A file cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {each.name for each in folder.iterdir()}
    except OSError as error:
        raise InputError(f"{folder} cannot be used: {reason(error)}.") from None
    begun = open_manifest(folder)
    if begun is None and not names <= files.keys():
        raise InputError(f"{folder} is not empty and has no dump.", remedy=_OTHER)
    if begun is not None:
        _check_same(folder, begun, header)
        if not header.is_snapshot or begun.is_finished:
            return begun
        begun.close()
    write_folder(folder, files)
    return create_manifest(folder, header)


def _check_same(folder: Path, begun: DumpManifest, header: DumpHeader) -> None:
    """Check that a dump resumes with what it was begun with.

    Raises:
        InputError: Names what differs.
    """
    if begun.is_finished:
        raise InputError(f"{folder} has a dump that is complete.", remedy=_OTHER)
    then, now = begun.header, header
    differing = [
        label
        for label, differs in (
            ("cluster", then.cluster != now.cluster),
            ("options", (then.choices, then.is_snapshot) != (now.choices, now.is_snapshot)),
            ("definitions", (then.files, then.tables) != (now.files, now.tables)),
        )
        if differs
    ]
    if differing:
        raise InputError(
            f"{folder} has a dump that was begun with other {differing[0]}.",
            remedy=f"Resume with what it was begun with. {_OTHER}",
        )


def open_dump(folder: Path) -> DumpManifest:
    """Open a complete dump whose SQL files are as they were dumped.

    Raises:
        InputError: There is none, it is incomplete, or it was changed.
    """
    manifest = open_manifest(folder)
    if manifest is None:
        raise InputError(f"{folder} has no dump: there is no {FILE}.")
    try:
        if not manifest.is_finished:
            raise InputError(
                f"The dump in {folder} is incomplete.",
                remedy="Run the command that began it again: it resumes.",
            )
        for name, digest in manifest.header.files.items():
            _check_sql(folder / name, digest)
    except BaseException:
        manifest.close()
        raise
    return manifest


def check_rows(folder: Path, manifest: DumpManifest) -> None:
    """Check that the files of the rows are as they were dumped.

    Raises:
        InputError: One is not; names it.
    """
    for table in manifest.header.tables:
        check_rows_file(folder, table, manifest.tables[table.number].parts)


def _check_sql(path: Path, digest: str) -> None:
    try:
        data = read_regular(path, _SQL_MAX_BYTES)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from None
    except Damaged as damage:
        raise InputError(f"{path} cannot be used: {damage}.") from None
    if hashlib.sha256(data).hexdigest() != digest:
        raise InputError(
            f"{path} is not as it was dumped.",
            remedy="To change definitions, run your own with dsql-tui script and restore with"
            " --data-only.",
        )
