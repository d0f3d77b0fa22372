"""Messages of the fleet's workers; each has the number of the listing it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from dsql_tui.console.fleet.rows import RegionOf
from dsql_tui.console.shared.fleet_services import Details, Extras
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import ListingEvent
from dsql_tui.model.lifecycle import LifecycleEvent
from dsql_tui.model.metrics import MetricsReport, Points

if TYPE_CHECKING:
    from dsql_tui.bench.consistency import ProbeResult
    from dsql_tui.bench.drill import DrillReport
    from dsql_tui.bench.run import Snapshot


@dataclass
class FleetBegun(Message):
    """Posted when a listing begins, with the Regions that are queried."""

    listing_id: int
    regions: tuple[str, ...]


@dataclass
class FleetAdvanced(Message):
    """Posted when Regions or clusters have responded; simultaneous responses share a message."""

    listing_id: int
    events: list[ListingEvent]


@dataclass
class FleetEnded(Message):
    """Posted at the end of a listing, with the `error` if no Region could be queried."""

    listing_id: int
    error: DsqlTuiError | None = None


@dataclass
class ExtrasArrived(Message):
    """Posted with details of a cluster that the listing does not contain."""

    listing_id: int
    identifier: str
    extras: Extras


@dataclass
class ActivityArrived(Message):
    """Posted with the transactions of a Region's clusters."""

    listing_id: int
    activity: Mapping[str, Points]


@dataclass
class RoundTripMeasured(Message):
    """Posted with the round-trip time to a Region in ms; `None` if it is unknown."""

    listing_id: int
    region_of: RegionOf
    round_trip_ms: float | None


@dataclass
class DetailsRead(Message):
    """Posted with the details of a cluster."""

    details: Details


@dataclass
class DetailsMissing(Message):
    """Posted when the details of a cluster cannot be read."""

    error: DsqlTuiError


@dataclass
class OperationAdvanced(Message):
    """Posted after a step of a change."""

    event: LifecycleEvent


@dataclass
class OperationEnded(Message):
    """Posted when a change has ended, with the `error` if it failed."""

    error: DsqlTuiError | None = None


@dataclass
class MetricsRead(Message):
    """Posted with metrics from CloudWatch."""

    report: MetricsReport


@dataclass
class MetricsMissing(Message):
    """Posted when CloudWatch could not be queried."""

    error: DsqlTuiError


@dataclass
class BenchAdvanced(Message):
    """Posted with the progress of a latency measurement."""

    snapshot: Snapshot

    def can_replace(self, message: Message) -> bool:
        """Whether this message replaces an older one that was not shown yet."""
        return isinstance(message, BenchAdvanced)


@dataclass
class ProbeAdvanced(Message):
    """Posted with results of a consistency probe in one direction."""

    finding: ProbeResult


@dataclass
class DrillAdvanced(Message):
    """Posted with the progress of a failover drill."""

    report: DrillReport


@dataclass
class MeasuringEnded(Message):
    """Posted when a measurement, probe or drill has ended, with the `error` if it failed."""

    error: DsqlTuiError | None = None
