"""`dsql-tui clusters stream create`: a change stream to Kinesis."""

from __future__ import annotations

import click

from dsql_tui.aws import streams
from dsql_tui.aws.checks import check_tags
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    parse_tags,
    stream_json,
    wait_option,
)
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.checked import refused_as_usage
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.cli.shared.values.types import ARN, TAG


@click.command("create")
@cluster_argument(required=True)
@click.option(
    "--kinesis-arn",
    required=True,
    type=ARN,
    metavar="ARN",
    help="Kinesis data stream to write to, in the same account and Region.",
)
@click.option(
    "--role-arn",
    required=True,
    type=ARN,
    metavar="ARN",
    help="IAM role that writes to the Kinesis stream.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    type=TAG,
    metavar="KEY=VALUE",
    help="Tag to set; may be repeated.",
)
@wait_option("Wait until the stream is active.")
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
    """Create a change stream from CLUSTER to Kinesis."""
    with refused_as_usage():
        check_tags(parse_tags(tags))
    with cluster_of(target, cluster) as (session, found_cluster):
        stream = streams.create_stream(
            session,
            found_cluster,
            target_arn=kinesis_arn,
            role_arn=role_arn,
            client_token=client_token,
            tags=parse_tags(tags),
        )
        narrate(f"{stream.identifier}  {stream.status}")
        if wait:
            identifier = stream.identifier
            for state in streams.wait_for_stream(
                session, found_cluster, identifier, deleted=False, pace=Pace()
            ):
                stream = state
                narrate(f"{stream.identifier}  {stream.status}")
    if as_json:
        print_json(stream_json(stream))
    else:
        click.echo(stream.identifier)
