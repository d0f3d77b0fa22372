"""The Resource Groups Tagging API: finds clusters and streams by tags, and tags several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from dsql_tui.local.control.dsql.lookup import Resource, resources
from dsql_tui.local.control.dsql.tags import add_tags, remove_tags
from dsql_tui.local.control.protocol.protocols import ApiError, Params
from dsql_tui.local.control.protocol.service import Call, Service, sum_up
from dsql_tui.local.control.state import AccountState, ClusterRecord

RESOURCES_PER_PAGE = 100
"""Default and maximum number of resources per page (API reference, GetResources)."""
NAMES_PER_PAGE = 100
"""Keys or values per page of GetTagKeys and GetTagValues."""

Item = TypeVar("Item")


def tagging_service(state: AccountState) -> Service:
    """Return the Resource Groups Tagging API over the clusters and streams of a state."""
    return Service(
        name="resourcegroupstaggingapi",
        signing_name="tagging",
        operations={
            "GetResources": partial(_get_resources, state),
            "TagResources": partial(_tag_resources, state),
            "UntagResources": partial(_untag_resources, state),
            "GetTagKeys": partial(_get_tag_keys, state),
            "GetTagValues": partial(_get_tag_values, state),
        },
        invalid=lambda violations: _invalid(sum_up(violations)),
        malformed=partial(ApiError, "SerializationException"),
    )


def _get_resources(state: AccountState, call: Call, params: Params) -> Params:
    tagged = [one for one in resources(state, call) if one.tags and _is_wanted(one, params)]
    chosen, token = _page(tagged, params, params.get("ResourcesPerPage", RESOURCES_PER_PAGE))
    mappings = [
        {
            "ResourceARN": one.arn,
            "Tags": [{"Key": key, "Value": value} for key, value in one.tags.items()],
        }
        for one in chosen
    ]
    return {"ResourceTagMappingList": mappings, "PaginationToken": token}


def _is_wanted(resource: Resource, params: Params) -> bool:
    kinds = params.get("ResourceTypeFilters")
    kind = "dsql:cluster" if isinstance(resource, ClusterRecord) else "dsql:stream"
    return (
        (not kinds or kind in kinds or "dsql" in kinds)
        and resource.arn in params.get("ResourceARNList", [resource.arn])
        and all(_has_tag(resource, one) for one in params.get("TagFilters", ()))
    )


def _has_tag(resource: Resource, tag_filter: Params) -> bool:
    """Whether a resource has the tag of a filter; a filter without values matches any value."""
    value = resource.tags.get(tag_filter.get("Key", ""))
    return value is not None and (not tag_filter.get("Values") or value in tag_filter["Values"])


def _tag_resources(state: AccountState, call: Call, params: Params) -> Params:
    return _each(params, lambda arn: add_tags(state, call, arn, params["Tags"]))


def _untag_resources(state: AccountState, call: Call, params: Params) -> Params:
    return _each(params, lambda arn: remove_tags(state, call, arn, params["TagKeys"]))


def _each(params: Params, change: Callable[[str], None]) -> Params:
    """Change each resource; return those that failed, which does not affect the others."""
    failed = {}
    for arn in params["ResourceARNList"]:
        try:
            change(arn)
        except ApiError as error:
            failed[arn] = {
                "StatusCode": 400,
                "ErrorCode": "InvalidParameterException",
                "ErrorMessage": error.message,
            }
    return {"FailedResourcesMap": failed}


def _get_tag_keys(state: AccountState, call: Call, params: Params) -> Params:
    keys = {key for one in resources(state, call) for key in one.tags}
    chosen, token = _page(sorted(keys), params, NAMES_PER_PAGE)
    return {"TagKeys": chosen, "PaginationToken": token}


def _get_tag_values(state: AccountState, call: Call, params: Params) -> Params:
    values = {
        one.tags[params["Key"]] for one in resources(state, call) if params["Key"] in one.tags
    }
    chosen, token = _page(sorted(values), params, NAMES_PER_PAGE)
    return {"TagValues": chosen, "PaginationToken": token}


def _page(items: Iterable[Item], params: Params, size: int) -> tuple[list[Item], str]:
    """Return one page and the token of the next page, which is empty on the last, as in AWS."""
    token = params.get("PaginationToken") or "0"
    if not (token.isascii() and token.isdigit() and len(token) < 10):
        raise ApiError("PaginationTokenExpiredException", "The pagination token is not valid.")
    if not 1 <= size <= RESOURCES_PER_PAGE:
        raise _invalid(f"ResourcesPerPage must be between 1 and {RESOURCES_PER_PAGE}.")
    all_items, start = list(items), int(token)
    end = start + size
    return all_items[start:end], str(end) if end < len(all_items) else ""


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)
