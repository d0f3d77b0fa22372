"""`dsql-tui clusters stanza`: a cluster as infrastructure code."""

from __future__ import annotations

import click

from dsql_tui.cli.clusters.shared import cluster_of
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.model.stanza import StanzaKind
from dsql_tui.model.stanza import stanza as write_stanza


@click.command("stanza")
@cluster_argument()
@click.option(
    "--as",
    "kind",
    type=click.Choice([kind.value for kind in StanzaKind]),
    default=StanzaKind.CLOUDFORMATION.value,
    show_default=True,
    help="Tool that the code is for.",
)
@output_option
@target_options
def command(cluster: str | None, kind: str, target: Target) -> None:
    """Print CLUSTER as infrastructure code."""
    with cluster_of(target, cluster) as (_, found_cluster):
        click.echo(write_stanza(found_cluster, StanzaKind(kind)))
