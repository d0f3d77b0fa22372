"""CloudWatch's names for the metrics that the local DSQL counts.

Source: user guide, cloudwatch-monitoring (September 2026). The dimension is `ResourceId` in the
table of that page, and `ClusterId` on the billing page and in the console; this module selects one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsql_tui.local.control.state import ClusterRecord
from dsql_tui.local.metering.counters import ClusterMetric

NAMESPACE = "AWS/AuroraDSQL"
USAGE_NAMESPACE = "AWS/Usage"
CLUSTER_DIMENSION = "ClusterId"

UNITS: Mapping[ClusterMetric, str] = {
    ClusterMetric.TOTAL_TRANSACTIONS: "Count",
    ClusterMetric.READ_ONLY_TRANSACTIONS: "Count",
    ClusterMetric.OCC_CONFLICTS: "None",
    ClusterMetric.QUERY_TIMEOUTS: "Count",
    ClusterMetric.COMMIT_LATENCY: "Milliseconds",
    ClusterMetric.BYTES_READ: "Bytes",
    ClusterMetric.BYTES_WRITTEN: "Bytes",
    ClusterMetric.COMPUTE_TIME: "Milliseconds",
    ClusterMetric.STORAGE_SIZE: "Bytes",
}
"""Unit of each metric; all others have none."""

_USAGE = {
    ClusterMetric.CONNECTIONS: ("ResourceCount", "Resource"),
    ClusterMetric.CONNECTS: ("CallCount", "API"),
    ClusterMetric.ADMIN_CONNECTS: ("CallCount", "API"),
}


@dataclass(frozen=True, slots=True)
class PublishedMetric:
    """A metric of a cluster with its CloudWatch name.

    Attributes:
        namespace: `AWS/AuroraDSQL` or `AWS/Usage`.
        name: `MetricName`.
        dimensions: Names and values.
        cluster: Identifier of the cluster it is counted for.
        metric: The local DSQL's metric.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    cluster: str
    metric: ClusterMetric


def published(cluster: ClusterRecord, metric: ClusterMetric) -> PublishedMetric:
    """Return the CloudWatch names of a cluster's metric."""
    if metric not in _USAGE:
        dimensions = {CLUSTER_DIMENSION: cluster.identifier}
        return PublishedMetric(NAMESPACE, metric.value, dimensions, cluster.identifier, metric)
    name, kind = _USAGE[metric]
    dimensions = {
        "Service": "AuroraDSQL",
        "Type": kind,
        "Resource": metric.value,
        "ResourceId": f"cluster/{cluster.identifier}",
        "Class": "None",
    }
    return PublishedMetric(USAGE_NAMESPACE, name, dimensions, cluster.identifier, metric)
