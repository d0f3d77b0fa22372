"""`dsql-tui clusters delete`: delete a cluster, both sides of a pair."""

from __future__ import annotations

import click

from dsql_tui.aws.lifecycle import delete as delete_cluster
from dsql_tui.aws.lifecycle import find_sides
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    confirm,
    deletion_question,
    follow,
    json_option,
    print_sides,
    yes_option,
)
from dsql_tui.cli.shared.target import Target, target_options


@click.command("delete")
@click.argument("cluster", required=False)
@click.option("--lift-protection", is_flag=True, help="Turn deletion protection off first.")
@click.option("--only-this-side", is_flag=True, help="Delete one side; it stays PENDING_DELETE.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until it is gone.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait at most.")
@yes_option()
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str | None,
    lift_protection: bool,
    only_this_side: bool,
    wait: bool,
    timeout: float,
    yes: bool,
    client_token: str,
    as_json: bool,
    target: Target,
) -> None:
    """Delete CLUSTER and its data for good; both sides when it has two.

    Its name has to be typed, unless --yes is given.
    """
    with cluster_of(target, cluster) as (session, found_cluster):
        sides = (found_cluster,) if only_this_side else find_sides(session, found_cluster)
        confirm(deletion_question(sides), found_cluster.name, yes=yes)
        follow(
            delete_cluster(
                session,
                sides,
                lift_protection=lift_protection,
                client_token=client_token,
                wait=wait,
                pace=Pace(timeout_s=timeout),
            )
        )
    print_sides(sides, as_json=as_json)
