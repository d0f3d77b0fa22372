"""`dsql-tui clusters undo`: delete every cluster of an unfinished multi-Region setup."""

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
    print_sides,
)
from dsql_tui.cli.shared.json_output import json_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.checked import refused_as_usage
from dsql_tui.cli.shared.values.options import cluster_argument, yes_option


@click.command("undo")
@cluster_argument()
@yes_option()
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str | None, yes: bool, client_token: str, as_json: bool, target: Target
) -> None:
    """Delete every side of the unfinished multi-Region setup that CLUSTER is part of."""
    with cluster_of(target, cluster) as (session, found_cluster):
        sides = find_sides(session, found_cluster)
        confirm(deletion_question(sides), found_cluster.name, yes=yes)
        with refused_as_usage():
            follow(undo_setup(session, found_cluster, client_token=client_token))
    print_sides(sides, as_json=as_json)
