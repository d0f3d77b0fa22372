"""`dsql-tui clusters undo`: delete every side of an unfinished multi-Region set-up."""

from __future__ import annotations

import click

from dsql_tui.aws.lifecycle import find_sides
from dsql_tui.aws.lifecycle import undo as undo_setup
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


@click.command("undo")
@click.argument("cluster", required=False)
@yes_option()
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str | None, yes: bool, client_token: str, as_json: bool, target: Target
) -> None:
    """Delete every side of the unfinished multi-Region set-up that CLUSTER is part of."""
    with cluster_of(target, cluster) as (session, found_cluster):
        sides = find_sides(session, found_cluster)
        confirm(deletion_question(sides), found_cluster.name, yes=yes)
        follow(undo_setup(session, found_cluster, client_token=client_token))
    print_sides(sides, as_json=as_json)
