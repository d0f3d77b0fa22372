"""Confirmations before a change, on the terminal or with `--yes`."""

from __future__ import annotations

import sys

import click

from dsql_tui.errors import NotConfirmed
from dsql_tui.model.cells import inert_lines


def has_person() -> bool:
    """Return whether there is a terminal to ask a question on."""
    return sys.stdin is not None and sys.stdin.isatty()


def require_person() -> None:
    """Check that there is a terminal to ask a question on.

    Raises:
        NotConfirmed: Standard input is not a terminal.
    """
    if not has_person():
        raise NotConfirmed(
            "This asks for confirmation, and standard input is not a terminal."
            " Nothing was changed.",
            remedy="Add --yes to run it without a question.",
        )


def ask(question: str) -> None:
    """Ask a yes-or-no question.

    Raises:
        NotConfirmed: The answer is no, or standard input is not a terminal.
    """
    require_person()
    if not click.confirm(inert_lines(question), err=True):
        raise NotConfirmed("Not confirmed; nothing was changed.")
