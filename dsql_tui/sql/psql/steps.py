r"""What is to be done for a statement that may hold a command of psql."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from dsql_tui.errors import InputError
from dsql_tui.model.cells import inert
from dsql_tui.sql.lexing.names import pieces_of
from dsql_tui.sql.psql.catalog import table_of
from dsql_tui.sql.psql.commands import (
    ENDS_STATEMENT,
    Meaning,
    Note,
    NotPossible,
    PsqlAction,
    listed,
)
from dsql_tui.sql.psql.read import Command, read_command

_NEEDS_STATEMENT = frozenset({PsqlAction.SEND, PsqlAction.SEND_EXPANDED, PsqlAction.WATCH})
_SENT = "Nothing was sent."
_COLUMNS = ("Command", "Does", "Here")


class Side(Enum):
    """Where a command is given."""

    CONSOLE = "console"
    HEADLESS = "headless"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: send a statement, perform an action, or show a note.

    Attributes:
        sql: The statement to send, or to watch; empty for none.
        action: What to do; with SEND_EXPANDED and WATCH it is about `sql`.
        arguments: Those of the action.
        note: A sentence to show; nothing is done.
        omits_empty: Show no result if the statement returns no rows.
        expects: The error if it returns no rows; empty if it may.
    """

    sql: str = ""
    action: PsqlAction | None = None
    arguments: tuple[str, ...] = ()
    note: str = ""
    omits_empty: bool = False
    expects: str = ""


def steps_of(
    text: str, side: Side, previous: str = "", shown: Callable[[str], str] = str
) -> list[Step]:
    r"""Return what to do for a statement, in order.

    Args:
        text: A statement as it was split, with the command that may end it.
        side: Where it was given.
        previous: The statement before it, which `\g`, `\gx` and `\watch` run when they stand alone.
        shown: Makes a sentence of the table readable: the console puts its keys in.

    Raises:
        InputError: The command is unknown or cannot be used here; one sentence.
    """
    sql, command = read_command(text)
    if command is None:
        return [Step(text)]
    _check_place(sql, command)
    meaning = command.meaning.console if side is Side.CONSOLE else command.meaning.headless
    match meaning:
        case Note(sentence):
            return [Step(note=f"{command.name}: {shown(sentence)}")]
        case NotPossible(sentence):
            raise InputError(f"{command.name}: {shown(sentence)}", remedy=_SENT)
        case PsqlAction():
            return [_action(sql or previous, command, meaning, side, shown)]
    return _queries(command, meaning)


def _check_place(sql: str, command: Command) -> None:
    """Refuse a command inside a statement, of which the part before it would run alone.

    Raises:
        InputError: Names the command.
    """
    if sql and ENDS_STATEMENT.isdisjoint(command.meaning.names):
        raise InputError(
            f"{command.name} is inside a statement. End the statement with ; first.", remedy=_SENT
        )


def _queries(command: Command, meaning: Meaning) -> list[Step]:
    request = command.request
    if isinstance(meaning, PsqlAction | Note | NotPossible):  # told apart by the caller
        raise TypeError(meaning)
    pattern = request.pattern.text
    kind = "function" if "sf" in command.meaning.names else "view"
    expects = ""
    if "d" in command.meaning.names and pattern:
        expects = f"Did not find any relation named {inert(pattern)}."
    elif command.meaning.names[0] in {"sf", "sv"}:
        if not pattern:
            raise InputError(f"{command.name}: the name of a {kind} is missing.", remedy=_SENT)
        expects = f"Did not find any {kind} named {inert(pattern)}."
    first, *others = meaning(request)
    return [
        Step(first, omits_empty=bool(expects), expects=expects),
        *(Step(each, omits_empty=True) for each in others),
    ]


def _action(
    sql: str, command: Command, action: PsqlAction, side: Side, shown: Callable[[str], str]
) -> Step:
    if action is PsqlAction.HELP:
        rows = listed(console=side is Side.CONSOLE)
        return Step(table_of(_COLUMNS, ((name, does, shown(here)) for name, does, here in rows)))
    if action is PsqlAction.COPY:
        raise InputError(f"{command.name}: {_copy_sentence(command.rest, side, shown)}")
    if action in _NEEDS_STATEMENT and not sql:
        raise InputError(f"{command.name} needs a statement before it.", remedy=_SENT)
    arguments = command.arguments
    if action in {PsqlAction.SEND, PsqlAction.SEND_EXPANDED} and arguments:
        raise InputError(
            f"{command.name}: files, programs and options after it are not supported.",
            remedy=_SENT,
        )
    return Step(sql if action in _NEEDS_STATEMENT else "", action, arguments)


def _copy_sentence(rest: str, side: Side, shown: Callable[[str], str]) -> str:
    r"""Return the sentence that says how to copy rows in place of `\copy`."""
    if side is Side.CONSOLE:
        return shown(
            "Run the query and export its result with {results.export};"
            " dsql-tui load reads a file into a table."
        )
    pieces = pieces_of(rest)
    words = [piece.word if piece.depth == 0 else "" for piece in pieces]
    at = next((place for place, word in enumerate(words) if word in {"FROM", "TO"}), None)
    if at is None or at == 0:
        return "use dsql-tui load to read a file, and dsql-tui query -o FILE to write one."
    target = rest[pieces[0].start : pieces[at - 1].end]
    path = _path(rest[pieces[at].end :])
    if words[at] == "FROM":
        table = target.partition("(")[0].strip()
        return f"use dsql-tui load CLUSTER {shlex.quote(path)} --table {shlex.quote(table)}"
    query = target[1:-1].strip() if target.startswith("(") else f"table {target}"
    form = "--csv" if "CSV" in rest[pieces[at].end :].upper() else "--format tsv"
    return f"use dsql-tui query CLUSTER -c {shlex.quote(query)} {form} -o {shlex.quote(path)}"


def _path(text: str) -> str:
    words = text.split()
    stripped = text.strip()
    if stripped.startswith("'"):
        return stripped[1:].partition("'")[0]
    return words[0] if words else "FILE"
