"""Tags of clusters and streams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dsql_tui.local.control.dsql import refusals
from dsql_tui.local.control.dsql.lookup import find_resource
from dsql_tui.local.control.protocol.protocols import Params
from dsql_tui.local.control.protocol.service import Call, Operation
from dsql_tui.local.control.state import AccountState, ClusterRecord
from dsql_tui.sql.dsql.limits import TAGS


class TagOperations:
    """The operations TagResource, UntagResource and ListTagsForResource."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self.operations: Mapping[str, Operation] = {
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._list,
        }

    def _tag(self, call: Call, params: Params) -> Params:
        add_tags(self._state, call, params["resourceArn"], params["tags"])
        return {}

    def _untag(self, call: Call, params: Params) -> Params:
        remove_tags(self._state, call, params["resourceArn"], params["tagKeys"])
        return {}

    def _list(self, call: Call, params: Params) -> Params:
        return {"tags": find_resource(self._state, call, params["resourceArn"]).tags}


def check_tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Return the given tags if users may set them.

    Raises:
        ApiError: A key is reserved.
    """
    reserved = [key for key in tags if key.lower().startswith("aws:")]
    if reserved:
        raise refusals.invalid_field("tags", f"The tag key {reserved[0]} is reserved by AWS.")
    return tags


def add_tags(state: AccountState, call: Call, arn: str, tags: Mapping[str, str]) -> None:
    """Add or change tags of a resource.

    Raises:
        ApiError: There is no such resource, it would have too many, or a key is reserved.
    """
    check_tags(tags)
    together = {**find_resource(state, call, arn).tags, **tags}
    if len(together) > TAGS:
        raise refusals.quota_exceeded("tag", arn)
    _replace_tags(state, call, arn, together)


def remove_tags(state: AccountState, call: Call, arn: str, keys: Iterable[str]) -> None:
    """Remove tags of a resource; missing keys are ignored.

    Raises:
        ApiError: There is no such resource.
    """
    removed = set(keys)
    tags = find_resource(state, call, arn).tags
    remaining = {key: value for key, value in tags.items() if key not in removed}
    _replace_tags(state, call, arn, remaining)


def _replace_tags(state: AccountState, call: Call, arn: str, tags: Mapping[str, str]) -> None:
    resource = find_resource(state, call, arn)
    if isinstance(resource, ClusterRecord):
        # Save only the tags, because the cluster's status may have changed meanwhile.
        state.update(resource.identifier, lambda old: replace(old, tags=tags))
    else:
        state.save_stream(replace(resource, tags=tags))
