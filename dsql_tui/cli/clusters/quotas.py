"""`dsql-tui clusters quotas`: quotas, and how much of them is used."""

from __future__ import annotations

from contextlib import closing

import click

from dsql_tui.aws.quotas import cluster_quotas, region_quotas
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.clusters.shared import cluster_of, json_option, print_json, session_of
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import AwsError, ConnectError, SessionLost, StatementError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.quota import QuotaUse


@click.command("quotas")
@click.argument("cluster", required=False)
@json_option()
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """Show quotas and how much is used: of each Region, or of CLUSTER and its database.

    A database is asked over a session, which wakes a cluster that has scaled to zero.
    """
    uses: list[tuple[str, QuotaUse]] = []
    if cluster:
        with cluster_of(target, cluster) as (session, found_cluster):
            uses = [(found_cluster.name, use) for use in cluster_quotas(session, found_cluster)]
            uses += [(found_cluster.name, use) for use in _of_database(session, found_cluster)]
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
