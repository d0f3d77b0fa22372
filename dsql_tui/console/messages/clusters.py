"""Listing clusters, choosing one, profiles and signing in."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from dsql_tui.console.messages.sessions import DeskMessage
from dsql_tui.console.services import Services
from dsql_tui.errors import (
    DsqlTuiError,
)
from dsql_tui.model.cluster import Cluster, ListingEvent


@dataclass
class ListingAdvanced(Message):
    """A Region or a cluster has answered."""

    listing_id: int
    event: ListingEvent


@dataclass
class ListingStarted(Message):
    """These Regions are being asked."""

    listing_id: int
    regions: tuple[str, ...]


@dataclass
class ListingEnded(Message):
    """Every Region has answered, or none could be asked because of `error`."""

    listing_id: int
    error: DsqlTuiError | None = None


@dataclass
class ClusterChosen(Message):
    """The person wants a session on this cluster; `services` when they are another profile's."""

    cluster: Cluster
    services: Services | None = None


@dataclass
class ClusterFound(Message):
    """The cluster named at the start exists."""

    cluster: Cluster


@dataclass
class ClusterMissing(Message):
    """The cluster named at the start could not be found."""

    error: DsqlTuiError


@dataclass
class PeerFound(DeskMessage):
    """The other endpoint of the cluster, what reaches it, and the role to become there."""

    services: Services
    cluster: Cluster
    role: str


@dataclass
class PeerMissing(DeskMessage):
    """The other endpoint could not be found."""

    error: DsqlTuiError


@dataclass
class RefreshRequested(Message):
    """The person wants a pane's list to be read again; `pane` is its id."""

    pane: str


@dataclass
class LocalStarted(Message):
    """The local DSQL is up and reached by these services."""

    services: Services


@dataclass
class LocalFailed(Message):
    """The local DSQL could not be started."""

    error: DsqlTuiError


@dataclass
class SignInFound(Message):
    """How the profile is signed in again: a command, empty when it does not use SSO."""

    command: tuple[str, ...]


@dataclass
class ProfilesRead(Message):
    """The profiles of the AWS configuration."""

    names: tuple[str, ...]


@dataclass
class ProfilesFailed(Message):
    """The AWS configuration cannot be read."""

    error: DsqlTuiError
