"""Variables in SQL, as in `psql -v NAME=VALUE`.

`:name` stands for the value as it is, `:'name'` for a quoted string, `:"name"` for a quoted
identifier. Text inside quotes, dollar quotes and comments is not changed, nor is a variable without
a value (psql 16, "SQL Interpolation"). Variables inside a value are not replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from dsql_tui.sql.lexing.lexer import Token, TokenKind, tokenize
from dsql_tui.sql.lexing.string_constants import literal

NAME = re.compile(r"[A-Za-z0-9_\x80-\U0010ffff]+")
"""psql's variable_char."""
_PLAIN = frozenset({TokenKind.WORD, TokenKind.NUMBER})


def interpolate(
    text: str,
    values: Mapping[str, str],
    on_command: Callable[[str, int], object] | None = None,
) -> str:
    """Return SQL with its variables replaced by their values.

    Args:
        text: Any number of statements.
        values: By name.
        on_command: Called for each command of psql, with its text and offset; what it changes in
            `values` applies to the text after it.
    """
    if ("\\" not in text or on_command is None) and (not values or ":" not in text):
        return text
    return "".join(_pieces(text, values, on_command))


def _pieces(
    text: str,
    values: Mapping[str, str],
    on_command: Callable[[str, int], object] | None = None,
) -> Iterator[str]:
    """Yield the tokens, and in place of each variable its value."""
    colon: Token | None = None
    for token in tokenize(text):
        spelled = token.of(text)
        if colon is not None:
            value = _value(token.kind, spelled, values)
            colon = None
            if value is not None:
                yield value
                continue
            yield ":"
        if token.kind is TokenKind.COMMAND:
            spelled = spelled[0] + "".join(_pieces(spelled[1:], values))
            if on_command is not None:
                on_command(spelled, token.start)
        if token.kind is TokenKind.PUNCTUATION and spelled == ":":
            colon = token
        elif token.kind is TokenKind.PARAMETER and spelled[0] == ":":
            yield _parameter(spelled, values)
        else:
            yield spelled
    if colon is not None:
        yield ":"


def _value(kind: TokenKind, spelled: str, values: Mapping[str, str]) -> str | None:
    """Return the value of a token after a colon, `None` if it is not a variable."""
    if kind in _PLAIN:
        return values.get(spelled)
    name = spelled[1:-1]
    if name not in values or not NAME.fullmatch(name):
        return None
    if kind is TokenKind.STRING and spelled[0] == "'":
        return literal(values[name])
    if kind is TokenKind.QUOTED_IDENTIFIER and spelled[0] == '"':
        return '"' + values[name].replace('"', '""') + '"'
    return None


def _parameter(spelled: str, values: Mapping[str, str]) -> str:
    """Return a parameter's value; names end where psql's do, before a dollar sign."""
    name_match = NAME.match(spelled, 1)
    name = name_match.group() if name_match else ""
    return values[name] + spelled[1 + len(name) :] if name in values else spelled
