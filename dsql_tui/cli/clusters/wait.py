"""`dsql-tui clusters wait`."""

from __future__ import annotations

import click

from dsql_tui.aws.waiting import Pace, wait_for
from dsql_tui.cli.clusters.shared import cluster_json, cluster_of, follow, json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.errors import ClusterNotFound
from dsql_tui.model.lifecycle import Goal


@click.command("wait")
@click.argument("cluster", required=False)
@click.option(
    "--for",
    "goal",
    type=click.Choice([goal.value for goal in Goal]),
    default=Goal.READY.value,
    show_default=True,
    help="What to wait for; ready is ACTIVE, IDLE or INACTIVE.",
)
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait at most.")
@json_option()
@target_options
def command(cluster: str | None, goal: str, timeout: float, as_json: bool, target: Target) -> None:
    """Wait until CLUSTER has got somewhere; fails when it cannot get there any more."""
    wanted = Goal(goal)
    try:
        with cluster_of(target, cluster) as (session, found_cluster):
            seen = {found_cluster.arn: found_cluster} | follow(
                wait_for(session, [found_cluster], wanted, Pace(timeout_s=timeout))
            )
    except ClusterNotFound:
        if wanted is Goal.READY:
            raise
        seen = {}
    if as_json:
        gone = wanted is Goal.DELETED
        print_json([] if gone else [cluster_json(each) for each in seen.values()])
