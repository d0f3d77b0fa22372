"""dsql: tags of clusters and of streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dsql_tui.local.control import refusals
from dsql_tui.local.control.protocols import Params
from dsql_tui.local.control.service import Call, Operation
from dsql_tui.local.state import ClusterRecord, State, StreamRecord

TAGS_MAX = 200
"""Tags per resource (`TagMap` of the API model)."""

Tags = Mapping[str, str]


class TagOperations:
    """TagResource, UntagResource and ListTagsForResource."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.operations: Mapping[str, Operation] = {
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._list,
        }

    def _tag(self, call: Call, params: Params) -> Params:
        reserved = [key for key in params["tags"] if key.lower().startswith("aws:")]
        if reserved:
            raise refusals.invalid_field("tags", f"The tag key {reserved[0]} is reserved by AWS.")
        self._change(call, params["resourceArn"], lambda old: {**old, **params["tags"]})
        return {}

    def _untag(self, call: Call, params: Params) -> Params:
        gone = set(params["tagKeys"])
        self._change(
            call,
            params["resourceArn"],
            lambda old: {key: value for key, value in old.items() if key not in gone},
        )
        return {}

    def _list(self, call: Call, params: Params) -> Params:
        return {"tags": self._find(call, params["resourceArn"]).tags}

    def _change(self, call: Call, arn: str, change: Callable[[Tags], Tags]) -> None:
        resource = self._find(call, arn)
        tags = change(resource.tags)
        if len(tags) > TAGS_MAX:
            raise refusals.quota_exceeded("tag", arn)
        if isinstance(resource, ClusterRecord):
            self._state.save(replace(resource, tags=tags))
        else:
            self._state.save_stream(replace(resource, tags=tags))

    def _find(self, call: Call, arn: str) -> ClusterRecord | StreamRecord:
        for cluster in self._state.clusters(call.region):
            if cluster.arn == arn:
                return cluster
            if arn.startswith(cluster.arn):
                for stream in self._state.streams(cluster.identifier):
                    if stream.arn == arn:
                        return stream
        raise refusals.not_found("resource", arn)
