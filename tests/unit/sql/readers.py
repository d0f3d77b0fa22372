"""The functions that read SQL of people and clients, by the names in `NEVER_RAISE`."""

from __future__ import annotations

from collections.abc import Callable

from dsql_tui.local.gate.verdicts import examine
from dsql_tui.sql.access.required_privileges import needs_of
from dsql_tui.sql.completion.context import Context
from dsql_tui.sql.dsql.explain import read_plan
from dsql_tui.sql.dsql.explain_hints import hints
from dsql_tui.sql.dsql.rules import is_false_alarm, objections
from dsql_tui.sql.lexing.lexer import tokenize
from dsql_tui.sql.lexing.names import pieces_of
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.lexing.string_constants import content
from dsql_tui.sql.statements.classify import classify
from dsql_tui.sql.statements.commands import command_of
from dsql_tui.sql.statements.params import parameters_of

NEVER_RAISE: dict[str, Callable[[str], object]] = {
    "classify": classify,
    "command_of": lambda text: pieces_of(text) and command_of(pieces_of(text)),
    "content": content,
    "context": lambda text: Context.at(text, len(text) // 2),
    "examine": examine,
    "hints": lambda text: hints(read_plan(text)),
    "is_false_alarm": lambda text: is_false_alarm("parse_error", text),
    "needs_of": needs_of,
    "objections": objections,
    "parameters_of": parameters_of,
    "split": split,
    "tokenize": lambda text: list(tokenize(text)),
}
"""Functions that may not raise, whatever the text: the gateway would cut the session."""
