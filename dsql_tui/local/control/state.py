"""The account's clusters in the control plane, stored in one JSON file.

The services of the control plane change records; the gateway reads them to route sessions. A record
is an immutable value, so its fields stay consistent while the state changes.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem.private_files import read_json, write_json
from dsql_tui.local.iam.identity import ACCOUNT
from dsql_tui.local.remedies import start_over

_VERSION = 3
"""Version of the file, and of the objects that our scripts create in each database."""


class StoredStatus(StrEnum):
    """`ClusterStatus` of the DSQL API, version 2018-05-10, as far as it is stored."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    DELETING = "DELETING"
    FAILED = "FAILED"
    PENDING_SETUP = "PENDING_SETUP"
    PENDING_DELETE = "PENDING_DELETE"

    @property
    def connectable(self) -> bool:
        """Whether the cluster's endpoint accepts sessions."""
        return self is StoredStatus.ACTIVE


def new_identifier() -> str:
    """Return a random identifier in the service's format: 26 lower-case base32 characters."""
    return base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]


PRIVATE_SERVICE = "dsql-local"
"""Identifier of the PrivateLink service."""


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """A cluster of the API: one endpoint of one database.

    Attributes:
        identifier: 26 characters.
        region: The endpoint's Region.
        database_id: Identifier of its database: its own identifier, or for a peered cluster the one
            that both endpoints share.
        status: Stored status; UPDATING, IDLE and INACTIVE are computed from the clock and from
            activity and never stored.
        created_at: Time of creation, aware UTC.
        updating_until: An ACTIVE cluster is UPDATING until this time; `None` if never updated.
        tags: Tag keys and values.
        deletion_protection: Whether DeleteCluster is refused.
        kms_key: ARN of a customer managed key, or empty for the AWS owned key.
        witness_region: Witness of a multi-Region cluster, or empty.
        peer_arns: ARNs of the other endpoints, as this side named them.
        policy: Resource policy document, or empty.
        policy_version: Version of that policy, or empty.
        metric_groups: Metric groups switched on.
    """

    identifier: str
    region: str
    database_id: str
    status: StoredStatus
    created_at: datetime
    updating_until: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    deletion_protection: bool = True
    kms_key: str = ""
    witness_region: str = ""
    peer_arns: tuple[str, ...] = ()
    policy: str = ""
    policy_version: str = ""
    metric_groups: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """Amazon Resource Name."""
        return cluster_arn(self.region, self.identifier)

    @property
    def endpoint_host(self) -> str:
        """DNS name of the data-plane endpoint, used in tokens and TLS."""
        return f"{self.identifier}.dsql.{self.region}.on.aws"

    @property
    def private_host(self) -> str:
        """DNS name of the endpoint through PrivateLink."""
        return f"{self.identifier}.{PRIVATE_SERVICE}.{self.region}.on.aws"

    @property
    def name(self) -> str:
        """The `Name` tag, or the identifier if there is none."""
        return self.tags.get("Name") or self.identifier


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A change stream of a cluster; only its status is stored, nothing is streamed.

    Attributes:
        identifier: 26 characters.
        cluster: Identifier of its cluster.
        region: The cluster's Region.
        status: CREATING, ACTIVE or DELETING.
        created_at: Aware UTC.
        settles_at: When CREATING or DELETING ends, otherwise `None`.
        target: `targetDefinition` as it was given.
        ordering: `UNORDERED`.
        format: `JSON`.
        tags: Tag keys and values.
    """

    identifier: str
    cluster: str
    region: str
    status: str
    created_at: datetime
    settles_at: datetime | None
    target: Mapping[str, Any]
    ordering: str
    format: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Amazon Resource Name."""
        return f"{cluster_arn(self.region, self.cluster)}/stream/{self.identifier}"


def cluster_arn(region: str, identifier: str) -> str:
    """Return the ARN of a cluster of the local account."""
    return f"arn:aws:dsql:{region}:{ACCOUNT}:cluster/{identifier}"


class AccountState:
    """The clusters and streams of one data folder; thread-safe.

    Args:
        path: The file that stores them; it need not exist. `None` keeps them only in memory.

    Raises:
        LocalError: The file cannot be read, or was written by another version.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._clusters: dict[str, ClusterRecord] = {}
        self._streams: dict[str, StreamRecord] = {}
        if path is not None and (stored := read_json(path)) is not None:
            self._restore(stored, path)

    def clusters(self, region: str | None = None) -> list[ClusterRecord]:
        """Return the clusters of a Region, or of all, in order of creation."""
        with self._lock:
            return [c for c in self._clusters.values() if region in {None, c.region}]

    def cluster(self, identifier: str) -> ClusterRecord | None:
        """Return a cluster by its identifier, in any Region."""
        with self._lock:
            return self._clusters.get(identifier)

    def endpoints_of(self, database_id: str) -> list[ClusterRecord]:
        """Return the clusters that share a database: one, or two peers."""
        with self._lock:
            return [c for c in self._clusters.values() if c.database_id == database_id]

    def save(self, *records: ClusterRecord) -> None:
        """Add or replace clusters by identifier, in one step.

        Raises:
            LocalError: The file cannot be written; the state is as it was.
        """
        with self._lock:
            changed = {record.identifier: record for record in records}
            self._commit({**self._clusters, **changed}, self._streams)

    def update(
        self, identifier: str, change: Callable[[ClusterRecord], ClusterRecord]
    ) -> ClusterRecord | None:
        """Replace a cluster by the result of `change`, in one step; `None` if it does not exist.

        Raises:
            LocalError: The file cannot be written; the state is as it was.
        """
        with self._lock:
            record = self._clusters.get(identifier)
            if record is None:
                return None
            changed = change(record)
            if changed != record:
                self.save(changed)
            return changed

    def remove(self, identifier: str) -> None:
        """Remove a cluster and its streams; does nothing if it does not exist.

        Raises:
            LocalError: The file cannot be written; the state is as it was.
        """
        with self._lock:
            clusters = {k: v for k, v in self._clusters.items() if k != identifier}
            streams = {k: v for k, v in self._streams.items() if v.cluster != identifier}
            self._commit(clusters, streams)

    def streams(self, cluster: str) -> list[StreamRecord]:
        """Return the streams of a cluster in order of creation."""
        with self._lock:
            return [stream for stream in self._streams.values() if stream.cluster == cluster]

    def save_stream(self, stream: StreamRecord) -> None:
        """Add or replace a stream by identifier.

        Raises:
            LocalError: The file cannot be written; the state is as it was.
        """
        with self._lock:
            self._commit(self._clusters, {**self._streams, stream.identifier: stream})

    def remove_stream(self, identifier: str) -> None:
        """Remove a stream; does nothing if it does not exist.

        Raises:
            LocalError: The file cannot be written; the state is as it was.
        """
        with self._lock:
            streams = {k: v for k, v in self._streams.items() if k != identifier}
            self._commit(self._clusters, streams)

    def _commit(self, clusters: dict[str, ClusterRecord], streams: dict[str, StreamRecord]) -> None:
        if self._path is not None:
            write_json(
                self._path,
                {
                    "version": _VERSION,
                    "clusters": [_to_json(record) for record in clusters.values()],
                    "streams": [_to_json(stream) for stream in streams.values()],
                },
            )
        self._clusters, self._streams = clusters, streams

    def _restore(self, stored: Mapping[str, Any], path: Path) -> None:
        try:
            if stored["version"] != _VERSION:
                raise ValueError(stored["version"])
            clusters = [_cluster_from_json(fields) for fields in stored["clusters"]]
            streams = [StreamRecord(**_moments(fields)) for fields in stored["streams"]]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise LocalError(
                f"{path} was not written by this version of dsql-tui, or is damaged.",
                remedy=start_over(path.parent),
            ) from error
        self._clusters = {cluster.identifier: cluster for cluster in clusters}
        self._streams = {stream.identifier: stream for stream in streams}


def _to_json(record: ClusterRecord | StreamRecord) -> dict[str, Any]:
    fields = asdict(record)
    for name, value in fields.items():
        if isinstance(value, datetime):
            fields[name] = value.isoformat()
    return fields


def _moments(fields: Mapping[str, Any]) -> dict[str, Any]:
    moments = {
        name: datetime.fromisoformat(fields[name])
        for name in ("created_at", "updating_until", "settles_at")
        if fields.get(name) is not None
    }
    return {**fields, **moments}


def _cluster_from_json(fields: Mapping[str, Any]) -> ClusterRecord:
    tuples = {name: tuple(fields[name]) for name in ("peer_arns", "metric_groups")}
    status = StoredStatus(fields["status"])
    return ClusterRecord(**{**_moments(fields), **tuples, "status": status})
