"""What the fleet's workers post; an answer of an older listing is known by its number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

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
    """These Regions are being asked."""

    listing_id: int
    regions: tuple[str, ...]


@dataclass
class FleetAdvanced(Message):
    """Regions or clusters have answered; answers that came together are one message."""

    listing_id: int
    events: list[ListingEvent]


@dataclass
class FleetEnded(Message):
    """Every Region has answered, or none could be asked because of `error`."""

    listing_id: int
    error: DsqlTuiError | None = None


@dataclass
class ExtrasArrived(Message):
    """Details of a cluster that the listing does not contain."""

    listing_id: int
    identifier: str
    extras: Extras


@dataclass
class ActivityArrived(Message):
    """Transactions of a Region's clusters."""

    listing_id: int
    activity: Mapping[str, Points]


@dataclass
class DetailsRead(Message):
    """Everything about a cluster."""

    details: Details


@dataclass
class DetailsMissing(Message):
    """The details of a cluster cannot be read."""

    error: DsqlTuiError


@dataclass
class OperationAdvanced(Message):
    """A step of a change was taken."""

    event: LifecycleEvent


@dataclass
class OperationEnded(Message):
    """A change is done, or stopped because of `error`."""

    error: DsqlTuiError | None = None


@dataclass
class MetricsRead(Message):
    """What CloudWatch has."""

    report: MetricsReport


@dataclass
class MetricsMissing(Message):
    """CloudWatch could not be asked."""

    error: DsqlTuiError


@dataclass
class BenchAdvanced(Message):
    """Progress of a bench."""

    snapshot: Snapshot

    def can_replace(self, message: Message) -> bool:
        """Whether an older one is not worth showing any more."""
        return isinstance(message, BenchAdvanced)


@dataclass
class ProbeAdvanced(Message):
    """Results of a probe in one direction."""

    finding: ProbeResult


@dataclass
class DrillAdvanced(Message):
    """Progress of a drill."""

    report: DrillReport


@dataclass
class MeasuringEnded(Message):
    """A bench, a probe or a drill is over and cleaned up, or stopped because of `error`."""

    error: DsqlTuiError | None = None
