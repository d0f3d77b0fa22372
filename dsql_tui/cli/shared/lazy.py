"""A group of commands whose modules are imported when one is called, not when help is printed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import click


class LazyGroup(click.Group):
    """A group over a table of commands, in the table's order.

    Args:
        package: Where the commands live, one file each: `vpc-endpoint` is `command` in
            `<package>.vpc_endpoint`.
        lines: Command → its line in `--help`.
    """

    def __init__(self, *args: Any, package: str, lines: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._package = package
        self._lines = lines

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the table."""
        return list(self._lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command, or `None` for an unknown one."""
        if cmd_name not in self._lines:
            return None
        module = importlib.import_module(f"{self._package}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lines.items()))


def forward(ctx: click.Context, name: str, arguments: Sequence[str]) -> Any:
    """Run another command of the command line with these arguments."""
    root = ctx.find_root()
    group = root.command
    command = group.get_command(root, name) if isinstance(group, click.Group) else None
    if command is None:
        raise click.UsageError(f"{name} is a command of dsql-tui alone.", ctx)
    return command.main(list(arguments), f"dsql-tui {name}", standalone_mode=False)
