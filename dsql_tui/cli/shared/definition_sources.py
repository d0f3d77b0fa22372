"""The definitions that an argument of a command names: a cluster's, or those of files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from uuid import uuid4

from dsql_tui.aws.lifecycle import create
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.target import Target, profile_of
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.lifecycle import NewCluster
from dsql_tui.pg.session import Session
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.read import read_database
from dsql_tui.schema.sources import definitions_of_files, names_files

_SCRATCH_REGION = "us-east-1"
_SCRATCH_NAME = "definitions"


def definitions_of(text: str, role: str | None, target: Target, selection: Selection) -> Database:
    """Return the definitions that an argument names, of files or of a cluster.

    Raises:
        DsqlTuiError: As `definitions_of_files` and `definitions_of_cluster`.
    """
    if names_files(text):
        return definitions_of_files(text, partial(empty_cluster, target), selection)
    return definitions_of_cluster(text, role, target, selection)


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
def empty_cluster(target: Target) -> Iterator[Session]:
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
