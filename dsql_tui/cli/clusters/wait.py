"""`dsql-tui clusters wait`: wait until a cluster is ready or deleted."""

from __future__ import annotations

import click

from dsql_tui.aws.waiting import Pace, wait_for
from dsql_tui.cli.clusters.shared import cluster_json, cluster_of, follow, timeout_option
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.errors import ClusterNotFound
from dsql_tui.model.lifecycle import Goal


@click.command("wait")
@cluster_argument()
@click.option(
    "--for",
    "goal",
    type=click.Choice([goal.value for goal in Goal]),
    default=Goal.READY.value,
    show_default=True,
    help="State to wait for; ready is ACTIVE, IDLE or INACTIVE.",
)
@timeout_option()
@json_option()
@target_options
def command(cluster: str | None, goal: str, timeout: float, as_json: bool, target: Target) -> None:
    """Wait until CLUSTER is ready or deleted; fails if it cannot become so."""
    awaited = Goal(goal)
    try:
        with cluster_of(target, cluster) as (session, found_cluster):
            by_arn = {found_cluster.arn: found_cluster} | follow(
                wait_for(session, [found_cluster], awaited, Pace(timeout_s=timeout))
            )
    except ClusterNotFound:
        if awaited is Goal.READY:
            raise
        by_arn = {}
    if as_json:
        remaining = [] if awaited is Goal.DELETED else list(by_arn.values())
        print_json({"clusters": [cluster_json(each) for each in remaining]})
