"""Files and folders of definitions.

They are readable by their owner alone. A folder is written file by file, each at once or not at
all; files that hold the same text are left alone, so that their times say when they changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.files.atomic import reason, replace_file
from dsql_tui.sql.text.sql_files import read_sql

SUFFIX = ".sql"


def names_folder(path: Path) -> bool:
    """Whether a path is that of a folder: one that exists, or is to be made and has no suffix."""
    return path.is_dir() or (not path.exists() and not path.suffix)


def write_file(path: Path, text: str) -> None:
    """Replace a file.

    Raises:
        InputError: It cannot be written; it is as it was.
    """
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written: {reason(error)}.") from None


def write_folder(folder: Path, files: Mapping[str, str]) -> tuple[int, list[Path]]:
    """Write files below a folder, which need not exist.

    Args:
        folder: Where.
        files: Relative path with `/` → text.

    Returns:
        How many files are new or changed, and the SQL files below it that are not among them.

    Raises:
        InputError: One cannot be written; those before it are.
    """
    written = 0
    for name, text in files.items():
        path = folder.joinpath(*name.split("/"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_same = path.is_file() and path.read_bytes() == text.encode()
        except OSError as error:
            raise InputError(f"{path} cannot be written: {reason(error)}.") from None
        if not is_same:
            write_file(path, text)
            written += 1
    kept = {folder.joinpath(*name.split("/")) for name in files}
    return written, [path for path in sql_files(folder) if path not in kept]


def sql_files(folder: Path) -> list[Path]:
    """Return the SQL files below a folder in the order of their paths, without hidden ones.

    Raises:
        InputError: A folder cannot be read.
    """
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename} cannot be read: {reason(error)}.") from None

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(parent, name)
            for name in sorted(names)
            if name.endswith(SUFFIX) and not name.startswith(".")
        ]
    return found


def read_definitions(path: Path) -> dict[str, str]:
    """Return the SQL of a file, or of every SQL file below a folder: path → text.

    Raises:
        InputError: A file cannot be read or is no text, or the folder has no SQL files.
    """
    if not path.is_dir():
        return {str(path): read_sql(path)}
    texts = {str(file): read_sql(file, is_file=True) for file in sql_files(path)}
    if not texts:
        raise InputError(f"{path} has no SQL files.")
    return texts
