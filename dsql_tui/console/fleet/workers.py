"""Functions that the fleet's screens run in worker threads."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import groupby
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet.rows import RegionOf
from dsql_tui.console.shared.fleet_services import Details, Fleet
from dsql_tui.errors import AwsError, ConfigError, DsqlTuiError
from dsql_tui.model.cluster import Cluster, ClusterStatus, ListingEvent
from dsql_tui.model.lifecycle import LifecycleEvent
from dsql_tui.model.metrics import MetricRange

if TYPE_CHECKING:
    from dsql_tui.bench.run import BenchPlan

Post = Callable[[Message], object]
Answer = TypeVar("Answer")
TOGETHER_S = 0.05
"""Responses within this time are posted as one message; the first is posted immediately."""


def list_fleet(fleet: Fleet, listing_id: int, measured: Collection[RegionOf], post: Post) -> None:
    """Post the responses of a listing, its end, then the details that it does not contain.

    The round-trip times of the Regions in `measured` are not measured again.
    """
    clusters: list[Cluster] = []
    try:
        post(m.FleetBegun(listing_id, fleet.regions()))
        gathered: list[ListingEvent] = []
        due = 0.0
        for event in fleet.list_clusters():
            gathered.append(event)
            if isinstance(event, Cluster):
                clusters.append(event)
            if time.monotonic() >= due:
                post(m.FleetAdvanced(listing_id, gathered))
                gathered, due = [], time.monotonic() + TOGETHER_S
        if gathered:
            post(m.FleetAdvanced(listing_id, gathered))
    except (AwsError, ConfigError) as error:
        post(m.FleetEnded(listing_id, error))
        return
    post(m.FleetEnded(listing_id))
    _measure_round_trips(fleet, clusters, listing_id, measured, post)
    _read_activity(fleet, clusters, listing_id, post)
    _read_extras(fleet, clusters, listing_id, post)


def _measure_round_trips(
    fleet: Fleet,
    clusters: Sequence[Cluster],
    listing_id: int,
    measured: Collection[RegionOf],
    post: Post,
) -> None:
    """Post the round-trip time of each Region, measured to one of its clusters."""
    from dsql_tui.aws.at_once import answers

    def measure(region_of: RegionOf, cluster: Cluster) -> m.RoundTripMeasured:
        return m.RoundTripMeasured(listing_id, region_of, fleet.round_trip_ms(cluster))

    by_region = {
        (fleet.profile_of(cluster), cluster.region): cluster
        for cluster in clusters
        if cluster.status.connectable
    }
    for arrived in answers(
        deque(partial(measure, *each) for each in by_region.items() if each[0] not in measured)
    ):
        post(arrived)


def _read_activity(fleet: Fleet, clusters: Sequence[Cluster], listing_id: int, post: Post) -> None:
    def place(cluster: Cluster) -> tuple[str, str]:
        return fleet.profile_of(cluster), cluster.region

    for (_, region), here in groupby(sorted(clusters, key=place), key=place):
        try:
            post(m.ActivityArrived(listing_id, fleet.activity(region, list(here))))
        except AwsError:
            # The board is as good without sparklines; the metrics screen says why there are none.
            continue


def _read_extras(fleet: Fleet, clusters: Sequence[Cluster], listing_id: int, post: Post) -> None:
    from dsql_tui.aws.at_once import answers

    def read(cluster: Cluster) -> m.ExtrasArrived:
        return m.ExtrasArrived(listing_id, cluster.identifier, fleet.extras(cluster))

    for arrived in answers(deque(partial(read, cluster) for cluster in clusters)):
        post(arrived)


def read_details(fleet: Fleet, cluster: Cluster, post: Post) -> None:
    """Post the details of a cluster, or why they cannot be read; the database's come last."""
    try:
        details = fleet.details(cluster)
    except DsqlTuiError as error:
        post(m.DetailsMissing(error))
        return
    post(m.DetailsRead(details))
    with suppress(AwsError):
        of_region = fleet.region_quotas(details.cluster)
        details = replace(details, quotas=(*of_region, *details.quotas))
    details = replace(
        details, round_trips={side.region: fleet.round_trip_ms(side) for side in details.sides}
    )
    post(m.DetailsRead(_with_database(fleet, details)))


def _with_database(fleet: Fleet, details: Details) -> Details:
    """Return the details with those of the database; an idle one is not woken for it."""
    if details.cluster.status is not ClusterStatus.ACTIVE:
        return replace(details, database_problem="Only available for ACTIVE clusters.")
    try:
        return replace(details, database=fleet.database_quotas(details.cluster))
    except DsqlTuiError as error:
        return replace(details, database_problem=error.message)


def operate(begin: Callable[[], Iterator[LifecycleEvent]], post: Post) -> None:
    """Perform a change, posting its steps and its end."""
    try:
        for event in begin():
            post(m.OperationAdvanced(event))
    except DsqlTuiError as error:
        post(m.OperationEnded(error))
    else:
        post(m.OperationEnded())


def read_metrics(fleet: Fleet, cluster: Cluster, chosen: MetricRange, post: Post) -> None:
    """Post metrics of a cluster from CloudWatch."""
    try:
        post(m.MetricsRead(fleet.metrics(cluster, chosen)))
    except DsqlTuiError as error:
        post(m.MetricsMissing(error))


def run_bench(
    fleet: Fleet, sides: Sequence[Cluster], plan: BenchPlan, stop: Event, post: Post
) -> None:
    """Post a measurement's progress until it ends or is stopped; it cleans up either way."""
    _measure(lambda: fleet.bench(sides, plan), m.BenchAdvanced, stop, post)


def run_probe(fleet: Fleet, sides: Sequence[Cluster], rounds: int, stop: Event, post: Post) -> None:
    """Post a probe's results until it ends or is stopped; it cleans up either way."""
    _measure(lambda: fleet.probe(sides, rounds), m.ProbeAdvanced, stop, post)


def run_drill(fleet: Fleet, sides: Sequence[Cluster], stop: Event, post: Post) -> None:
    """Post a drill's progress until it ends or is stopped; the Region is restored either way."""
    _measure(lambda: fleet.drill(sides), m.DrillAdvanced, stop, post)


def _measure(
    begin: Callable[[], Iterator[Answer]],
    advanced: Callable[[Answer], Message],
    stop: Event,
    post: Post,
) -> None:
    try:
        for answer in (answers := begin()):
            post(advanced(answer))
            if stop.is_set():
                answers.close()  # type: ignore[attr-defined]  # a generator; cleans up
    except DsqlTuiError as error:
        post(m.MeasuringEnded(error))
    else:
        post(m.MeasuringEnded())
