"""Change streams; only their status is simulated, nothing is streamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from dsql_tui.local.control.dsql import refusals
from dsql_tui.local.control.dsql.lookup import find_cluster, living_streams
from dsql_tui.local.control.dsql.tags import check_tags
from dsql_tui.local.control.protocol.protocols import Params
from dsql_tui.local.control.protocol.service import Call, Operation, page
from dsql_tui.local.control.state import (
    AccountState,
    ClusterRecord,
    StoredStatus,
    StreamRecord,
    new_identifier,
)
from dsql_tui.sql.dsql.limits import STREAMS

PAGE_SIZE = 10
"""Streams per page when `maxResults` is not given (API reference, ListStreams)."""
SETTLES_IN = timedelta(seconds=0.5)
"""How long a stream is CREATING or DELETING; the service's own time is not published."""


class Streams:
    """The operations CreateStream, GetStream, DeleteStream and ListStreams."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self.operations: Mapping[str, Operation] = {
            "CreateStream": self._create,
            "GetStream": self._get,
            "DeleteStream": self._delete,
            "ListStreams": self._list,
        }

    def _create(self, call: Call, params: Params) -> Params:
        cluster = find_cluster(self._state, call, params["clusterIdentifier"])
        if cluster.status is not StoredStatus.ACTIVE:
            raise refusals.conflict(
                "cluster", cluster.identifier, f"The cluster is in status {cluster.status.value}."
            )
        if len(living_streams(self._state, cluster, call.now)) >= STREAMS:
            raise refusals.quota_exceeded("stream", cluster.identifier)
        _check_target(params["targetDefinition"], cluster)
        stream = StreamRecord(
            identifier=new_identifier(),
            cluster=cluster.identifier,
            region=cluster.region,
            status="CREATING",
            created_at=call.now,
            settles_at=call.now + SETTLES_IN,
            target=params["targetDefinition"],
            ordering=params["ordering"],
            format=params["format"],
            tags=check_tags(params.get("tags", {})),
        )
        self._state.save_stream(stream)
        return _description(stream)

    def _get(self, call: Call, params: Params) -> Params:
        stream = self._find(call, params)
        return {**_description(stream), "targetDefinition": stream.target, "tags": stream.tags}

    def _delete(self, call: Call, params: Params) -> Params:
        stream = self._find(call, params)
        if stream.status == "DELETING":
            raise refusals.conflict("stream", stream.identifier, "The stream is being deleted.")
        stream = replace(stream, status="DELETING", settles_at=call.now + SETTLES_IN)
        self._state.save_stream(stream)
        return _summary(stream)

    def _list(self, call: Call, params: Params) -> Params:
        cluster = find_cluster(self._state, call, params["clusterIdentifier"])
        chosen, token = page(
            living_streams(self._state, cluster, call.now),
            params,
            default=PAGE_SIZE,
            key=lambda one: (one.created_at, one.identifier),
        )
        return {"streams": [_summary(one) for one in chosen], "nextToken": token}

    def _find(self, call: Call, params: Params) -> StreamRecord:
        cluster = find_cluster(self._state, call, params["clusterIdentifier"])
        for stream in living_streams(self._state, cluster, call.now):
            if stream.identifier == params["streamIdentifier"]:
                return stream
        raise refusals.not_found("stream", params["streamIdentifier"])


def _check_target(target: Params, cluster: ClusterRecord) -> None:
    """Check that the Kinesis stream is of the cluster's account and Region (cdc-streams)."""
    place = target["kinesis"]["streamArn"].split(":")[3:5] if "kinesis" in target else []
    if place != cluster.arn.split(":")[3:5]:
        raise refusals.invalid_field(
            "targetDefinition.kinesis.streamArn",
            "The Kinesis stream must be in the cluster's own account and Region.",
        )


def _summary(stream: StreamRecord) -> Params:
    return {
        "clusterIdentifier": stream.cluster,
        "streamIdentifier": stream.identifier,
        "arn": stream.arn,
        "status": stream.status,
        "creationTime": stream.created_at,
    }


def _description(stream: StreamRecord) -> Params:
    return {**_summary(stream), "ordering": stream.ordering, "format": stream.format}
