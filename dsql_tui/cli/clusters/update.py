"""`dsql-tui clusters update`: change protection, key or metric groups."""

from __future__ import annotations

import click

from dsql_tui.aws import changes
from dsql_tui.aws.clusters import get_cluster
from dsql_tui.aws.waiting import wait_for
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_json,
    cluster_of,
    follow,
)
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.cli.shared.values.types import KMS_KEY
from dsql_tui.model.lifecycle import AWS_OWNED_KEY, STATEMENT_STATISTICS, ClusterChange, Goal


@click.command("update")
@cluster_argument()
@click.option("--protect/--no-protect", default=None, help="Turn deletion protection on or off.")
@click.option(
    "--kms-key",
    type=KMS_KEY,
    metavar="KEY",
    help=f"ARN, id or alias of a KMS key; {AWS_OWNED_KEY} selects the AWS owned key.",
)
@click.option(
    "--statement-statistics/--no-statement-statistics",
    "statistics",
    default=None,
    help="Turn the metric group of statements on or off.",
)
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str | None,
    protect: bool | None,
    kms_key: str | None,
    statistics: bool | None,
    client_token: str,
    as_json: bool,
    target: Target,
) -> None:
    """Change the settings of CLUSTER; each side of a multi-Region cluster has its own."""
    groups = None if statistics is None else (STATEMENT_STATISTICS,) if statistics else ()
    change = ClusterChange(protect, kms_key, groups)
    if change == ClusterChange():
        raise click.UsageError("Name what to change: --protect, --kms-key, --statement-statistics.")
    with cluster_of(target, cluster) as (session, found_cluster):
        changes.update_cluster(session, found_cluster, change, client_token=client_token)
        follow(wait_for(session, [found_cluster], Goal.READY))
        changed = get_cluster(session, found_cluster.region, found_cluster.identifier)
    if as_json:
        print_json(cluster_json(changed))
