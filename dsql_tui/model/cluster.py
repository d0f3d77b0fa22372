"""A cluster as the control plane describes it, and the events of a listing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dsql_tui.errors import AwsError
from dsql_tui.model.endpoint import ADMIN_ROLE, Endpoint, Profile


class ClusterStatus(StrEnum):
    """`ClusterStatus` of the DSQL API, version 2018-05-10."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    IDLE = "IDLE"
    INACTIVE = "INACTIVE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    DELETED = "DELETED"
    FAILED = "FAILED"
    PENDING_SETUP = "PENDING_SETUP"
    PENDING_DELETE = "PENDING_DELETE"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, _value: object) -> ClusterStatus:
        """Return `UNKNOWN` for a status that a newer API version invents."""
        return cls.UNKNOWN

    @property
    def is_ready(self) -> bool:
        """Whether the cluster has reached the final status of a creation or an update."""
        return self in {self.ACTIVE, self.IDLE, self.INACTIVE}

    @property
    def connectable(self) -> bool:
        """Whether a session can be opened; connecting wakes IDLE and INACTIVE clusters."""
        return self in {self.ACTIVE, self.IDLE, self.INACTIVE, self.UPDATING}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster of one Region, from GetCluster.

    Attributes:
        identifier: 26 characters.
        arn: Amazon Resource Name.
        region: Where this endpoint of the cluster lives.
        status: Life-cycle state.
        endpoint_host: DNS name; empty while the service has not assigned one.
        created_at: Aware UTC.
        deletion_protection: Whether DeleteCluster is refused.
        tags: Tag keys and values; `Name` is the cluster's name by convention.
        peer_arns: ARNs of the other endpoints of a multi-Region cluster, without its own.
        witness_region: Witness of a multi-Region cluster, or empty.
        encryption_type: `AWS_OWNED_KMS_KEY` or `CUSTOMER_MANAGED_KMS_KEY`; empty if unknown.
        encryption_status: `ENABLED`, `UPDATING`, `KMS_KEY_INACCESSIBLE` or `ENABLING`.
        kms_key_arn: The customer's key, or empty.
        metric_groups: Metric groups switched on.
    """

    identifier: str
    arn: str
    region: str
    status: ClusterStatus
    endpoint_host: str
    created_at: datetime
    deletion_protection: bool
    tags: Mapping[str, str] = field(default_factory=dict)
    peer_arns: tuple[str, ...] = ()
    witness_region: str = ""
    encryption_type: str = ""
    encryption_status: str = ""
    kms_key_arn: str = ""
    metric_groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The `Name` tag, or the identifier when there is none."""
        return self.tags.get("Name") or self.identifier

    @property
    def peer_regions(self) -> tuple[str, ...]:
        """Regions of the peers, parsed from their ARNs."""
        return tuple(arn.split(":")[3] for arn in self.peer_arns)

    @property
    def is_multi_region(self) -> bool:
        """Whether the cluster has, or is set up to have, a peer."""
        return bool(self.peer_arns or self.witness_region)

    def endpoint(self, profile: Profile, role: str = ADMIN_ROLE) -> Endpoint:
        """Return the endpoint for `role`, with the settings of `profile`."""
        return profile.endpoint(
            self.endpoint_host, self.region, role, name=self.name, identifier=self.identifier
        )


@dataclass(frozen=True, slots=True)
class ClusterListed:
    """A cluster from ListClusters; its details follow as a `Cluster` or a `ClusterFailed`."""

    identifier: str
    arn: str
    region: str


@dataclass(frozen=True, slots=True)
class ClusterFailed:
    """A listed cluster whose details could not be fetched."""

    identifier: str
    region: str
    error: AwsError


@dataclass(frozen=True, slots=True)
class RegionListed:
    """A Region was listed completely, with `count` clusters."""

    region: str
    count: int


@dataclass(frozen=True, slots=True)
class RegionFailed:
    """A Region could not be listed; the others are not affected."""

    region: str
    error: AwsError


ListingEvent = ClusterListed | Cluster | ClusterFailed | RegionListed | RegionFailed
"""What a listing yields, in the order the answers arrive."""
