"""`dsql-tui clusters list`: the clusters of one or more Regions."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from functools import partial

import click

from dsql_tui.aws.at_once import answers
from dsql_tui.aws.clusters import list_clusters
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.clusters.shared import Failures, cluster_json
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.known_names import KnownNames
from dsql_tui.model.cluster import Cluster, ClusterFailed, RegionFailed
from dsql_tui.model.endpoint import ADMIN_ROLE, Profile
from dsql_tui.model.span import short_span
from dsql_tui.pg.round_trip import round_trip_ms

_HEADER = ("NAME", "IDENTIFIER", "REGION", "STATUS", "PEERS", "AGE")


@click.command("list")
@json_option()
@output_option
@target_options
def command(target: Target, as_json: bool) -> int:
    """List the clusters of one or more Regions.

    Without --region, the Region of the AWS profile is listed, or else every Region that offers
    Aurora DSQL. Regions that cannot be read are reported on standard error.

    With --json, roundTripMs is the median time of five TCP connections to the cluster's Region.
    """
    return print_listing(target, as_json=as_json)


def print_listing(target: Target, *, as_json: bool) -> int:
    """Print clusters on stdout and failures on stderr; return the exit code.

    Raises:
        AwsError: No Region could be listed.
    """
    with profile_of(target) as profile:
        session = AwsSession(profile)
        regions = session.regions
        clusters, failures = _list(session, regions)
        round_trips = _round_trips_ms(profile, clusters) if as_json else {}
    if len(failures.regions) == len(regions):
        raise failures.first
    failures.report()
    if as_json:
        print_json(
            {
                "clusters": [
                    {**cluster_json(cluster), "roundTripMs": round_trips.get(cluster.region)}
                    for cluster in clusters
                ]
            }
        )
    else:
        click.echo(_as_table(clusters, datetime.now(UTC)))
    return ExitCode.PARTIAL if failures.regions or failures.clusters else ExitCode.OK


def _list(session: AwsSession, regions: tuple[str, ...]) -> tuple[list[Cluster], Failures]:
    """Return the clusters by name and Region, and what could not be read."""
    clusters: list[Cluster] = []
    failures = Failures()
    for event in KnownNames().listed(session.profile.name, list_clusters(session, regions)):
        match event:
            case Cluster():
                clusters.append(event)
            case RegionFailed(region=region, error=error):
                failures.regions[region] = error
            case ClusterFailed(identifier=identifier, region=region, error=error):
                failures.clusters[f"{identifier} in {region}"] = error
    return sorted(clusters, key=lambda cluster: (cluster.name, cluster.region)), failures


def _round_trips_ms(profile: Profile, clusters: list[Cluster]) -> dict[str, float | None]:
    """Return the round-trip time to each Region, measured to one of its clusters."""
    by_region = {each.region: each for each in clusters if each.status.connectable}

    def measure(cluster: Cluster) -> tuple[str, float | None]:
        return cluster.region, round_trip_ms(cluster.endpoint(profile, ADMIN_ROLE))

    return dict(answers(deque(partial(measure, each) for each in by_region.values())))


def _as_table(clusters: list[Cluster], now: datetime) -> str:
    return table(
        _HEADER,
        [
            (
                cluster.name,
                cluster.identifier,
                cluster.region,
                cluster.status.value,
                ", ".join(cluster.peer_regions) or "–",
                short_span(now - cluster.created_at),
            )
            for cluster in clusters
        ],
    )
