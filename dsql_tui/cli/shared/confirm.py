"""Questions before a change: they are asked of a person, or answered with `--yes`."""

from __future__ import annotations

import sys

import click

from dsql_tui.errors import NotConfirmed
from dsql_tui.model.cells import inert_lines


def require_person() -> None:
    """Check that a question can be asked.

    Raises:
        NotConfirmed: Standard input is not a terminal.
    """
    if not sys.stdin.isatty():
        raise NotConfirmed(
            "This asks for confirmation, and standard input is not a terminal."
            " Nothing was changed.",
            remedy="Add --yes to run it without a question.",
        )


def ask(question: str) -> None:
    """Ask a question that is answered with yes or no.

    Raises:
        NotConfirmed: The answer is no, or nobody is there to answer.
    """
    require_person()
    if not click.confirm(inert_lines(question), err=True):
        raise NotConfirmed("Not confirmed; nothing was changed.")
