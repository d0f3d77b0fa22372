"""Errors on stderr: what happened and where, the server's words, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsql_tui.errors import ConnectError, DsqlTuiError, StatementError
from dsql_tui.model.cells import inert

if TYPE_CHECKING:
    from dsql_tui.sql.sources import Place


def report(error: DsqlTuiError, place: Place | None = None) -> None:
    """Print an error; with the line of SQL and a caret if the server named a position.

    Args:
        error: What happened.
        place: Where in the SQL, `None` if it is about no statement.
    """
    where = f"{place}: " if place else ""
    sqlstate = f"{error.sqlstate} " if isinstance(error, StatementError) else ""
    click.echo(f"Error: {where}{sqlstate}{_inert(error.message)}", err=True)
    if place and isinstance(error, StatementError) and error.position is not None:
        for line in place.excerpt():
            click.echo(line, err=True)
    if isinstance(error, StatementError) and error.detail:
        click.echo(f"Detail: {_inert(error.detail)}", err=True)
    if isinstance(error, StatementError | ConnectError) and error.hint:
        click.echo(f"Hint: {_inert(error.hint)}", err=True)
    if error.remedy:
        click.echo(_inert(error.remedy), err=True)


def _inert(text: str) -> str:
    """Keep line breaks; nothing else in a server's words may act on the terminal."""
    return "\n".join(inert(line) for line in text.split("\n"))
