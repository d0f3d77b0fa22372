"""`dsql-tui clusters delete` and `undo`."""

from __future__ import annotations

import click

from dsql_tui.aws.lifecycle import delete as delete_cluster
from dsql_tui.aws.lifecycle import find_sides
from dsql_tui.aws.lifecycle import undo as undo_setup
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    confirm,
    follow,
    json_option,
    print_json,
    yes_option,
)
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.model.cells import inert
from dsql_tui.model.cluster import Cluster


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
def delete(
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
    with cluster_of(target, cluster) as (session, found):
        sides = (found,) if only_this_side else find_sides(session, found)
        confirm(_question(sides), found.name, yes=yes)
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
    _print(sides, as_json=as_json)


@click.command("undo")
@click.argument("cluster", required=False)
@yes_option()
@client_token_option()
@json_option()
@target_options
def undo(cluster: str | None, yes: bool, client_token: str, as_json: bool, target: Target) -> None:
    """Delete every side of the unfinished multi-Region set-up that CLUSTER is part of."""
    with cluster_of(target, cluster) as (session, found):
        sides = find_sides(session, found)
        confirm(_question(sides), found.name, yes=yes)
        follow(undo_setup(session, found, client_token=client_token))
    _print(sides, as_json=as_json)


def _question(sides: tuple[Cluster, ...]) -> str:
    lines = [f"  {side.identifier} in {side.region} ({side.status.value})" for side in sides]
    return "\n".join([inert(f"This deletes {sides[0].name} and its data for good:"), *lines])


def _print(sides: tuple[Cluster, ...], *, as_json: bool) -> None:
    if as_json:
        print_json([{"identifier": side.identifier, "region": side.region} for side in sides])
