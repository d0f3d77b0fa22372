"""The clusters of all Regions during a listing, built from its events."""

from __future__ import annotations

from dataclasses import dataclass, field

from dsql_tui.errors import AwsError, CredentialsExpired, CredentialsMissing
from dsql_tui.model.cluster import (
    Cluster,
    ClusterFailed,
    ClusterListed,
    ListingEvent,
    RegionFailed,
    RegionListed,
)

REGIONS_NAMED = 2
"""Regions with the same failure that are all named."""
ClusterRow = Cluster | ClusterListed | ClusterFailed
"""A cluster that is known, awaited, or could not be described."""


@dataclass(slots=True)
class RegionRows:
    """One Region's part of the board.

    Attributes:
        region: Its name.
        answered: Whether its listing has ended, well or not.
        error: Why it could not be listed.
        clusters: By identifier, in the order they were listed.
    """

    region: str
    answered: bool = False
    error: AwsError | None = None
    clusters: dict[str, ClusterRow] = field(default_factory=dict)

    def matching(self, text: str) -> list[ClusterRow]:
        """Return the rows whose name, identifier or status contains `text`, sorted by name."""
        rows = (row for row in self.clusters.values() if text.lower() in _searched(row))
        return sorted(rows, key=lambda row: (name_of(row).lower(), row.identifier))


class Board:
    """All Regions of one listing, in the order they were queried."""

    def __init__(self, regions: tuple[str, ...] = ()) -> None:
        self.regions = {region: RegionRows(region) for region in regions}

    def apply(self, event: ListingEvent) -> RegionRows:
        """Apply one event and return the Region it belongs to."""
        rows = self.regions.setdefault(event.region, RegionRows(event.region))
        match event:
            case RegionListed():
                rows.answered = True
            case RegionFailed():
                rows.answered, rows.error = True, event.error
            case _:
                rows.clusters[event.identifier] = event
        return rows

    @property
    def clusters(self) -> list[Cluster]:
        """The clusters whose details have been read."""
        return [
            row
            for rows in self.regions.values()
            for row in rows.clusters.values()
            if isinstance(row, Cluster)
        ]

    @property
    def credentials_error(self) -> AwsError | None:
        """The error, if every Region failed because there are no usable credentials."""
        return self.sign_in_error if not self.pending else None

    @property
    def sign_in_error(self) -> AwsError | None:
        """The error, if every Region that has responded failed for lack of usable credentials."""
        errors = [rows.error for rows in self.regions.values() if rows.answered]
        unusable = all(isinstance(each, CredentialsMissing | CredentialsExpired) for each in errors)
        return errors[0] if errors and unusable else None

    def failures(self) -> list[tuple[str, AwsError]]:
        """Return each distinct failure once, after the Regions that it concerns, as text."""
        concerned: dict[str, tuple[list[str], AwsError]] = {}
        for rows in self.regions.values():
            if rows.error is not None:
                known = concerned.setdefault(rows.error.message, ([], rows.error))
                known[0].append(rows.region)
        return [
            (_regions(regions, len(self.regions)), error) for regions, error in concerned.values()
        ]

    @property
    def pending(self) -> int:
        """The number of Regions that have not responded."""
        return sum(not rows.answered for rows in self.regions.values())


def _regions(regions: list[str], region_count: int) -> str:
    """Return Regions as text: `us-east-1, us-east-2`, `us-east-1 and 4 more`, `all 20 Regions`."""
    if len(regions) == region_count > 1:
        return f"all {region_count} Regions"
    if len(regions) > REGIONS_NAMED:
        return f"{regions[0]} and {len(regions) - 1} more"
    return ", ".join(regions)


def name_of(row: ClusterRow) -> str:
    """Return the cluster's name; its identifier until the name is known."""
    return row.name if isinstance(row, Cluster) else row.identifier


def _searched(row: ClusterRow) -> str:
    status = row.status if isinstance(row, Cluster) else ""
    return f"{name_of(row)} {row.identifier} {row.region} {status}".lower()
