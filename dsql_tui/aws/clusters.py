"""Clusters of many Regions, listed concurrently.

ListClusters gives identifiers only, so each cluster costs a GetCluster; a few of both calls run at
once, and results are yielded as they arrive. A Region or cluster whose call fails is also reported
as an event.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dsql_tui.aws.at_once import answers
from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.errors import AwsError, ClusterNotFound
from dsql_tui.model.cluster import (
    Cluster,
    ClusterFailed,
    ClusterListed,
    ClusterStatus,
    ListingEvent,
    RegionFailed,
    RegionListed,
)

_PRECISE = re.compile(
    r"(?P<id>[a-z0-9]{26})(@|\.dsql[^.]*\.)(?P<region>[a-z]{2}(-[a-z]+)+-\d+)(\.on\.aws)?"
    r"|arn:[^:]+:dsql:(?P<arn_region>[^:]+):\d{12}:cluster/(?P<arn_id>[a-z0-9]{26})"
)
"""What names a cluster with its Region: `id@region`, a host, an ARN; one call finds it."""


def prepare(session: AwsSession, regions: Sequence[str]) -> None:
    """Create the clients for a listing, without making any call.

    Raises:
        AwsError: boto3 cannot make one.
        ConfigError: The profile does not exist.
    """
    for region in regions:
        with translated(region):
            session.client("dsql", region)


def list_clusters(session: AwsSession, regions: Sequence[str]) -> Iterator[ListingEvent]:
    """Yield clusters, the end of each Region and failures, as responses arrive.

    Closing the iterator early starts no further call.
    """
    waiting: deque[Callable[[], list[ListingEvent]]] = deque(
        partial(_list_region, session, region) for region in regions
    )
    for events in answers(waiting):
        for event in events:
            yield event
            if isinstance(event, ClusterListed):
                waiting.append(partial(_describe, session, event))


def get_cluster(session: AwsSession, region: str, identifier: str) -> Cluster:
    """Return one cluster's details.

    Raises:
        AwsError: The call failed; `ClusterNotFound` when there is no such cluster.
    """
    try:
        with translated(region):
            answer = session.client("dsql", region).get_cluster(identifier=identifier)
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            raise ClusterNotFound(f"There is no cluster {identifier} in {region}.") from None
        raise
    return cluster_of(answer, region)


def find_cluster(session: AwsSession, regions: Sequence[str], text: str) -> Cluster:
    """Return the cluster with a name, identifier, ARN or host; `name@region` selects an endpoint.

    A host whose first label is a cluster's identifier means that cluster under that name, which is
    how clusters are addressed through PrivateLink (user guide, privatelink-managing-clusters).
    Several endpoints of one name are taken in the order of `regions`.

    Raises:
        ClusterNotFound: None matches; the message names the existing clusters.
        AwsError: No Region could be listed.
    """
    if match := _PRECISE.fullmatch(text):
        identifier, region = match["id"] or match["arn_id"], match["region"] or match["arn_region"]
        cluster = get_cluster(session, region, identifier)
        return _named(cluster, text) or cluster
    wanted, _, wanted_region = text.partition("@")
    candidates: list[Cluster] = []
    errors: list[AwsError] = []
    unread: list[str] = []
    for event in list_clusters(session, (wanted_region,) if wanted_region else regions):
        if isinstance(event, Cluster):
            candidates.append(event)
        elif isinstance(event, RegionFailed | ClusterFailed):
            errors.append(event.error)
            unread.append(event.region)
    matches = [named for cluster in candidates if (named := _named(cluster, wanted))]
    if matches:
        return min(matches, key=lambda cluster: _rank(cluster.region, regions))
    if errors and not candidates:
        raise errors[0]
    names = ", ".join(sorted({f"{cluster.name}@{cluster.region}" for cluster in candidates}))
    read = [region for region in regions if region not in unread]
    incomplete = f" {', '.join(unread)} could not be read: {errors[0].message}" if errors else ""
    raise ClusterNotFound(
        f"There is no cluster {text!r} in {', '.join(read)}.{incomplete}",
        remedy=f"Clusters found: {names}." if names else "No clusters were found.",
    )


def _named(cluster: Cluster, wanted: str) -> Cluster | None:
    """Return the cluster if `wanted` names it, with the host that was given."""
    if wanted in {cluster.name, cluster.identifier, cluster.arn, cluster.endpoint_host}:
        return cluster
    if wanted.startswith(f"{cluster.identifier}."):
        return replace(cluster, endpoint_host=wanted)
    return None


def _rank(region: str, regions: Sequence[str]) -> int:
    return regions.index(region) if region in regions else len(regions)


def _list_region(session: AwsSession, region: str) -> list[ListingEvent]:
    listed: list[ListingEvent] = []
    try:
        with translated(region):
            pages = session.client("dsql", region).get_paginator("list_clusters").paginate()
            listed.extend(
                ClusterListed(item["identifier"], item["arn"], region)
                for page in pages
                for item in page["clusters"]
            )
    except AwsError as error:
        return [*listed, RegionFailed(region, error)]
    return [*listed, RegionListed(region, len(listed))]


def _describe(session: AwsSession, listed: ClusterListed) -> list[ListingEvent]:
    try:
        return [get_cluster(session, listed.region, listed.identifier)]
    except AwsError as error:
        return [ClusterFailed(listed.identifier, listed.region, error)]


def cluster_of(answer: Mapping[str, Any], region: str) -> Cluster:
    """Return the cluster from a response of CreateCluster or GetCluster."""
    multi_region = answer.get("multiRegionProperties") or {}
    encryption = answer.get("encryptionDetails") or {}
    arn: str = answer["arn"]
    return Cluster(
        identifier=answer["identifier"],
        arn=arn,
        region=region,
        status=ClusterStatus(answer["status"]),
        endpoint_host=answer.get("endpoint", ""),
        created_at=answer["creationTime"],
        deletion_protection=answer["deletionProtectionEnabled"],
        tags=answer.get("tags") or {},
        peer_arns=tuple(peer for peer in multi_region.get("clusters", ()) if peer != arn),
        witness_region=multi_region.get("witnessRegion", ""),
        encryption_type=encryption.get("encryptionType", ""),
        encryption_status=encryption.get("encryptionStatus", ""),
        kms_key_arn=encryption.get("kmsKeyArn", ""),
        metric_groups=tuple(group["metricGroup"] for group in answer.get("metricGroups", ())),
    )
