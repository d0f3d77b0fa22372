"""The Regions that offer Aurora DSQL, as dated data: botocore does not list them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

AS_OF = "2026-09"
"""Edition of the user guide (what-is-aurora-dsql) this table was taken from."""


class RegionSet(StrEnum):
    """Peers and witness of a multi-Region cluster: three distinct Regions of one set."""

    NORTH_AMERICA = "North America"
    EUROPE = "Europe"
    ASIA_PACIFIC = "Asia Pacific"
    SINGLE_ONLY = "single-Region only"


_MEMBERS = {
    RegionSet.NORTH_AMERICA: "us-east-1 us-east-2 us-west-2 ca-central-1 ca-west-1",
    RegionSet.EUROPE: "eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-south-2 eu-north-1",
    RegionSet.ASIA_PACIFIC: (
        "ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1"
    ),
    RegionSet.SINGLE_ONLY: "sa-east-1 ap-east-1 ap-southeast-2 ap-southeast-4",
}

REGIONS: Mapping[str, RegionSet] = MappingProxyType(
    {region: members for members, names in _MEMBERS.items() for region in names.split()}
)
"""Region → the set it peers within."""
