"""The rows of the board, computed from the listed clusters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dsql_tui.console.shared.cluster_board import Board
from dsql_tui.console.shared.fleet_services import Extras
from dsql_tui.model.cluster import Cluster, ClusterFailed, ClusterListed, ClusterStatus
from dsql_tui.model.metrics import Points

RegionOf = tuple[str, str]
"""A profile other than the fleet's own, or empty, and a Region that it lists."""


class Sort(StrEnum):
    """The sort order of the board; `s` selects the next."""

    NAME = "name"
    STATUS = "status"
    REGION = "Region"
    AGE = "age"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class FleetRow:
    """A cluster: a single-Region one, or both peers of a multi-Region one.

    Attributes:
        sides: Its endpoints, by Region; empty until its details are read.
        waiting: A cluster that was listed and not yet described.
        failed: A cluster that could not be described.
    """

    sides: tuple[Cluster, ...] = ()
    waiting: ClusterListed | None = None
    failed: ClusterFailed | None = None

    @property
    def key(self) -> str:
        """The identity of the row while the listing continues."""
        if self.sides:
            return min(side.arn for side in self.sides)
        other = self.waiting or self.failed
        return "" if other is None else f"{other.region}/{other.identifier}"

    @property
    def first(self) -> Cluster | None:
        """The cluster of the pair that represents the row."""
        return self.sides[0] if self.sides else None

    @property
    def name(self) -> str:
        """The name that is shown."""
        if self.sides:
            return self.sides[0].name
        other = self.waiting or self.failed
        return other.identifier if other else ""

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions of its endpoints, including that of a peer that was not listed."""
        if not self.sides:
            other = self.waiting or self.failed
            return (other.region,) if other else ()
        named = [side.region for side in self.sides]
        named += [peer for side in self.sides for peer in side.peer_regions]
        return tuple(dict.fromkeys(named))

    @property
    def statuses(self) -> tuple[ClusterStatus, ...]:
        """The different statuses of its clusters."""
        return tuple(dict.fromkeys(side.status for side in self.sides))

    @property
    def created_at(self) -> datetime | None:
        """When its first cluster was created."""
        return min((side.created_at for side in self.sides), default=None)

    @property
    def is_unfinished(self) -> bool:
        """Whether it is an interrupted multi-Region setup that can be finished."""
        return ClusterStatus.PENDING_SETUP in self.statuses

    def matches(self, text: str) -> bool:
        """Whether a name, identifier, Region, status or tag contains a text."""
        words = [self.name, *self.regions, *self.statuses]
        words += [side.identifier for side in self.sides]
        words += [f"{key}={value}" for side in self.sides for key, value in side.tags.items()]
        return text.lower() in " ".join(words).lower()


@dataclass(frozen=True, slots=True)
class BoardArrangement:
    """How the board is filtered, sorted and grouped.

    Attributes:
        text: The text that rows must contain.
        sort: Their sort order.
        group_by: The tag they are grouped by; empty for none.
        favourites: Keys of rows that come first.
    """

    text: str = ""
    sort: Sort = Sort.NAME
    group_by: str = ""
    favourites: Collection[str] = ()


@dataclass(slots=True)
class Beside:
    """Data from outside the listing by cluster identifier; round-trip times by Region, in ms."""

    extras: dict[str, Extras] = field(default_factory=dict)
    activity: dict[str, Points] = field(default_factory=dict)
    profiles: dict[str, str] = field(default_factory=dict)
    round_trips: dict[RegionOf, float | None] = field(default_factory=dict)

    def round_trips_of(self, row: FleetRow) -> list[float | None]:
        """Return the round-trip times to a row's endpoints in ms; those not measured are absent."""
        regions = [(self.profiles.get(side.identifier, ""), side.region) for side in row.sides]
        return [self.round_trips[each] for each in regions if each in self.round_trips]


def rows_of(board: Board) -> list[FleetRow]:
    """Return a row for each cluster, with both peers of a pair in one row."""
    clusters = board.clusters
    by_arn = {cluster.arn: cluster for cluster in clusters}
    naming: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        for arn in cluster.peer_arns:
            naming.setdefault(arn, []).append(cluster)
    rows: list[FleetRow] = []
    taken: set[str] = set()
    for cluster in clusters:
        if cluster.arn in taken:
            continue
        sides = [cluster, *(by_arn[arn] for arn in cluster.peer_arns if arn in by_arn)]
        sides += [each for each in naming.get(cluster.arn, ()) if each not in sides]
        taken.update(side.arn for side in sides)
        rows.append(FleetRow(tuple(sorted(sides, key=lambda side: side.region))))
    return rows + list(_others(board))


def _others(board: Board) -> Iterator[FleetRow]:
    for region in board.regions.values():
        for row in region.clusters.values():
            if isinstance(row, ClusterListed):
                yield FleetRow(waiting=row)
            elif isinstance(row, ClusterFailed):
                yield FleetRow(failed=row)


def arranged(
    rows: Sequence[FleetRow], arrangement: BoardArrangement, beside: Beside
) -> list[tuple[str, list[FleetRow]]]:
    """Return groups and their rows; without grouping, one group with no name."""
    shown = [row for row in rows if not arrangement.text or row.matches(arrangement.text)]
    shown.sort(key=lambda row: (row.name.lower(), row.key))
    match arrangement.sort:
        case Sort.STATUS:
            shown.sort(key=lambda row: " ".join(row.statuses))
        case Sort.REGION:
            shown.sort(key=lambda row: row.regions)
        case Sort.AGE:
            shown.sort(key=lambda row: -(row.created_at.timestamp() if row.created_at else 0))
        case Sort.ACTIVITY:
            shown.sort(key=lambda row: -activity_of(row, beside))
    shown.sort(key=lambda row: row.key not in arrangement.favourites)
    if not arrangement.group_by:
        return [("", shown)]
    groups: dict[str, list[FleetRow]] = {}
    for row in shown:
        value = row.first.tags.get(arrangement.group_by, "") if row.first else ""
        groups.setdefault(value, []).append(row)
    return sorted(groups.items(), key=lambda group: (not group[0], group[0]))


def activity_of(row: FleetRow, beside: Beside) -> float:
    """Return the transactions of all its clusters, as far as they are known."""
    return sum(value for side in row.sides for _, value in beside.activity.get(side.identifier, ()))


def activity_cells(
    row: FleetRow, beside: Mapping[str, Points], start: datetime, end: datetime, width: int
) -> list[float | None]:
    """Return its transactions in equal intervals; `None` where they are unknown."""
    cells: list[float | None] = [None] * width
    for side in row.sides:
        for moment, value in beside.get(side.identifier, ()):
            place = int((moment - start) / (end - start) * width)
            if 0 <= place < width:
                cells[place] = (cells[place] or 0.0) + value
    return cells


def tag_keys(rows: Sequence[FleetRow]) -> list[str]:
    """Return the tags that rows can be grouped by: all except `Name`."""
    keys = {key for row in rows for side in row.sides for key in side.tags}
    return sorted(keys - {"Name"})
