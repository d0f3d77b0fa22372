"""Services of the fleet's screens: AWS and the database. Every method blocks: workers call it.

boto3, psycopg and the rooms that use them are imported inside the methods, after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from dsql_tui.config import Config
from dsql_tui.errors import AwsError, ConfigError, InputError
from dsql_tui.model.cluster import Cluster, ListingEvent, RegionFailed, RegionListed
from dsql_tui.model.endpoint import ADMIN_ROLE, Endpoint
from dsql_tui.model.lifecycle import ClusterChange, Goal, LifecycleEvent, NewCluster
from dsql_tui.model.metrics import MetricRange, MetricsReport, Points
from dsql_tui.model.quota import QuotaUse
from dsql_tui.model.stream import PrivateAccess, ResourcePolicy, Stream

if TYPE_CHECKING:
    from dsql_tui.aws.session import AwsSession
    from dsql_tui.bench.consistency import ProbeResult
    from dsql_tui.bench.drill import DrillReport
    from dsql_tui.bench.run import BenchPlan, Snapshot
    from dsql_tui.known_names import KnownNames

Answer = TypeVar("Answer")
ACTIVITY_SPAN = timedelta(hours=3)
"""The period that the board's sparklines show."""


@dataclass(frozen=True, slots=True)
class Extras:
    """Details of a cluster that GetCluster does not return; `None` could not be read.

    Attributes:
        policy_version: Of the resource policy; empty when there is none.
        streams: How many.
    """

    policy_version: str | None
    streams: int | None


@dataclass(frozen=True, slots=True)
class Details:
    """Details of one cluster; what could not be read is `None` and named in `problems`.

    Attributes:
        cluster: As it is now.
        sides: The cluster and its peer.
        policy: Its resource policy.
        streams: Its change streams, with targets.
        private: Its access from a VPC.
        quotas: Usage of quotas known to the control plane.
        problems: Why something could not be read, one sentence each.
        database: Usage of its database's quotas; `None` before they are read.
        database_problem: Why these were not or could not be read.
        round_trips: Round-trip times in ms by Region, `None` where unknown; empty before they are
            measured.
    """

    cluster: Cluster
    sides: tuple[Cluster, ...]
    policy: ResourcePolicy | None
    streams: tuple[Stream, ...] | None
    private: PrivateAccess | None
    quotas: tuple[QuotaUse, ...]
    problems: tuple[str, ...] = ()
    database: tuple[QuotaUse, ...] | None = None
    database_problem: str = ""
    round_trips: Mapping[str, float | None] = field(default_factory=dict)


SettingsOf = Callable[[Cluster], Config]
"""Returns the settings that hold for a cluster."""


class Fleet:
    """The clusters of one profile, and of other profiles shown on the same board.

    Args:
        aws: Returns the profile's session; called in workers.
        now: The clock.
        beside: Sessions of other profiles by name, likewise.
        known_names: Where the names of clusters are stored for completion in a shell, if anywhere.
        round_trip: Measures the round-trip time to an endpoint in ms; `None` is by TCP.
    """

    def __init__(
        self,
        aws: Callable[[], AwsSession],
        now: Callable[[], datetime],
        beside: Mapping[str, Callable[[], AwsSession]] = MappingProxyType({}),
        known_names: KnownNames | None = None,
        round_trip: Callable[[Endpoint], float | None] | None = None,
    ) -> None:
        self._round_trip = round_trip or _round_trip_ms
        self._known_names = known_names
        self._own = aws
        self._beside = dict(beside)
        self._profiles: dict[str, str] = {}
        self.now = now

    def is_beside(self, label: str) -> bool:
        """Whether a Region of the board is another profile's."""
        return any(label == name or label.endswith(f" ({name})") for name in self._beside)

    def profile_of(self, cluster: Cluster) -> str:
        """Return the other profile that lists a cluster; empty for the fleet's own."""
        return self._profiles.get(cluster.identifier, "")

    def _aws(self, cluster: Cluster | None = None) -> AwsSession:
        """Return the session that a cluster was listed by; without one, the fleet's own."""
        name = self.profile_of(cluster) if cluster is not None else ""
        return self._beside[name]() if name else self._own()

    def regions(self) -> tuple[str, ...]:
        """Return the Regions on the board, those of other profiles with the profile's name."""
        labels = list(self._own().regions)
        for name, aws in self._beside.items():
            with suppress(ConfigError):
                labels += [_label(region, name) for region in aws().regions]
        return tuple(labels)

    def list_clusters(self) -> Iterator[ListingEvent]:
        """Yield clusters and failures as the Regions respond; a cluster is yielded once."""
        own = self._own()
        own_identifiers: set[str] = set()
        for event in self._listed(own):
            if not isinstance(event, RegionListed | RegionFailed):
                own_identifiers.add(event.identifier)
                self._profiles.pop(event.identifier, None)
            yield event
        for name, aws in self._beside.items():
            try:
                yield from self._list_beside(name, aws(), own_identifiers)
            except ConfigError as error:
                yield RegionFailed(name, AwsError(error.message, remedy=error.remedy))

    def _list_beside(
        self, name: str, aws: AwsSession, own_identifiers: Collection[str]
    ) -> Iterator[ListingEvent]:
        """Yield the clusters of another profile that were not listed before."""
        for event in self._listed(aws):
            if isinstance(event, RegionListed | RegionFailed):
                yield replace(event, region=_label(event.region, name))
            elif event.identifier not in own_identifiers:
                self._profiles[event.identifier] = name
                yield event

    def _listed(self, aws: AwsSession) -> Iterator[ListingEvent]:
        """Yield what one profile lists."""
        from dsql_tui.aws.clusters import list_clusters

        events = list_clusters(aws, aws.regions)
        known = self._known_names
        return known.listed(aws.profile.name, events) if known else events

    def extras(self, cluster: Cluster) -> Extras:
        """Return the details that the listing does not contain."""
        from dsql_tui.aws import policies, streams

        aws = self._aws(cluster)
        try:
            policy = policies.get_policy(aws, cluster)
            version: str | None = policy.version if policy else ""
        except AwsError:
            version = None
        try:
            return Extras(version, len(streams.list_streams(aws, cluster)))
        except AwsError:
            return Extras(version, None)

    def round_trip_ms(self, cluster: Cluster) -> float | None:
        """Return the round-trip time to a cluster's endpoint in ms; `None` if it is unknown."""
        return self._round_trip(cluster.endpoint(self._aws(cluster).profile, ADMIN_ROLE))

    def activity(self, region: str, clusters: Sequence[Cluster]) -> Mapping[str, Points]:
        """Return the transactions of the last hours by cluster identifier."""
        from dsql_tui.aws.metrics import transactions

        now = self.now()
        return transactions(self._aws(clusters[0]), region, clusters, now - ACTIVITY_SPAN, now)

    def details(self, cluster: Cluster) -> Details:
        """Return all details of a cluster.

        Raises:
            AwsError: The cluster cannot be read; a part that cannot is returned as a problem.
        """
        from dsql_tui.aws import policies, streams
        from dsql_tui.aws.clusters import get_cluster
        from dsql_tui.aws.lifecycle import find_sides
        from dsql_tui.aws.quotas import cluster_quotas

        aws = self._aws(cluster)
        fresh = get_cluster(aws, cluster.region, cluster.identifier)
        problems: list[str] = []
        sides = _or_none(lambda: find_sides(aws, fresh), problems) or (fresh,)
        listed = _or_none(lambda: streams.list_streams(aws, fresh), problems)
        full = None
        if listed is not None:
            full = _or_none(
                lambda: tuple(streams.get_stream(aws, fresh, each.identifier) for each in listed),
                problems,
            )
        return Details(
            cluster=fresh,
            sides=sides,
            policy=_or_none(lambda: policies.get_policy(aws, fresh), problems),
            streams=full,
            private=_or_none(lambda: policies.private_access(aws, fresh), problems),
            quotas=cluster_quotas(aws, fresh),
            problems=tuple(problems),
        )

    def region_quotas(self, cluster: Cluster) -> tuple[QuotaUse, ...]:
        """Return how many clusters of each kind a cluster's Region has.

        Raises:
            AwsError: The Region could not be listed.
        """
        from dsql_tui.aws.quotas import region_quotas

        return region_quotas(self._aws(cluster), cluster.region)

    def database_quotas(self, cluster: Cluster) -> tuple[QuotaUse, ...]:
        """Return the usage of the database's quotas, read over a separate session.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
            StatementError: The catalog cannot be read.
            SessionLost: The connection ended.
        """
        from dsql_tui.aws.tokens import generate_token
        from dsql_tui.pg.quotas import database_quotas
        from dsql_tui.pg.session import Session

        aws = self._aws(cluster)
        endpoint = cluster.endpoint(aws.profile, ADMIN_ROLE)
        with closing(Session.open(endpoint, generate_token(aws, endpoint))) as session:
            return database_quotas(session)

    def create(self, wish: NewCluster) -> Iterator[LifecycleEvent]:
        """Create a cluster, step by step."""
        from dsql_tui.aws.lifecycle import create

        return create(self._aws(), wish)

    def resume(
        self, cluster: Cluster, peer_region: str, client_token: str
    ) -> Iterator[LifecycleEvent]:
        """Finish an interrupted multi-Region setup."""
        from dsql_tui.aws.lifecycle import resume

        return resume(
            self._aws(cluster), cluster, client_token=client_token, peer_region=peer_region
        )

    def undo(self, cluster: Cluster, client_token: str) -> Iterator[LifecycleEvent]:
        """Undo an interrupted multi-Region setup."""
        from dsql_tui.aws.lifecycle import undo

        return undo(self._aws(cluster), cluster, client_token=client_token)

    def delete(
        self, cluster: Cluster, *, lift_protection: bool, client_token: str
    ) -> Iterator[LifecycleEvent]:
        """Delete a cluster and its peer."""
        from dsql_tui.aws.lifecycle import delete, find_sides

        aws = self._aws(cluster)
        sides = find_sides(aws, cluster)
        yield from delete(aws, sides, lift_protection=lift_protection, client_token=client_token)

    def update(
        self, cluster: Cluster, change: ClusterChange, client_token: str
    ) -> Iterator[LifecycleEvent]:
        """Change a cluster and wait until it is active again."""
        from dsql_tui.aws.changes import update_cluster
        from dsql_tui.aws.waiting import wait_for

        update_cluster(self._aws(cluster), cluster, change, client_token=client_token)
        yield from wait_for(self._aws(cluster), [cluster], Goal.READY)

    def set_tags(self, cluster: Cluster, tags: Mapping[str, str]) -> Iterator[LifecycleEvent]:
        """Set a cluster's tags; tags that others have added meanwhile stay."""
        from dsql_tui.aws import changes
        from dsql_tui.aws.clusters import get_cluster

        aws = self._aws(cluster)
        present = changes.list_tags(aws, cluster.region, cluster.arn)
        gone = [key for key in cluster.tags if key not in tags and key in present]
        changed = {key: value for key, value in tags.items() if present.get(key) != value}
        if changed:
            changes.tag(aws, cluster.region, cluster.arn, changed)
        if gone:
            changes.untag(aws, cluster.region, cluster.arn, gone)
        yield get_cluster(aws, cluster.region, cluster.identifier)

    def put_policy(
        self, cluster: Cluster, document: str, expected_version: str, client_token: str
    ) -> Iterator[LifecycleEvent]:
        """Put a resource policy; an empty document deletes it."""
        from dsql_tui.aws import policies

        if document.strip():
            policies.put_policy(
                self._aws(cluster),
                cluster,
                document,
                client_token=client_token,
                expected_version=expected_version,
            )
        else:
            policies.delete_policy(
                self._aws(cluster),
                cluster,
                client_token=client_token,
                expected_version=expected_version,
            )
        yield cluster

    def create_stream(
        self, cluster: Cluster, target_arn: str, role_arn: str, client_token: str
    ) -> Iterator[LifecycleEvent]:
        """Create a change stream."""
        from dsql_tui.aws import streams

        streams.create_stream(
            self._aws(cluster),
            cluster,
            target_arn=target_arn,
            role_arn=role_arn,
            client_token=client_token,
        )
        yield cluster

    def delete_stream(
        self, cluster: Cluster, identifier: str, client_token: str
    ) -> Iterator[LifecycleEvent]:
        """Delete a change stream."""
        from dsql_tui.aws import streams

        streams.delete_stream(self._aws(cluster), cluster, identifier, client_token=client_token)
        yield cluster

    def metrics(self, cluster: Cluster, chosen: MetricRange) -> MetricsReport:
        """Return a cluster's metrics from CloudWatch."""
        from dsql_tui.aws.metrics import cluster_metrics

        return cluster_metrics(self._aws(cluster), cluster, chosen, self.now())

    def bench(self, sides: Sequence[Cluster], plan: BenchPlan) -> Iterator[Snapshot]:
        """Measure latencies; closing the iterator cleans up."""
        from dsql_tui.bench.run import run
        from dsql_tui.bench.side import side_of

        aws = self._aws(sides[0])
        ends = [each.endpoint(aws.profile, ADMIN_ROLE) for each in sides]
        return run([side_of(aws, end) for end in ends], plan)

    @property
    def can_drill(self) -> bool:
        """Whether a Region can be taken down for a drill; does not block."""
        return self._aws().profile.region_down is not None

    def drill(self, sides: Sequence[Cluster]) -> Iterator[DrillReport]:
        """Take the first Region down under load; closing the iterator restores it.

        Raises:
            InputError: The Regions of this profile cannot be taken down.
        """
        from dsql_tui.bench.drill import DrillPlan, drill
        from dsql_tui.bench.side import side_of

        aws = self._aws(sides[0])
        if aws.profile.region_down is None:
            raise InputError("A drill needs a local DSQL: an AWS Region cannot be taken down.")
        here, there = (side_of(aws, each.endpoint(aws.profile, ADMIN_ROLE)) for each in sides)
        return drill(here, there, aws.profile.region_down, DrillPlan())

    def probe(self, sides: Sequence[Cluster], rounds: int) -> Iterator[ProbeResult]:
        """Probe consistency between two peers; closing the iterator cleans up."""
        from dsql_tui.bench.consistency import probe
        from dsql_tui.bench.side import side_of

        aws = self._aws(sides[0])
        one, other = (side_of(aws, each.endpoint(aws.profile, ADMIN_ROLE)) for each in sides)
        return probe(one, other, rounds)


def _round_trip_ms(endpoint: Endpoint) -> float | None:
    from dsql_tui.pg.round_trip import round_trip_ms

    return round_trip_ms(endpoint)


def _label(region: str, profile: str) -> str:
    return f"{region} ({profile})"


def _or_none(ask: Callable[[], Answer], problems: list[str]) -> Answer | None:
    try:
        return ask()
    except AwsError as error:
        problems.append(error.message)
        return None
