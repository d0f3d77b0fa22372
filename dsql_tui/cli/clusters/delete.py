"""`dsql-tui clusters delete`: delete a cluster and its peer."""

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
    print_sides,
    timeout_option,
    wait_option,
)
from dsql_tui.cli.shared.json_output import json_option
from dsql_tui.cli.shared.lazy import NoticingCommand, Renamed
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument, yes_option


@click.command("delete", cls=NoticingCommand)
@cluster_argument()
@click.option(
    "--disable-protection",
    "lift_protection",
    is_flag=True,
    help="Turn deletion protection off first.",
)
@click.option(
    "--lift-protection",
    "lift_protection",
    is_flag=True,
    cls=Renamed,
    now="--disable-protection",
)
@click.option(
    "--only-this-side",
    is_flag=True,
    help="Delete one side of a multi-Region cluster; it stays PENDING_DELETE.",
)
@wait_option("Wait until the cluster is deleted.")
@timeout_option()
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
    """Delete CLUSTER and its data; of a multi-Region cluster, both sides.

    Asks you to type the cluster's name, unless --yes is given.
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
