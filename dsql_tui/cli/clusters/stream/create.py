"""`dsql-tui clusters stream create`: a change stream to Kinesis."""

from __future__ import annotations

import click

from dsql_tui.aws import streams
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    json_option,
    parse_tags,
    print_json,
    stream_json,
)
from dsql_tui.cli.clusters.stream.shared import wait_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line


@click.command("create")
@click.argument("cluster")
@click.option("--kinesis-arn", required=True, help="Kinesis data stream to write to.")
@click.option("--role-arn", required=True, help="IAM role that writes.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Tag; may be repeated.")
@wait_option
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str,
    kinesis_arn: str,
    role_arn: str,
    tags: tuple[str, ...],
    wait: bool,
    client_token: str,
    as_json: bool,
    target: Target,
) -> None:
    """Create a stream of CLUSTER's changes to Kinesis, same account and Region."""
    with cluster_of(target, cluster) as (session, found_cluster):
        made = streams.create_stream(
            session,
            found_cluster,
            target_arn=kinesis_arn,
            role_arn=role_arn,
            client_token=client_token,
            tags=parse_tags(tags),
        )
        echo_line(f"{made.identifier}  {made.status}", err=True)
        if wait:
            identifier = made.identifier
            for seen in streams.wait_for_stream(
                session, found_cluster, identifier, deleted=False, pace=Pace()
            ):
                made = seen
                echo_line(f"{made.identifier}  {made.status}", err=True)
    if as_json:
        print_json(stream_json(made))
    else:
        click.echo(made.identifier)
