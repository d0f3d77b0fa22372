"""The definitions that an argument names: a cluster's, those of SQL files, or of a revision of git.

SQL files are run on an empty cluster of a temporary local DSQL and read back from its catalogs: a
file that was written by hand means what the server makes of it, and what DSQL refuses is refused
with the file and the line.
"""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from dsql_tui.aws.lifecycle import create
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.target import Target, profile_of
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.lifecycle import NewCluster
from dsql_tui.pg.session import Session
from dsql_tui.schema.build import build
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.folder import SUFFIX, read_definitions
from dsql_tui.schema.read import read_database
from dsql_tui.schema.renames import Rename, after_renames
from dsql_tui.sql.text.sql_files import text_of

_GIT = "git:"
_SCRATCH_REGION = "us-east-1"
_SCRATCH_NAME = "definitions"


def names_files(text: str) -> bool:
    """Whether an argument names files and not a cluster.

    It does if it exists, or looks like a path: a cluster's name has no slash and no `.sql`.
    """
    looks_like_path = text.startswith((_GIT, ".", "/")) or text.endswith((SUFFIX, "/"))
    return looks_like_path or Path(text).exists()


def definitions_of(text: str, role: str | None, target: Target, selection: Selection) -> Database:
    """Return the definitions that an argument names, of files or of a cluster.

    Raises:
        DsqlTuiError: As `definitions_of_files` and `definitions_of_cluster`.
    """
    if names_files(text):
        return definitions_of_files(text, target, selection)
    return definitions_of_cluster(text, role, target, selection)


def definitions_of_files(text: str, target: Target, selection: Selection) -> Database:
    """Return the definitions of a file, a folder, or `git:REVISION:PATH`.

    Raises:
        InputError: They cannot be read, or a statement is refused.
        LocalError: The local DSQL cannot run.
    """
    texts = git_texts(text) if text.startswith(_GIT) else read_definitions(Path(text))
    with _empty_cluster(target) as session:
        build(session, texts)
        return read_database(session, selection)


def definitions_after_renames(
    database: Database, renames: Collection[Rename], target: Target
) -> Database:
    """Return definitions as they are when tables and columns are renamed.

    They are made on an empty cluster of a temporary local DSQL and renamed there, so what refers to
    a name follows it as it does on a cluster.

    Raises:
        InputError: A rename is not possible.
        LocalError: The local DSQL cannot run.
    """
    if not renames:
        return database
    with _empty_cluster(target) as session:
        return after_renames(session, database, renames)


def definitions_of_cluster(
    cluster: str | None, role: str | None, target: Target, selection: Selection
) -> Database:
    """Return the definitions of a cluster.

    Raises:
        AwsError: It cannot be found.
        ConnectError: No session could be opened.
        StatementError: A catalog without which nothing can be said was refused.
    """
    with (
        profile_of(target) as profile,
        closing(reach(profile, target, cluster, role).connect()) as session,
    ):
        return read_database(session, selection)


@contextmanager
def _empty_cluster(target: Target) -> Iterator[Session]:
    """Yield a session on a new cluster of a local DSQL that ends with the block."""
    scratch = replace(
        target,
        local=True,
        ephemeral=True,
        data_dir=None,
        aws_profile=None,
        regions=(),
        via=None,
        port=None,
        quiet=True,
    )
    with profile_of(scratch) as profile:
        wish = NewCluster(
            regions=(_SCRATCH_REGION,),
            client_token=str(uuid4()),
            tags={"Name": _SCRATCH_NAME},
            deletion_protection=False,
        )
        for _ in create(AwsSession(profile), wish):
            pass
        with closing(reach(profile, scratch, _SCRATCH_NAME, ADMIN_ROLE).connect()) as session:
            yield session


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
