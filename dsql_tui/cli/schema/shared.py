"""What the commands of `dsql-tui schema` share: which definitions are meant, and differences."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from dsql_tui.cli.shared.confirm import has_person
from dsql_tui.cli.shared.definition_sources import empty_cluster
from dsql_tui.cli.shared.target import Target
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.cli.shared.values.types import OBJECT
from dsql_tui.errors import InputError
from dsql_tui.model.cells import inert_lines
from dsql_tui.schema.change import ChangeKind, DefinitionChange
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.plan import merged, plan_changes
from dsql_tui.schema.renames import Rename, possible_renames, rename_of

_MARKS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}


def allow_drop_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--allow-drop`."""
    return click.option(
        "--allow-drop",
        is_flag=True,
        help="Allow statements that drop tables, columns and other objects.",
    )(command)


def _renames(
    _context: click.Context, _parameter: click.Parameter, texts: Sequence[str]
) -> tuple[Rename, ...]:
    try:
        return tuple(rename_of(text) for text in texts)
    except InputError as error:
        raise click.UsageError(error.message) from None


def rename_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--rename`."""
    return click.option(
        "--rename",
        "renames",
        multiple=True,
        type=OBJECT,
        callback=_renames,
        metavar="OLD=NEW",
        help="A table or column that has another name now: app.orders=sales or"
        " app.orders.note=remark; may be repeated. Without it a terminal asks.",
    )(command)


def planned_changes(
    first: Database, second: Database, given: Sequence[Rename], target: Target, *, asks: bool
) -> list[DefinitionChange]:
    """Return what turns one database into another, with renames that were stated or confirmed.

    Args:
        first: How it is.
        second: How it is to be.
        given: What `--rename` states; one that was made already is skipped.
        target: Where a temporary local DSQL can be made, which renames need.
        asks: Ask about what may be a rename, on a terminal; else it is reported.

    Raises:
        InputError: A rename is not possible.
        LocalError: The local DSQL cannot run.
    """
    renames = [each for each in given if each.is_open(first)]
    for candidate in possible_renames(first, second):
        if any(candidate.excludes(each) for each in renames):
            continue
        if not (asks and has_person()):
            narrate(f"{candidate.question} Then add --rename {shlex.quote(candidate.option)}.")
        elif click.confirm(inert_lines(candidate.question), err=True):
            renames.append(candidate)
    return plan_changes(first, second, renames, partial(empty_cluster, target)).changes


def print_differences(listed: Sequence[DefinitionChange]) -> None:
    """Print differences for people: a mark, what differs, what is lost, what is impossible."""
    for change in merged(listed):
        echo_line(f"{_MARKS[change.kind]} {change.label}")
        if change.drops:
            echo_line(f"    drops {change.drops}")
        if change.note:
            echo_line(f"    {change.note}")
        if change.impossible:
            echo_line(f"    no statement: {change.impossible}")


def differences_as_json(listed: Sequence[DefinitionChange]) -> dict[str, object]:
    """Return differences as JSON has them."""
    return {
        "differences": [
            {
                "change": change.kind.value,
                "object": change.key.label if change.key else None,
                "part": change.part or None,
                "statements": list(change.statements),
                "drops": change.drops or None,
                "impossible": change.impossible or None,
                "note": change.note or None,
            }
            for change in listed
        ]
    }
