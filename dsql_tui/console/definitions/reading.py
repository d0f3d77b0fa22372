"""Reads the definitions that a text names: a cluster's, or those of files. Used in workers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Event
from typing import cast

from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import Services
from dsql_tui.model.cluster import Cluster
from dsql_tui.pg.session import Session
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.plan import PlannedChanges, plan_changes
from dsql_tui.schema.read import read_database
from dsql_tui.schema.renames import Rename
from dsql_tui.schema.sources import EmptyCluster, definitions_of_files, names_files


@dataclass(frozen=True, slots=True)
class ReadSide:
    """The definitions of one side.

    Attributes:
        label: Where they are from: `shop us-east-1 as admin`, or a path.
        database: The definitions.
        arn: ARN of the cluster; empty for files.
    """

    label: str
    database: Database
    arn: str = ""


class DefinitionReader:
    """Reads definitions on new sessions, and those of files on temporary clusters.

    Args:
        services: How clusters are found and sessions opened.
        role_for: Returns the role to read a cluster as.
        empty_cluster: Where SQL files are run, and renames tried.
    """

    def __init__(
        self,
        services: Services,
        role_for: Callable[[Cluster], str],
        empty_cluster: EmptyCluster,
    ) -> None:
        self._services, self._role_for = services, role_for
        self._empty_cluster = empty_cluster
        self._left = Event()
        self.pairs: list[SessionPair] = []
        """The sessions that were opened."""

    def read(self, text: str) -> ReadSide:
        """Return the definitions that a text names.

        Raises:
            AwsError: There is no such cluster, or no token could be signed.
            ConnectError: No session could be opened.
            InputError: Files cannot be read, or a statement in them is refused.
            LocalError: The local DSQL, which files need, cannot run.
            StatementError: A catalog without which nothing can be said was refused.
        """
        if names_files(text):
            return ReadSide(text, definitions_of_files(text, self._empty_cluster, Selection()))
        cluster = self._services.find_cluster(text)
        endpoint = cluster.endpoint(self._services.profile, self._role_for(cluster))
        pair = SessionPair(self._services, endpoint)
        self.pairs.append(pair)
        if self._left.is_set():
            pair.close()
        with pair.catalog() as session:
            database = read_database(cast("Session", session), Selection())
        label = f"{endpoint.cluster_name} {endpoint.region} as {endpoint.role}"
        return ReadSide(label, database, cluster.arn)

    def plan(
        self, first: Database, second: Database, renames: Collection[Rename]
    ) -> PlannedChanges:
        """Return what turns `first` into `second`.

        Raises:
            InputError: A rename is not possible.
            LocalError: The local DSQL, on which renames are tried, cannot run.
        """
        return plan_changes(first, second, renames, self._empty_cluster)

    def close(self) -> None:
        """Close every session; one that is being opened closes when it is open."""
        self._left.set()
        for pair in self.pairs:
            pair.close()
