"""Bare `dsql-tui clusters`: what the clusters pane shows, for scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from dsql_tui.aws.clusters import list_clusters
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.clusters.shared import cluster_json
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, profile_of
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import AwsError
from dsql_tui.model.cluster import Cluster, ClusterFailed, RegionFailed
from dsql_tui.model.span import short_span

_HEADER = ("NAME", "IDENTIFIER", "REGION", "STATUS", "PEERS", "AGE")


def print_listing(target: Target, *, as_json: bool) -> None:
    """List clusters on stdout, and what could not be listed on stderr.

    Raises:
        AwsError: No Region could be listed.
    """
    with profile_of(target) as profile:
        session = AwsSession(profile)
        regions = session.regions
        clusters, failures = _list(session, regions)
    if len(failures) == len(regions):
        raise failures[0]
    if as_json:
        click.echo(json.dumps([cluster_json(cluster) for cluster in clusters], indent=2))
    else:
        click.echo(_as_table(clusters, datetime.now(UTC)))


def _list(session: AwsSession, regions: tuple[str, ...]) -> tuple[list[Cluster], list[AwsError]]:
    """Return the clusters by name and Region, and the errors of Regions that failed."""
    clusters: list[Cluster] = []
    failures: list[AwsError] = []
    for event in list_clusters(session, regions):
        match event:
            case Cluster():
                clusters.append(event)
            case RegionFailed(region=region, error=error):
                failures.append(error)
                echo_line(f"{region}: {error.message}", err=True)
            case ClusterFailed(identifier=identifier, region=region, error=error):
                echo_line(f"{identifier} in {region}: {error.message}", err=True)
    return sorted(clusters, key=lambda cluster: (cluster.name, cluster.region)), failures


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
