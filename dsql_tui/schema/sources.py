"""The definitions that a text names: SQL files, folders, or files of a revision of git.

SQL files are run on an empty cluster and read back from its catalogs: a file that was written by
hand means what the server makes of it, and what DSQL refuses is refused with the file and the line.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.pg.session import Session
from dsql_tui.schema.build import build
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.folder import SUFFIX, read_definitions
from dsql_tui.schema.read import read_database
from dsql_tui.schema.renames import Rename, after_renames
from dsql_tui.sql.text.sql_files import text_of

EmptyCluster = Callable[[], AbstractContextManager[Session]]
"""Opens a session on a new cluster of a local DSQL that ends with the block; blocks, may raise."""
_GIT = "git:"


def names_files(text: str) -> bool:
    """Whether a text names files and not a cluster.

    It does if it exists, or looks like a path: a cluster's name has no slash and no `.sql`.
    """
    looks_like_path = text.startswith((_GIT, ".", "/")) or text.endswith((SUFFIX, "/"))
    return looks_like_path or Path(text).exists()


def definitions_of_files(text: str, empty_cluster: EmptyCluster, selection: Selection) -> Database:
    """Return the definitions of a file, a folder, or `git:REVISION:PATH`.

    Raises:
        InputError: They cannot be read, or a statement is refused.
        LocalError: The local DSQL cannot run.
    """
    texts = git_texts(text) if text.startswith(_GIT) else read_definitions(Path(text))
    with empty_cluster() as session:
        build(session, texts)
        return read_database(session, selection)


def definitions_after_renames(
    database: Database, renames: Collection[Rename], empty_cluster: EmptyCluster
) -> Database:
    """Return definitions as they are when tables and columns are renamed.

    They are made on an empty cluster and renamed there, so what refers to a name follows it as it
    does on a cluster.

    Raises:
        InputError: A rename is not possible.
        LocalError: The local DSQL cannot run.
    """
    if not renames:
        return database
    with empty_cluster() as session:
        return after_renames(session, database, renames)


def git_texts(text: str) -> Mapping[str, str]:
    """Return the SQL files of `git:REVISION:PATH`: name → text.

    Raises:
        InputError: Git is not installed, or has no such revision or path.
    """
    revision, colon, path = text.removeprefix(_GIT).partition(":")
    if not (revision and colon and path) or revision.startswith("-"):
        raise InputError(f"{text} does not name files: write git:REVISION:PATH.")
    listed = _git("ls-tree", "-r", "-z", "--name-only", revision, "--", path)
    names = [name for name in listed.decode(errors="surrogateescape").split("\0") if name]
    chosen = [name for name in names if name.endswith(SUFFIX)]
    if not chosen:
        raise InputError(f"{text} has no SQL files.")
    return {
        f"{revision}:{name}": text_of(_git("show", f"{revision}:./{name}"), name) for name in chosen
    }


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError:
        raise InputError("git cannot be run.", remedy="Install git, or name a folder.") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().split("\n")
        raise InputError(f"git {arguments[0]} failed: {lines[-1] if lines else 'no reason given'}.")
    return done.stdout
