"""Messages about listing and selecting clusters."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.console.messages.sessions import WorkspaceMessage
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster, ListingEvent


@dataclass
class ListingAdvanced(WorkspaceMessage):
    """Posted when a Region or a cluster has responded."""

    listing_id: int
    event: ListingEvent


@dataclass
class ListingStarted(WorkspaceMessage):
    """Posted when a listing begins, with the Regions that are queried."""

    listing_id: int
    regions: tuple[str, ...]


@dataclass
class ListingEnded(WorkspaceMessage):
    """Posted at the end of a listing, with the `error` if no Region could be queried."""

    listing_id: int
    error: DsqlTuiError | None = None


@dataclass
class ClusterChosen(WorkspaceMessage):
    """Posted to open a session on a cluster, with another account's `profile` if needed."""

    cluster: Cluster
    profile: str = ""


@dataclass
class ClustersRefreshRequested(WorkspaceMessage):
    """Posted to list the clusters again."""


@dataclass
class SchemaRefreshRequested(WorkspaceMessage):
    """Posted to read the schema again."""
