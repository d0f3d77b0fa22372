"""Parameters of a statement: finding `:name` and `$1`, and binding them as literals.

They are bound as quoted literals without a type, not sent beside the statement: so every statement
goes through the one door as text, EXPLAIN and multi-statement scripts take them too, history shows
what ran, and the server infers the type from the place just as it does for a protocol parameter. A
value can never end its literal (quotes are doubled, `standard_conforming_strings` is always on in
DSQL). Names of tables and columns cannot be parameters. In the body of a
function, and of PREPARE, `$1` is its own. The `:n` of a slice, `a[:n]`, is no parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.lexer import Token, TokenKind, significant
from dsql_tui.sql.lexing.string_constants import literal


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with values in place of its parameters.

    Attributes:
        text: What to send.
        replaced: For each parameter, in order: its range in the source, its length in `text`.
    """

    text: str
    replaced: tuple[tuple[int, int, int], ...] = ()

    def source_offset(self, offset: int) -> int:
        """Return the position in the source of an offset in `text`, such as an error's position."""
        moved = 0
        for start, end, length in self.replaced:
            if offset < start + moved:
                break
            if offset < start + moved + length:
                return start
            moved += length - (end - start)
        return offset - moved


def parameters_of(statement: str) -> tuple[str, ...]:
    """Return the parameters as written, each once, in order of appearance."""
    return tuple(dict.fromkeys(token.of(statement) for token in _parameters(statement)))


def bind(statement: str, values: Mapping[str, str | None]) -> Bound:
    """Replace parameters by values.

    Args:
        statement: One statement.
        values: Text by parameter as it is spelled (`":name"`, `"$1"`); `None` is NULL.

    Raises:
        InputError: A value is missing, or holds a NUL character, which no text in SQL can.
    """
    missing = [name for name in parameters_of(statement) if name not in values]
    if missing:
        raise InputError(f"No value was given for {', '.join(missing)}.")
    parts: list[str] = []
    replaced: list[tuple[int, int, int]] = []
    position = 0
    for token in _parameters(statement):
        spelled = untyped(values[token.of(statement)])
        parts += [statement[position : token.start], spelled]
        replaced.append((token.start, token.end, len(spelled)))
        position = token.end
    return Bound("".join([*parts, statement[position:]]), tuple(replaced))


def untyped(value: str | None) -> str:
    """Return a value as an untyped SQL literal.

    Raises:
        InputError: It holds a NUL character.
    """
    if value is None:
        return "NULL"
    if "\0" in value:
        raise InputError("A value cannot hold the character NUL.")
    return literal(value)


def _parameters(statement: str) -> list[Token]:
    tokens = significant(statement)
    head = [token.of(statement).upper() for token in tokens[:4]]
    has_own = head[:1] == ["PREPARE"] or (
        head[:1] == ["CREATE"] and not {"FUNCTION", "PROCEDURE"}.isdisjoint(head)
    )
    slices = _slices(tokens, statement)
    return [
        token
        for token in tokens
        if token.kind is TokenKind.PARAMETER
        and token not in slices
        and not (has_own and statement[token.start] == "$")
    ]


_ENDS_OPERAND = frozenset(
    {
        TokenKind.WORD,
        TokenKind.QUOTED_IDENTIFIER,
        TokenKind.STRING,
        TokenKind.DOLLAR_STRING,
        TokenKind.NUMBER,
        TokenKind.PARAMETER,
    }
)


def _slices(tokens: Sequence[Token], statement: str) -> set[Token]:
    """Return what reads like a parameter and is the end of a slice: `a[:n]`, `a[1 :n]`."""
    slices: set[Token] = set()
    brackets: list[str] = []
    """What is open: `(`, `[` of an ARRAY, or `a[` of a subscript."""
    before = ""
    ends_operand = False
    for token in tokens:
        spelled = token.of(statement)
        if spelled in {"(", "["}:
            is_subscript = spelled == "[" and ends_operand and before.upper() != "ARRAY"
            brackets.append("a[" if is_subscript else spelled)
        elif spelled in {")", "]"} and brackets:
            brackets.pop()
        elif (
            token.kind is TokenKind.PARAMETER
            and spelled[0] == ":"
            and brackets[-1:] == ["a["]
            and (ends_operand or before == "[")
        ):
            slices.add(token)
        ends_operand = token.kind in _ENDS_OPERAND or spelled in {")", "]"}
        before = spelled
    return slices
