"""`dsql-tui clusters get`, `vpc-endpoint`, `stanza` and `quotas`."""

from __future__ import annotations

from contextlib import closing

import click

from dsql_tui.aws import policies, streams
from dsql_tui.aws.quotas import cluster_quotas, region_quotas
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.clusters.policy import policy_json
from dsql_tui.cli.clusters.shared import (
    cluster_json,
    cluster_of,
    json_option,
    print_fields,
    print_json,
    session_of,
)
from dsql_tui.cli.clusters.stream import stream_json
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import AwsError, ConnectError, SessionLost, StatementError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import conninfo
from dsql_tui.model.quota import QuotaUse
from dsql_tui.model.stanza import StanzaKind
from dsql_tui.model.stanza import stanza as write_stanza


@click.command("get")
@click.argument("cluster", required=False)
@json_option()
@target_options
def get(cluster: str | None, as_json: bool, target: Target) -> None:
    """Show everything about CLUSTER: settings, peers, policy, streams, how to connect."""
    with cluster_of(target, cluster) as (session, found):
        psql = "psql " + conninfo(found.endpoint(session.profile))
        present = policies.get_policy(session, found)
        found_streams = streams.list_streams(session, found)
    described = cluster_json(found)
    if as_json:
        print_json(
            described
            | policy_json(present)
            | {"streams": [stream_json(each) for each in found_streams], "psql": psql}
        )
        return
    print_fields(
        described
        | {
            "peerArns": ", ".join(found.peer_arns),
            "encryption": " · ".join(
                filter(None, (found.encryption_type, found.encryption_status, found.kms_key_arn))
            ),
            "metricGroups": ", ".join(found.metric_groups),
            "tags": ", ".join(f"{key}={value}" for key, value in found.tags.items()),
            "policy": f"version {present.version}" if present else "none",
            "streams": ", ".join(f"{each.identifier} {each.status}" for each in found_streams),
            "psql": psql,
        }
    )


@click.command("vpc-endpoint")
@click.argument("cluster", required=False)
@json_option()
@target_options
def vpc_endpoint(cluster: str | None, as_json: bool, target: Target) -> None:
    """Print the service name to create a VPC endpoint for CLUSTER with."""
    with cluster_of(target, cluster) as (session, found):
        access = policies.private_access(session, found)
    if as_json:
        print_json({"serviceName": access.service_name, "host": access.host or None})
        return
    click.echo(access.service_name)
    if access.host:
        echo_line(f"Through it the cluster is {access.host}.", err=True)


@click.command("stanza")
@click.argument("cluster", required=False)
@click.option(
    "--as",
    "kind",
    type=click.Choice([kind.value for kind in StanzaKind]),
    default=StanzaKind.CLOUDFORMATION.value,
    show_default=True,
    help="What to write it for.",
)
@target_options
def stanza(cluster: str | None, kind: str, target: Target) -> None:
    """Print CLUSTER as infrastructure code."""
    with cluster_of(target, cluster) as (_, found):
        click.echo(write_stanza(found, StanzaKind(kind)))


@click.command("quotas")
@click.argument("cluster", required=False)
@json_option()
@target_options
def quotas(cluster: str | None, as_json: bool, target: Target) -> None:
    """Show quotas and how much is used: of each Region, or of CLUSTER and its database.

    A database is asked over a session, which wakes a cluster that has scaled to zero.
    """
    uses: list[tuple[str, QuotaUse]] = []
    if cluster:
        with cluster_of(target, cluster) as (session, found):
            uses = [(found.name, use) for use in cluster_quotas(session, found)]
            uses += [(found.name, use) for use in _of_database(session, found)]
    else:
        with session_of(target) as session:
            for region in session.regions:
                try:
                    uses += [(region, use) for use in region_quotas(session, region)]
                except AwsError as error:
                    echo_line(f"{region}: {error.message}", err=True)
    if as_json:
        print_json(
            [
                {
                    "of": of,
                    "quota": use.name,
                    "used": use.used,
                    "limit": use.limit,
                    "unit": use.unit or None,
                }
                for of, use in uses
            ]
        )
        return
    rows = [(of, use.name, *use.words) for of, use in uses]
    click.echo(table(("OF", "QUOTA", "USED", "DEFAULT LIMIT"), rows, right=(2, 3)))


def _of_database(session: AwsSession, cluster: Cluster) -> tuple[QuotaUse, ...]:
    """Return what is used of the database's quotas; why it cannot be told goes to stderr."""
    from dsql_tui.pg.quotas import database_quotas
    from dsql_tui.pg.session import Session

    endpoint = cluster.endpoint(session.profile)
    try:
        with closing(Session.open(endpoint, generate_token(session, endpoint))) as opened:
            return database_quotas(opened)
    except (ConnectError, StatementError, SessionLost) as error:
        echo_line(f"The database could not be asked: {error.message}", err=True)
        return ()
