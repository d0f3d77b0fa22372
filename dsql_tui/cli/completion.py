"""`dsql-tui completion`: print a script for completion in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from dsql_tui.cli.shared.lazy import PROGRAM

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_DSQL_TUI_COMPLETE"
"""What the script sets when it asks this program for completions; click derives it so."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and names in SHELL: bash, zsh or fish.

    Clusters, roles and tables come from a file that earlier commands have left, such as `clusters
    list` and `roles`. Completing never connects.

    Examples:
      source <(dsql-tui completion bash)
      dsql-tui completion zsh > ~/.zfunc/_dsql-tui
      dsql-tui completion fish > ~/.config/fish/completions/dsql-tui.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click has no completion for {shell}.")
    complete = kind(ctx.find_root().command, {}, PROGRAM, VARIABLE)
    click.echo(complete.source_template % complete.source_vars())
