"""The `clusters` group: bare it lists, and it imports a command when it is asked for."""

from __future__ import annotations

import click
from click.core import ParameterSource

from dsql_tui.cli.clusters.listing import print_listing
from dsql_tui.cli.shared.lazy import LazyGroup, Place
from dsql_tui.cli.shared.target import Target, target_options

_COMMANDS = {
    "get": ("show", "Show everything about a cluster."),
    "create": ("create", "Create a cluster in one Region or two."),
    "resume": ("create", "Finish a multi-Region set-up that was interrupted."),
    "undo": ("delete", "Take an unfinished multi-Region set-up back."),
    "update": ("change", "Change protection, key or metric groups."),
    "delete": ("delete", "Delete a cluster, both sides of a pair."),
    "wait": ("wait", "Wait until a cluster is ready, or gone."),
    "tag": ("change", "Set tags."),
    "untag": ("change", "Take tags away."),
    "tags": ("change", "List the tags."),
    "policy": ("policy", "Get, put or delete the resource policy."),
    "stream": ("stream", "List, get, create or delete change streams."),
    "vpc-endpoint": ("show", "Print the VPC endpoint service's name."),
    "stanza": ("show", "Print the cluster as CloudFormation, Terraform or CDK."),
    "quotas": ("show", "Show quotas and how much of them is used."),
}
"""Command → its module in this package and its line in `--help`."""


_PLACES = {
    name: Place(f"dsql_tui.cli.clusters.{module}", name.replace("-", "_"), line)
    for name, (module, line) in _COMMANDS.items()
}


@click.group("clusters", cls=LazyGroup, places=_PLACES, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@target_options
@click.pass_context
def command(ctx: click.Context, target: Target, as_json: bool) -> None:
    """List the clusters of one or more Regions, or do something with one.

    Without a command: lists. Regions that cannot be listed are told on stderr; the listing fails
    only when all of them do.
    """
    if ctx.invoked_subcommand is None:
        print_listing(target, as_json=as_json)
    elif any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
        raise click.UsageError("Options belong behind the command: clusters get … --json")
