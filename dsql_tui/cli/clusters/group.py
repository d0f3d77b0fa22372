"""The `clusters` group: bare it lists, as the clusters pane does, for scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click
from click.core import ParameterSource

from dsql_tui.aws.clusters import list_clusters
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.clusters.shared import cluster_json
from dsql_tui.cli.shared.lazy import LazyGroup
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import AwsError
from dsql_tui.model.cluster import Cluster, ClusterFailed, RegionFailed
from dsql_tui.model.span import short_span

_COMMANDS = {
    "get": "Show everything about a cluster.",
    "create": "Create a cluster in one Region or two.",
    "resume": "Finish a multi-Region set-up that was interrupted.",
    "undo": "Take an unfinished multi-Region set-up back.",
    "update": "Change protection, key or metric groups.",
    "delete": "Delete a cluster, both sides of a pair.",
    "wait": "Wait until a cluster is ready, or gone.",
    "tag": "Set tags.",
    "untag": "Take tags away.",
    "tags": "List the tags.",
    "policy": "Get, put or delete the resource policy.",
    "stream": "List, get, create or delete change streams.",
    "vpc-endpoint": "Print the VPC endpoint service's name.",
    "stanza": "Print the cluster as CloudFormation, Terraform or CDK.",
    "quotas": "Show quotas and how much of them is used.",
}
"""Command → its line in `--help`."""

_HEADER = ("NAME", "IDENTIFIER", "REGION", "STATUS", "PEERS", "AGE")


@click.group(
    "clusters",
    cls=LazyGroup,
    package="dsql_tui.cli.clusters",
    lines=_COMMANDS,
    invoke_without_command=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@target_options
@click.pass_context
def command(ctx: click.Context, target: Target, as_json: bool) -> None:
    """List the clusters of one or more Regions, or do something with one.

    Without a command: lists. Regions that cannot be listed are told on stderr; the listing fails
    only when all of them do.
    """
    if ctx.invoked_subcommand is None:
        print_listing(target, as_json=as_json)
    elif any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
        raise click.UsageError("Options belong behind the command: clusters get … --json")


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
