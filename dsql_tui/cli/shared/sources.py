"""The options `-c` and `-f`, which may be repeated and keep their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dsql_tui.cli.shared.values.types import FILE_OR_STDIN, SQL

if TYPE_CHECKING:
    from dsql_tui.sql.statements.sources import SqlSource


_COMMANDS, _FILES = "texts", "files"


class Given(NamedTuple):
    """The SQL of one `-c` or the path of one `-f`."""

    text: str | None = None
    path: Path | None = None


class SourcesCommand(click.Command):
    """A command whose `-c` and `-f` become one parameter `given`, in order.

    click keeps the order of one option's values and drops the order between options, so the
    command line is parsed a second time for it.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line and merge the two options."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        rest = super().parse_args(ctx, args)
        texts = iter(ctx.params.pop(_COMMANDS) or ())
        paths = iter(ctx.params.pop(_FILES) or ())
        given = []
        for parameter in order:
            if parameter.name == _COMMANDS:
                given.append(Given(text=next(texts)))
            elif parameter.name == _FILES:
                given.append(Given(path=next(paths)))
        ctx.params["given"] = tuple(given)
        return rest


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-c` and `-f` to a function that becomes a `SourcesCommand`."""
    for option in (
        click.option(
            "-f",
            "--file",
            _FILES,
            multiple=True,
            type=FILE_OR_STDIN,
            metavar="FILE",
            help="SQL file to run; - is standard input. May be repeated.",
        ),
        click.option(
            "-c",
            "--command",
            _COMMANDS,
            multiple=True,
            type=SQL,
            metavar="SQL",
            help="SQL to run; may be repeated.",
        ),
    ):
        command = option(command)
    return command


def given_sources(given: Sequence[Given]) -> list[tuple[SqlSource, Path]]:
    """Return the given SQL and the folder of its file; every file is read completely.

    Raises:
        click.UsageError: Nothing was given, or stdin twice.
        InputError: A file cannot be read.
    """
    # Imported here: --help need not wait for them.
    from dsql_tui.sql.statements.sources import SqlSource
    from dsql_tui.sql.text.sql_files import STANDARD_INPUT, read_sql

    if not given:
        raise click.UsageError("Give SQL with -c, or a file with -f (- is stdin).")
    if sum(each.path == STANDARD_INPUT for each in given) > 1:
        raise click.UsageError("-f - can be given once: stdin is read to its end.")
    sources = []
    commands = 0
    for each in given:
        if each.path is not None:
            sources.append((SqlSource(str(each.path), read_sql(each.path)), each.path.parent))
        else:
            commands += 1
            sources.append((SqlSource(f"-c {commands}", each.text or ""), Path()))
    return sources


def only_one(_context: click.Context, option: click.Parameter, values: Sequence[Any]) -> Any:
    """Return the value of an option that may be given once; click would return the last one.

    Raises:
        click.BadParameter: It was given more often.
    """
    if len(values) > 1:
        raise click.BadParameter(f"{option.opts[-1]} can be given once.")
    return values[0] if values else None
