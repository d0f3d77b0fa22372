"""Usage of the service's quotas that the control plane reports."""

from __future__ import annotations

from dsql_tui.aws.clusters import list_clusters
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.streams import list_streams
from dsql_tui.errors import AwsError
from dsql_tui.model.cluster import Cluster, RegionFailed
from dsql_tui.model.quota import QuotaUse
from dsql_tui.sql.dsql import limits


def region_quotas(session: AwsSession, region: str) -> tuple[QuotaUse, ...]:
    """Return how many clusters a Region has of each kind.

    Raises:
        AwsError: The Region could not be listed.
    """
    clusters: list[Cluster] = []
    for event in list_clusters(session, (region,)):
        if isinstance(event, RegionFailed):
            raise event.error
        if isinstance(event, Cluster):
            clusters.append(event)
    return count_clusters(clusters)


def count_clusters(clusters: list[Cluster]) -> tuple[QuotaUse, ...]:
    """Return the quotas of the Region to which all these clusters belong."""
    pairs = sum(cluster.is_multi_region for cluster in clusters)
    return (
        QuotaUse(
            "single-Region clusters", len(clusters) - pairs, limits.SINGLE_REGION_CLUSTERS, True
        ),
        QuotaUse("multi-Region clusters", pairs, limits.MULTI_REGION_CLUSTERS, True),
    )


def cluster_quotas(session: AwsSession, cluster: Cluster) -> tuple[QuotaUse, ...]:
    """Return a cluster's quotas that the control plane reports: its streams."""
    try:
        streams = len(list_streams(session, cluster))
    except AwsError:
        return (QuotaUse("streams", None, limits.STREAMS, False),)
    return (QuotaUse("streams", streams, limits.STREAMS, False),)
