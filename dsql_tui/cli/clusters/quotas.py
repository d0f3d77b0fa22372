"""`dsql-tui clusters quotas`: quotas, and how much of them is used."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import click

from dsql_tui.aws.quotas import cluster_quotas, region_quotas
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.clusters.shared import Failures, cluster_of, session_of
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.errors import AwsError, ConnectError, SessionLost, StatementError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.quota import QuotaUse


@click.command("quotas")
@cluster_argument()
@json_option()
@output_option
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> int:
    """Show quotas and their use: of each Region, or of CLUSTER and its database.

    Reading a database's use opens a session, which wakes a cluster that has scaled to zero.
    """
    if cluster:
        with cluster_of(target, cluster) as (session, found_cluster):
            uses = [(found_cluster.name, use) for use in cluster_quotas(session, found_cluster)]
            of_database = _of_database(session, found_cluster)
            uses += [(found_cluster.name, use) for use in of_database]
            is_complete = bool(of_database)
    else:
        uses, is_complete = _of_regions(target)
    _print(uses, as_json=as_json)
    return ExitCode.OK if is_complete else ExitCode.PARTIAL


def _of_regions(target: Target) -> tuple[list[tuple[str, QuotaUse]], bool]:
    """Return what is used in each Region, and whether all of them could be read.

    Raises:
        AwsError: None could be read.
    """
    uses: list[tuple[str, QuotaUse]] = []
    failures = Failures()
    with session_of(target) as session:
        regions = session.regions
        for region in regions:
            try:
                uses += [(region, use) for use in region_quotas(session, region)]
            except AwsError as error:
                failures.regions[region] = error
    if len(failures.regions) == len(regions):
        raise failures.first
    failures.report()
    return uses, not failures.regions


def _print(uses: Sequence[tuple[str, QuotaUse]], *, as_json: bool) -> None:
    if as_json:
        listed = [
            {
                "of": of,
                "quota": use.name,
                "used": use.used,
                "limit": use.limit,
                "unit": use.unit or None,
            }
            for of, use in uses
        ]
        print_json({"quotas": listed})
        return
    rows = [(of, use.name, *use.words) for of, use in uses]
    click.echo(table(("OF", "QUOTA", "USED", "DEFAULT LIMIT"), rows, right=(2, 3)))


def _of_database(session: AwsSession, cluster: Cluster) -> tuple[QuotaUse, ...]:
    """Return the usage of the database's quotas; report on stderr why it cannot be read."""
    from dsql_tui.pg.quotas import database_quotas
    from dsql_tui.pg.session import Session

    endpoint = cluster.endpoint(session.profile)
    try:
        with closing(Session.open(endpoint, generate_token(session, endpoint))) as opened:
            return database_quotas(opened)
    except (ConnectError, StatementError, SessionLost) as error:
        echo_line(f"The database could not be read: {error.message}", err=True)
        return ()
