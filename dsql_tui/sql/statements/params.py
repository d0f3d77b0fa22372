"""Parameters of a statement: finding `:name` and `$1`, and binding them as literals.

They are inserted as quoted literals without a type, not sent separately as protocol parameters. So
every statement is sent as text in the same way, parameters also work in EXPLAIN and in scripts of
several statements, the history shows what ran, and the server infers the type from the context as
it does for a protocol parameter. A value can never end its literal (quotes are doubled,
`standard_conforming_strings` is always on in DSQL). Names of tables and columns cannot be
parameters. In the body of a function and in PREPARE, `$1` belongs to the function or the prepared
statement and is not replaced. The `:n` of a slice, `a[:n]`, is not a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.keywords import words
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, pieces_of
from dsql_tui.sql.lexing.string_constants import literal
from dsql_tui.sql.statements.commands import command_of


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with values in place of its parameters.

    Attributes:
        text: The statement to send.
        replaced: For each parameter, in order: its range in the source, its length in `text`.
    """

    text: str
    replaced: tuple[tuple[int, int, int], ...] = ()

    def source_offset(self, offset: int) -> int:
        """Return the position in the source of an offset in `text`, such as an error's position."""
        moved = 0
        for start, end, length in self.replaced:
            if offset < start + moved + length:
                return min(start, offset - moved)
            moved += length - (end - start)
        return offset - moved


def parameters_of(statement: str) -> tuple[str, ...]:
    """Return the parameters as written, each once, in order of appearance."""
    return tuple(dict.fromkeys(piece.text for piece in _parameters(statement)))


def bind(statement: str, values: Mapping[str, str | None]) -> Bound:
    """Replace parameters by values.

    Args:
        statement: One statement.
        values: Text by parameter as it is spelled (`":name"`, `"$1"`); `None` is NULL.

    Raises:
        InputError: A value is missing, or holds a NUL character, which no text in SQL can.
    """
    parameters = _parameters(statement)
    missing = dict.fromkeys(each.text for each in parameters if each.text not in values)
    if missing:
        raise InputError(f"No value was given for {', '.join(missing)}.")
    parts: list[str] = []
    replaced: list[tuple[int, int, int]] = []
    position = 0
    for parameter in parameters:
        spelled = untyped(values[parameter.text])
        parts += [statement[position : parameter.start], spelled]
        replaced.append((parameter.start, parameter.end, len(spelled)))
        position = parameter.end
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


def _parameters(statement: str) -> list[Piece]:
    pieces = pieces_of(statement)
    has_own = bool(pieces) and command_of(pieces)[0] in _WITH_OWN
    slices = _slices(pieces)
    return [
        piece
        for piece in pieces
        if piece.kind is TokenKind.PARAMETER
        and piece not in slices
        and not (has_own and piece.text.startswith("$"))
    ]


_WITH_OWN = frozenset({"PREPARE", "CREATE FUNCTION", "CREATE PROCEDURE"})
"""Commands whose `$1` is a parameter of what they make."""
_OPERANDS = frozenset(
    {
        TokenKind.WORD,
        TokenKind.QUOTED_IDENTIFIER,
        TokenKind.STRING,
        TokenKind.DOLLAR_STRING,
        TokenKind.NUMBER,
        TokenKind.PARAMETER,
    }
)
_BEFORE_OPERAND = words(
    "ALL AND ANY ARRAY BETWEEN CASE ELSE FROM ILIKE IN LIKE NOT OR SELECT SOME SYMMETRIC THEN TO"
    " WHEN WHERE"
)
"""Words of expressions that an operand follows."""


def _slices(pieces: Sequence[Piece]) -> set[Piece]:
    """Return what reads like a parameter and is the end of a slice: `a[:n]`, `a[1 :n]`."""
    slices: set[Piece] = set()
    brackets: list[str] = []
    """What is open: `(`, `[` of an ARRAY, or `a[` of a subscript."""
    before = ""
    after_operand = False
    for piece in pieces:
        if piece.word in {"(", "["}:
            brackets.append("a[" if piece.word == "[" and after_operand else piece.word)
        elif piece.word in {")", "]"} and brackets:
            brackets.pop()
        elif (
            piece.kind is TokenKind.PARAMETER
            and piece.word.startswith(":")
            and brackets[-1:] == ["a["]
            and (after_operand or before == "[")
        ):
            slices.add(piece)
        before = piece.word
        after_operand = before in {")", "]"} or (
            piece.kind in _OPERANDS and before not in _BEFORE_OPERAND
        )
    return slices
