"""Selectors of clusters, by which settings name the clusters they apply to.

tag:env=prod         a tag; upper and lower case are the same, `*` is a wildcard in the value
env=prod             the same
region:eu-west-1     a Region
shop, shop-*         a name or an identifier; `*`, `?` and `[…]` are wildcards
arn:aws:dsql:…       an ARN, of the cluster or of one of its peers; wildcards too
"""

from __future__ import annotations

from enum import IntEnum
from fnmatch import fnmatchcase

from dsql_tui.model.cluster import Cluster

TAG = "tag:"
REGION = "region:"


class Rank(IntEnum):
    """The specificity of a match; the highest rank takes precedence."""

    NONE = 0
    REGION = 1
    TAG = 2
    PATTERN = 3
    NAME = 4
    PEER_ARN = 5
    ARN = 6


def selector_problem(selector: str) -> str:
    """Return the problem with a selector, or an empty string."""
    if not selector.strip():
        return "is empty"
    if selector.startswith(REGION):
        return "" if selector.removeprefix(REGION) else "names no Region"
    tag, equals, _ = selector.removeprefix(TAG).partition("=")
    if selector.startswith(TAG) and not equals:
        return "has no =VALUE after the tag"
    return "names no tag" if equals and not tag.strip() else ""


def rank_of(cluster: Cluster, selector: str) -> Rank:
    """Return how specifically a selector matches a cluster; `Rank.NONE` if it does not."""
    if selector == cluster.arn:
        return Rank.ARN
    if selector in cluster.peer_arns:
        return Rank.PEER_ARN
    names = (cluster.name, cluster.identifier)
    if selector in names:
        return Rank.NAME
    if selector.startswith(REGION):
        region = selector.removeprefix(REGION)
        return Rank.REGION if fnmatchcase(cluster.region, region) else Rank.NONE
    tag, equals, value = selector.removeprefix(TAG).partition("=")
    if equals:
        return Rank.TAG if _has_tag(cluster, tag.lower(), value.lower()) else Rank.NONE
    candidates = (*names, cluster.arn, *cluster.peer_arns)
    return Rank.PATTERN if any(fnmatchcase(each, selector) for each in candidates) else Rank.NONE


def _has_tag(cluster: Cluster, tag: str, value: str) -> bool:
    return any(
        name.lower() == tag and fnmatchcase(each.lower(), value)
        for name, each in cluster.tags.items()
    )
