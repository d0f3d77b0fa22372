"""Listing clusters and choosing one."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.console.messages.sessions import WorkspaceMessage
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster, ListingEvent


@dataclass
class ListingAdvanced(WorkspaceMessage):
    """A Region or a cluster has answered."""

    listing_id: int
    event: ListingEvent


@dataclass
class ListingStarted(WorkspaceMessage):
    """These Regions are being asked."""

    listing_id: int
    regions: tuple[str, ...]


@dataclass
class ListingEnded(WorkspaceMessage):
    """Every Region has answered, or none could be asked because of `error`."""

    listing_id: int
    error: DsqlTuiError | None = None


@dataclass
class ClusterChosen(WorkspaceMessage):
    """Posted to open a session on a cluster; `profile` is that of its account, if another."""

    cluster: Cluster
    profile: str = ""


@dataclass
class ClustersRefreshRequested(WorkspaceMessage):
    """Posted to list the clusters again."""


@dataclass
class SchemaRefreshRequested(WorkspaceMessage):
    """Posted to read the schema again."""
