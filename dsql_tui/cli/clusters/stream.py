"""`dsql-tui clusters stream`: change streams to Kinesis."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from dsql_tui.aws import streams
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    confirm,
    json_option,
    parse_tags,
    print_fields,
    print_json,
    yes_option,
)
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.model.cells import inert
from dsql_tui.model.span import short_span
from dsql_tui.model.stream import Stream

_wait_options = click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Wait until it is done."
)


@click.group("stream")
def stream() -> None:
    """List, get, create or delete change streams."""


@stream.command("list")
@click.argument("cluster", required=False)
@json_option()
@target_options
def list_(cluster: str | None, as_json: bool, target: Target) -> None:
    """List the streams of CLUSTER."""
    with cluster_of(target, cluster) as (session, found):
        present = streams.list_streams(session, found)
    if as_json:
        print_json([stream_json(each) for each in present])
        return
    now = datetime.now(UTC)
    rows = [(each.identifier, each.status, short_span(now - each.created_at)) for each in present]
    click.echo(table(("IDENTIFIER", "STATUS", "AGE"), rows))


@stream.command("get")
@click.argument("cluster")
@click.argument("identifier")
@json_option()
@target_options
def get(cluster: str, identifier: str, as_json: bool, target: Target) -> None:
    """Show stream IDENTIFIER of CLUSTER: target, role, status and what is wrong with it."""
    with cluster_of(target, cluster) as (session, found):
        present = streams.get_stream(session, found, identifier)
    if as_json:
        print_json(stream_json(present))
    else:
        print_fields(stream_json(present))


@stream.command("create")
@click.argument("cluster")
@click.option("--kinesis-arn", required=True, help="Kinesis data stream to write to.")
@click.option("--role-arn", required=True, help="IAM role that writes.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Tag; may be repeated.")
@_wait_options
@client_token_option()
@json_option()
@target_options
def create(
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
    with cluster_of(target, cluster) as (session, found):
        made = streams.create_stream(
            session,
            found,
            target_arn=kinesis_arn,
            role_arn=role_arn,
            client_token=client_token,
            tags=parse_tags(tags),
        )
        echo_line(f"{made.identifier}  {made.status}", err=True)
        if wait:
            identifier = made.identifier
            for seen in streams.wait_for_stream(
                session, found, identifier, deleted=False, pace=Pace()
            ):
                made = seen
                echo_line(f"{made.identifier}  {made.status}", err=True)
    if as_json:
        print_json(stream_json(made))
    else:
        click.echo(made.identifier)


@stream.command("delete")
@click.argument("cluster")
@click.argument("identifier")
@_wait_options
@yes_option()
@client_token_option()
@target_options
def delete(
    cluster: str, identifier: str, wait: bool, yes: bool, client_token: str, target: Target
) -> None:
    """Delete stream IDENTIFIER of CLUSTER; what it has written stays in Kinesis."""
    with cluster_of(target, cluster) as (session, found):
        confirm(inert(f"This deletes a stream of {found.name}."), identifier, yes=yes)
        status = streams.delete_stream(session, found, identifier, client_token=client_token)
        echo_line(f"{identifier}  {status}", err=True)
        if wait:
            for seen in streams.wait_for_stream(
                session, found, identifier, deleted=True, pace=Pace()
            ):
                echo_line(f"{identifier}  {seen.status}", err=True)


def stream_json(present: Stream) -> dict[str, object]:
    """Return what `--json` says of a stream."""
    return {
        "identifier": present.identifier,
        "arn": present.arn,
        "status": present.status,
        "createdAt": present.created_at.isoformat(),
        "ordering": present.ordering,
        "format": present.format,
        "kinesisArn": present.target_arn or None,
        "roleArn": present.role_arn or None,
        "problem": present.problem or None,
        "tags": dict(present.tags),
    }
