"""The `clusters` group: bare it lists, and it imports a command when it is asked for."""

from __future__ import annotations

import importlib

import click
from click.core import ParameterSource

from dsql_tui.cli.clusters.listing import print_listing
from dsql_tui.cli.target import Target, target_options

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


class _Clusters(click.Group):
    """Imports a command's module when it is called, not when help is printed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command, or `None` for an unknown one."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"dsql_tui.cli.clusters.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group("clusters", cls=_Clusters, invoke_without_command=True)
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
