"""Requests that change clusters, and their progress events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dsql_tui.model.cluster import Cluster

NAME_TAG = "Name"
"""A cluster has no name; the console's convention is this tag (user guide, getting-started)."""
AWS_OWNED_KEY = "AWS_OWNED_KMS_KEY"
"""The reserved key name that goes back to the service's own key (API 2018-05-10)."""
STATEMENT_STATISTICS = "STATEMENT_STATISTICS"
"""The one metric group of the API 2018-05-10."""


@dataclass(frozen=True, slots=True)
class NewCluster:
    """A cluster to create.

    Attributes:
        regions: One Region, or the two of a multi-Region cluster.
        witness_region: Third Region of a multi-Region cluster; empty for a single-Region one.
        tags: Tag keys and values, `Name` among them when it has a name.
        deletion_protection: Whether DeleteCluster is to be refused; the service's default is yes.
        kms_keys: Region → key; a Region left out uses the service's own key.
        policy: Resource policy document, put on every side; empty for none.
        bypass_lockout_check: Accept a policy that locks its author out.
        metric_groups: Metric groups to switch on.
        client_token: What makes a retry the same request; each side derives its own from it.
    """

    regions: tuple[str, ...]
    client_token: str
    witness_region: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    deletion_protection: bool = True
    kms_keys: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""
    bypass_lockout_check: bool = False
    metric_groups: tuple[str, ...] = ()

    @property
    def is_multi_region(self) -> bool:
        """Whether two clusters are created and peered."""
        return len(self.regions) > 1


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """The settings of a cluster to change; `None` leaves one unchanged.

    Attributes:
        deletion_protection: On or off.
        kms_key: Key ARN, id or alias, or `AWS_OWNED_KEY`.
        metric_groups: The whole new set; empty switches all off.
    """

    deletion_protection: bool | None = None
    kms_key: str | None = None
    metric_groups: tuple[str, ...] | None = None


class LifecycleStep(StrEnum):
    """The kind of a step, as worded in the progress."""

    CREATE = "create"
    PEER = "peer"
    UPDATE = "update"
    UNPROTECT = "protection off"
    DELETE = "delete"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class LifecycleProgress:
    """A step that was started, observed or completed.

    Attributes:
        step: Which.
        region: The Region.
        identifier: Of the cluster; empty before it has one.
        message: One sentence.
    """

    step: LifecycleStep
    region: str
    identifier: str
    message: str


LifecycleEvent = LifecycleProgress | Cluster
"""A cluster is yielded when it is made and each time its status is seen to have changed."""


class Goal(StrEnum):
    """The goal of a wait."""

    READY = "ready"
    DELETED = "deleted"
    PENDING_DELETE = "pending-delete"
