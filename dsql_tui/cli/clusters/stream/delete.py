"""`dsql-tui clusters stream delete`: delete a change stream."""

from __future__ import annotations

import click

from dsql_tui.aws import streams
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    confirm,
    wait_option,
)
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import cluster_argument, yes_option
from dsql_tui.cli.shared.values.types import IDENTIFIER
from dsql_tui.model.cells import inert


@click.command("delete")
@cluster_argument(required=True)
@click.argument("identifier", type=IDENTIFIER)
@wait_option("Wait until the stream is deleted.")
@yes_option()
@client_token_option()
@target_options
def command(
    cluster: str, identifier: str, wait: bool, yes: bool, client_token: str, target: Target
) -> None:
    """Delete change stream IDENTIFIER of CLUSTER; records in Kinesis are kept."""
    with cluster_of(target, cluster) as (session, found_cluster):
        confirm(inert(f"This deletes a stream of {found_cluster.name}."), identifier, yes=yes)
        status = streams.delete_stream(
            session, found_cluster, identifier, client_token=client_token
        )
        narrate(f"{identifier}  {status}")
        if wait:
            for state in streams.wait_for_stream(
                session, found_cluster, identifier, deleted=True, pace=Pace()
            ):
                narrate(f"{identifier}  {state.status}")
