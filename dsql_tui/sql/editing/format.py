"""Formatting one statement without changing its meaning.

sqlparse determines the layout. It supports neither PostgreSQL's quoting nor its white space, so it
receives a placeholder for everything that is quoted or commented. The result is the original tokens
with different white space between them: strings, names and comments stay the same byte for byte.
sqlparse takes 3 ms for an ordinary statement and a second for 150 KB: call it outside the event
loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dsql_tui.errors import InputError
from dsql_tui.sql.editing.highlight import KEYWORDS
from dsql_tui.sql.lexing.lexer import TokenKind, tokenize
from dsql_tui.sql.text.lines import dominant_ending, with_endings

SIZE_MAX = 200_000
"""Code points; a longer statement is data more than text, and would take sqlparse seconds."""
STAND_IN_MAX = 60
"""Characters that sqlparse sees of one quoted thing."""
PASSES_MAX = 5
"""How often sqlparse is asked until it changes nothing any more; mostly the second time."""
_WORD = TokenKind.WORD
_BETWEEN_STRINGS = (TokenKind.SPACE, TokenKind.COMMENT)
_LINE_BREAK = re.compile(r"[\r\n]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def format_statement(
    statement: str, *, keyword_case: str = "lower", indent: int = 2, ending: str | None = None
) -> str:
    """Return a formatted statement.

    Args:
        statement: Its text, without the `;`.
        keyword_case: `lower`, `upper`, or `keep`.
        indent: Columns of indentation per level.
        ending: The line ending; if `None`, the most frequent one of the statement.

    Raises:
        InputError: It is too long, or sqlparse would change its meaning.
    """
    if len(statement) > SIZE_MAX:
        raise InputError(
            f"The statement is longer than {SIZE_MAX:,} characters; it stays as it is."
        )
    parts = _parts(statement)
    if TokenKind.UNTERMINATED in {part.kind for part in parts}:
        raise InputError("The statement ends inside of a quote or comment; it stays as it is.")
    layout = _layout(_skeleton(parts), keyword_case, indent)
    laid_out = _filled(layout, parts, ending or dominant_ending(statement))
    if laid_out is None or not _is_equivalent(_parts(laid_out), parts):
        raise InputError("Laying it out would change what the statement says; it stays as it is.")
    return laid_out


class _Part(NamedTuple):
    """A token; a string that is continued on other lines is one, with all between its pieces."""

    kind: TokenKind
    text: str

    @property
    def stand_in(self) -> str:
        """The placeholder for sqlparse: a token of that kind and width that it reads correctly."""
        width = min(len(self.text), STAND_IN_MAX)
        match self.kind:
            case TokenKind.SPACE:
                return "\n" if _LINE_BREAK.search(self.text) else " "
            case TokenKind.STRING | TokenKind.DOLLAR_STRING:
                return f"'{'x' * (width - 2)}'"
            case TokenKind.QUOTED_IDENTIFIER:
                return f'"{"x" * max(width - 2, 1)}"'
            case TokenKind.COMMENT if self.text.startswith("/*"):
                return f"/*{'x' * (width - 4)}*/"
            case TokenKind.COMMENT:
                return f"--{'x' * (width - 2)}"
        return _NOT_ASCII.sub("x", self.text)


def _parts(text: str) -> list[_Part]:
    parts: list[_Part] = []
    last_string = -1
    for token in tokenize(text):
        part = _Part(token.kind, token.of(text))
        if part.kind is TokenKind.STRING:
            if last_string >= 0:
                whole = "".join(each.text for each in parts[last_string:]) + part.text
                parts[last_string:] = [_Part(part.kind, whole)]
                continue
            last_string = len(parts)
        elif part.kind not in _BETWEEN_STRINGS:
            last_string = -1
        parts.append(part)
    return parts


def _skeleton(parts: Iterable[_Part]) -> str:
    return "".join(part.stand_in for part in parts)


def _layout(skeleton: str, keyword_case: str, indent: int) -> str:
    """Return the formatted skeleton; formatting it again does not change it.

    Raises:
        InputError: It is nested too deeply.
    """
    import sqlparse  # importing takes 16 ms, needed only for formatting

    layout = ""
    for _ in range(PASSES_MAX):
        before = layout
        try:
            layout = sqlparse.format(
                skeleton,
                reindent=True,
                indent_width=indent,
                keyword_case=None if keyword_case == "keep" else keyword_case,
            ).strip()
        except (sqlparse.exceptions.SQLParseError, RecursionError):
            raise InputError("The statement is nested too deeply; it stays as it is.") from None
        if layout == before:
            break
        skeleton = _skeleton(_parts(layout))
    return layout


def _filled(layout: str, parts: Sequence[_Part], ending: str) -> str | None:
    """Return a layout with the placeholders replaced; `None` if some are missing."""
    rest = [part for part in parts if part.kind is not TokenKind.SPACE]
    filled: list[str] = []
    position = 0
    for token in tokenize(layout):
        spelled = token.of(layout)
        if token.kind is TokenKind.SPACE:
            filled.append(with_endings(spelled, ending))
            continue
        if position == len(rest) or rest[position].stand_in.lower() != spelled.lower():
            return None
        filled.append(_spelled(rest, position, spelled))
        position += 1
    return "".join(filled) if position == len(rest) else None


def _spelled(parts: Sequence[_Part], position: int, laid_out: str) -> str:
    """Return a part as it was, or in the case of the layout for a keyword; `a.set` has none."""
    part = parts[position]
    is_name = any(each.text == "." for each in parts[max(position - 1, 0) : position + 2])
    is_keyword = part.kind is _WORD and part.text.lower() in KEYWORDS and not is_name
    return laid_out if is_keyword else part.text


def _is_equivalent(parts: Iterable[_Part], before: Iterable[_Part]) -> bool:
    """Whether two texts have the same tokens, words in any case of ASCII letters."""
    return _meaningful(parts) == _meaningful(before)


def _meaningful(parts: Iterable[_Part]) -> list[tuple[TokenKind, str]]:
    return [
        (part.kind, part.text.lower() if part.kind is _WORD and part.text.isascii() else part.text)
        for part in parts
        if part.kind is not TokenKind.SPACE
    ]
