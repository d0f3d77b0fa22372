"""`dsql-tui clusters`: what the clusters pane shows, for scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from dsql_tui.aws.clusters import list_clusters
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.target import Target, profile_of, target_options
from dsql_tui.errors import AwsError
from dsql_tui.model.cluster import Cluster, ClusterFailed, RegionFailed
from dsql_tui.model.span import short_span

_HEADER = ("NAME", "IDENTIFIER", "REGION", "STATUS", "PEERS", "AGE")


@click.command("clusters")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@target_options
def command(target: Target, as_json: bool) -> None:
    """List the clusters of one or more Regions.

    Regions that cannot be listed are told on stderr; the command fails only when all of them do.
    """
    with profile_of(target) as profile:
        session = AwsSession(profile)
        regions = session.regions
        clusters, failures = _list(session, regions)
    if len(failures) == len(regions):
        raise failures[0]
    if as_json:
        click.echo(json.dumps([_as_json(cluster) for cluster in clusters], indent=2))
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
                click.echo(f"{region}: {error.message}", err=True)
            case ClusterFailed(identifier=identifier, region=region, error=error):
                click.echo(f"{identifier} in {region}: {error.message}", err=True)
    return sorted(clusters, key=lambda cluster: (cluster.name, cluster.region)), failures


def _as_json(cluster: Cluster) -> dict[str, object]:
    return {
        "name": cluster.name,
        "identifier": cluster.identifier,
        "arn": cluster.arn,
        "region": cluster.region,
        "status": cluster.status.value,
        "endpoint": cluster.endpoint_host,
        "createdAt": cluster.created_at.isoformat(),
        "deletionProtection": cluster.deletion_protection,
        "peerArns": list(cluster.peer_arns),
        "witnessRegion": cluster.witness_region or None,
        "tags": dict(cluster.tags),
    }


def _as_table(clusters: list[Cluster], now: datetime) -> str:
    rows = [_HEADER] + [
        (
            cluster.name,
            cluster.identifier,
            cluster.region,
            cluster.status.value,
            ", ".join(cluster.peer_regions) or "–",
            short_span(now - cluster.created_at),
        )
        for cluster in clusters
    ]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
