"""Command groups that import a command's module when it is called, and code of all commands.

Every command gets `-q`, `--verbose`, its exit codes at the end of its help, and options of earlier
versions, whose errors name the replacement.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from inspect import cleandoc
from keyword import iskeyword
from typing import Any

import click

from dsql_tui.cli.shared.exit_codes import described_codes
from dsql_tui.cli.shared.terminal import QUIET, VERBOSE, narrate

PROGRAM = "dsql-tui"
HELP_OPTIONS = ("-h", "--help")
_UNWRAPPED = "\b\n"
"""What click leaves the lines of a paragraph alone for."""
_EXAMPLES = re.compile(r"^(Examples?:)$", re.MULTILINE)
_NEAR = 0.6
"""How alike a word must be to be suggested, as click has it for options."""


class LazyGroup(click.Group):
    """A group over a table of commands, in the table's order.

    Without a command it prints its help, unless it does something itself.

    Args:
        package: Where the commands live, one file each: `vpc-endpoint` is `command` in
            `<package>.vpc_endpoint`; a keyword of Python has an underscore after it.
        lines: Command → its line in `--help`.
    """

    def __init__(self, *args: Any, package: str, lines: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._package = package
        self._lines = lines
        self._prepared: set[str] = set()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the table."""
        return list(self._lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or `None` for an unknown one."""
        if cmd_name not in self._lines:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        module = importlib.import_module(f"{self._package}.{name}")
        command: click.Command = module.command
        _add_common_options(command)
        if command.name not in self._prepared:
            self._prepared.add(cmd_name)
            command.context_settings.setdefault("help_option_names", list(HELP_OPTIONS))
            command.help = _EXAMPLES.sub(f"{_UNWRAPPED}\\1", cleandoc(command.help or ""))
            codes = _exit_codes(f"{ctx.command_path} {cmd_name}".split()[1:])
            command.epilog = "\n\n".join(filter(None, (command.epilog, codes)))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the named command.

        Raises:
            click.UsageError: There is none of that name; the nearest one is suggested.
        """
        name = args[0]
        if name not in self._lines and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, self._lines, n=1, cutoff=_NEAR)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"No such command '{name[:40]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; print help if it is empty."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lines.items()))


class Renamed(click.Option):
    """A hidden option of an earlier version, which sets the parameter of its replacement.

    Args:
        now: What to write today.
    """

    def __init__(self, *args: Any, now: str, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "hidden": True})
        self.now = now


class NoticingCommand(click.Command):
    """A command that prints on standard error what replaces a `Renamed` option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line."""
        _, _, used = self.make_parser(ctx).parse_args(args=list(args))
        rest = super().parse_args(ctx, args)
        for option in dict.fromkeys(used):
            if isinstance(option, Renamed):
                narrate(f"{option.opts[0]} is now {option.now}; both work.")
        return rest


class PsqlCommand(NoticingCommand):
    """A command that passes what follows `--` to psql as the parameter `psql_args`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the part before `--`."""
        cut = args.index("--") if "--" in args else len(args)
        rest = super().parse_args(ctx, args[:cut])
        misplaced = list(ctx.params.get("psql_args") or ())
        cluster = ctx.params.get("cluster")
        if cluster is not None and cluster.startswith("-"):
            ctx.params["cluster"] = None
            misplaced.insert(0, cluster)
        if misplaced:
            narrate(f"Write -- before the options of psql: -- {' '.join(misplaced)[:40]}")
        ctx.params["psql_args"] = (*misplaced, *args[cut + 1 :])
        return rest


def forward(ctx: click.Context, name: str, arguments: Sequence[str]) -> Any:
    """Run another command of the command line with these arguments."""
    root = ctx.find_root()
    group = root.command
    command = group.get_command(root, name) if isinstance(group, click.Group) else None
    if command is None:
        raise click.UsageError(f"{name} can only be called by {PROGRAM}.", ctx)
    return command.main(list(arguments), name, standalone_mode=False, parent=root)


def _add_common_options(command: click.Command) -> None:
    """Add the options that every command has, once."""
    if isinstance(command, click.Group) and not command.invoke_without_command:
        return
    present = {name for option in command.params for name in option.opts}
    for name, key, text in (
        ("--verbose", VERBOSE, "Print more on standard error."),
        ("--quiet", QUIET, "Print nothing but errors on standard error."),
    ):
        if name not in present:
            command.params.append(_flag(name, key, text))


def _flag(name: str, key: str, text: str) -> click.Option:
    """Return a flag that is kept for the whole command line and passed to no function."""

    def keep(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
        if value:
            ctx.meta[key] = True

    short = ["-q"] if key == QUIET else []
    return click.Option(
        [*short, name], is_flag=True, expose_value=False, is_eager=True, callback=keep, help=text
    )


def _exit_codes(path: Sequence[str]) -> str:
    """Return the exit codes of a command as printed at the end of its help."""
    lines = [f"  {line}" for line in described_codes(".".join(path))]
    if not lines:
        return ""
    return "\n".join([f"{_UNWRAPPED}Exit codes besides those in {PROGRAM} --help:", *lines])
