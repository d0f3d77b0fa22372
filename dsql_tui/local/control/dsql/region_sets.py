"""The Regions that have Aurora DSQL, and the sets that can be peered.

Source: user guide, "What is Aurora DSQL", state of September 2026. The sets grew during 2026.
"""

from __future__ import annotations

PEERING_SETS: tuple[frozenset[str], ...] = (
    frozenset({"us-east-1", "us-east-2", "us-west-2", "ca-central-1", "ca-west-1"}),
    frozenset({"eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-south-2", "eu-north-1"}),
    frozenset(
        {"ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1"}
    ),
)
"""Both peers and their witness come from one set."""

SINGLE_REGION_ONLY = frozenset({"sa-east-1", "ap-east-1", "ap-southeast-2", "ap-southeast-4"})
"""Regions with DSQL that cannot be peered."""

REGIONS = SINGLE_REGION_ONLY.union(*PEERING_SETS)
"""Every Region with DSQL."""


def may_be_peered(*regions: str) -> bool:
    """Whether these Regions of peers and witness can form a cluster: distinct, in one set."""
    chosen = frozenset(regions)
    return len(chosen) == len(regions) and any(chosen <= one for one in PEERING_SETS)
