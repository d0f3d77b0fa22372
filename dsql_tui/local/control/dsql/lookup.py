"""Finds the resources of an operation, or raises the service's not-found errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from dsql_tui.local.control.dsql import refusals
from dsql_tui.local.control.protocol.service import Call
from dsql_tui.local.control.state import AccountState, ClusterRecord, StreamRecord

Resource = ClusterRecord | StreamRecord
"""A resource with an ARN and tags."""


def find_cluster(state: AccountState, call: Call, identifier: str) -> ClusterRecord:
    """Return a cluster in the call's Region.

    Raises:
        ApiError: There is no cluster with that identifier.
    """
    record = state.cluster(identifier)
    if record is None or record.region != call.region:
        raise refusals.not_found("cluster", identifier)
    return record


def living_streams(
    state: AccountState, cluster: ClusterRecord, now: datetime
) -> list[StreamRecord]:
    """Return a cluster's streams, after removing those whose deletion is complete."""
    living = []
    for stream in state.streams(cluster.identifier):
        if stream.settles_at is None or now < stream.settles_at:
            living.append(stream)
        elif stream.status == "DELETING":
            state.remove_stream(stream.identifier)
        else:
            living.append(replace(stream, status="ACTIVE", settles_at=None))
    return living


def resources(state: AccountState, call: Call) -> Iterator[Resource]:
    """Yield the clusters and streams in the call's Region."""
    for cluster in state.clusters(call.region):
        yield cluster
        yield from living_streams(state, cluster, call.now)


def find_resource(state: AccountState, call: Call, arn: str) -> Resource:
    """Return the cluster or stream with an ARN, in the call's Region.

    Raises:
        ApiError: There is no such resource.
    """
    for resource in resources(state, call):
        if resource.arn == arn:
            return resource
    raise refusals.not_found("resource", arn)
