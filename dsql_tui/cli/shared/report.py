"""Errors on stderr: the message and its place, the server's details, advice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.errors import ConnectError, DsqlTuiError, StatementError
from dsql_tui.model.cells import inert, inert_lines

_LONG_WORD = re.compile(r"(\S{60})\S{60,}")
"""A value so long that an error repeats only its beginning."""

if TYPE_CHECKING:
    from dsql_tui.sql.statements.sources import SourcePosition


def report(error: DsqlTuiError, place: SourcePosition | None = None) -> None:
    """Print an error, with the line of SQL and a caret if the server reported a position.

    Args:
        error: What happened.
        place: Where in the SQL, `None` if it is about no statement.
    """
    where = f"{place}: " if place else ""
    sqlstate = f"{error.sqlstate} " if isinstance(error, StatementError) else ""
    click.echo(f"Error: {where}{sqlstate}{_message(error)}", err=True)
    if place and isinstance(error, StatementError) and error.position is not None:
        for line in place.excerpt():
            click.echo(line, err=True)
    if isinstance(error, StatementError) and error.detail:
        click.echo(f"Detail: {inert_lines(error.detail)}", err=True)
    if isinstance(error, StatementError | ConnectError) and error.hint:
        click.echo(f"Hint: {inert_lines(error.hint)}", err=True)
    if error.remedy:
        click.echo(inert_lines(error.remedy), err=True)


def report_usage(error: click.ClickException) -> None:
    """Print a usage error on one line, otherwise as click does.

    The error repeats arguments; only a list of allowed values is printed on separate lines.
    """
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(f"Try '{error.ctx.command_path} --help' for help.\n", err=True)
    message = _LONG_WORD.sub(r"\1…", error.format_message())
    if not isinstance(error, click.MissingParameter):
        message = inert(message)
    click.echo(f"Error: {message}", err=True)


def _message(error: DsqlTuiError) -> str:
    """Return what happened; only a server's own words may take several lines."""
    if isinstance(error, StatementError | ConnectError):
        return inert_lines(error.message)
    return inert(error.message)


def print_retry(attempt: int, reason: str) -> None:
    """Print that a transaction is retried after a conflict.

    Args:
        attempt: The attempt that was lost, from 1.
        reason: The server's words.
    """
    narrate(f"    conflict, attempt {attempt} lost: {reason}")
