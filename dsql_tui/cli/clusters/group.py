"""The `clusters` group, which lists clusters when it is called without a command."""

from __future__ import annotations

import click
from click.core import ParameterSource

from dsql_tui.cli.clusters.list import print_listing
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option
from dsql_tui.cli.shared.lazy import LazyGroup
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options

_COMMANDS = {
    "list": "List the clusters of one or more Regions.",
    "get": "Show everything about a cluster.",
    "create": "Create a cluster in one Region or two.",
    "resume": "Finish an interrupted multi-Region setup.",
    "undo": "Delete an unfinished multi-Region setup.",
    "update": "Change protection, key or metric groups.",
    "delete": "Delete a cluster; of a multi-Region cluster, both sides.",
    "wait": "Wait until a cluster is ready or deleted.",
    "tag": "Set tags.",
    "untag": "Remove tags.",
    "tags": "List tags.",
    "policy": "Get, put or delete the resource policy.",
    "stream": "List, get, create or delete change streams.",
    "vpc-endpoint": "Print the service name for a VPC endpoint.",
    "stanza": "Print a cluster as CloudFormation, Terraform or CDK.",
    "quotas": "Show quotas and their use.",
}
"""Command → its line in `--help`."""


@click.group(
    "clusters",
    cls=LazyGroup,
    package="dsql_tui.cli.clusters",
    lines=_COMMANDS,
    invoke_without_command=True,
)
@json_option()
@output_option
@target_options
@click.pass_context
def command(ctx: click.Context, target: Target, as_json: bool) -> int:
    """List clusters, or create, change and delete one.

    Without a command, lists as `clusters list` does.
    """
    if ctx.invoked_subcommand is None:
        return print_listing(target, as_json=as_json)
    if any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
        raise click.UsageError("Write options after the command: clusters get … --json.")
    return ExitCode.OK
