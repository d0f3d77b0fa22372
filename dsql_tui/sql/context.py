"""What a person may be about to type at a place in a statement.

`Context.at` finds the word being typed and the pieces around it; `sql/place.py` says what fits. It
reads on from whatever is half typed and never fails.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.sql.lexer import Token, TokenKind, tokenize
from dsql_tui.sql.names import Piece, folded, pieces_of
from dsql_tui.sql.place import Place, Wish, depth_behind


@dataclass(frozen=True, slots=True)
class Context:
    """A place in a statement.

    Attributes:
        before: The pieces in front of what is being typed.
        after: The pieces behind the cursor.
        start: Offset at which the word being typed begins; the cursor's if there is none.
        prefix: What has been typed of the word, folded unless quoted.
        is_quoted: The word begins with a double quote.
        qualifier: Names before the dot that the word follows.
        wishes: What fits, the likeliest first.
        phrases: Keywords that fit, in lower case.
        target: The table whose columns TARGET_COLUMNS are, as it is spelled there.
        begin: Offset of the statement; the pieces before count from here.
        typed_upper: What has been typed is in capitals.
    """

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    start: int
    prefix: str
    is_quoted: bool = False
    qualifier: tuple[str, ...] = ()
    wishes: tuple[Wish, ...] = ()
    phrases: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    begin: int = 0
    typed_upper: bool = False

    @classmethod
    def at(cls, text: str, offset: int) -> Context | None:
        """Read the place at `offset`; `None` inside of strings, comments and numbers."""
        begin, start, behind = 0, offset, offset
        for token in tokenize(text):
            if token.start >= offset:
                break
            if token.kind is TokenKind.SEMICOLON:
                begin = token.end
            if token.end < offset:
                continue
            place = _typed(token, text, offset)
            if place is None:
                return None
            start, behind = place
        before = pieces_of(text[begin:start])
        after = pieces_of(text[behind:], depth_behind(before))
        end = next((i for i, piece in enumerate(after) if piece.word == ";"), len(after))
        typed = text[start:offset]
        is_quoted = typed.startswith('"')
        qualifier, own = _qualifier(before)
        fitting = Place(own).fitting()
        return cls(
            tuple(own),
            tuple(after[:end]),
            start,
            typed[1:].replace('""', '"') if is_quoted else folded(typed),
            is_quoted,
            qualifier,
            fitting.wishes,
            () if qualifier or is_quoted else fitting.phrases,
            fitting.target,
            begin,
            typed.isupper(),
        )


def _typed(token: Token, text: str, offset: int) -> tuple[int, int] | None:
    """Return where the word begins that `token`, which ends at or behind the cursor, is part of.

    Returns:
        Its start, and where the statement goes on; `None` where no name can be typed.
    """
    inside = token.end > offset
    quotes = text[token.start] == '"'
    match token.kind:
        case TokenKind.WORD:
            return token.start, token.end
        case TokenKind.UNTERMINATED if quotes:
            return token.start, offset  # it has swallowed the rest of the statement
        case TokenKind.QUOTED_IDENTIFIER if quotes and inside:
            return token.start, token.end
        case TokenKind.SPACE | TokenKind.OPERATOR | TokenKind.PUNCTUATION | TokenKind.SEMICOLON:
            return offset, offset
        case TokenKind.COMMENT | TokenKind.STRING | TokenKind.DOLLAR_STRING:
            closed = not inside and not text.startswith("--", token.start)
            return (offset, offset) if closed else None
    return None


def _qualifier(before: list[Piece]) -> tuple[tuple[str, ...], list[Piece]]:
    """Split `… a.b.` into the names (a, b) and what stands before them."""
    parts: list[str] = []
    index = len(before)
    while index >= 2 and before[index - 1].word == "." and before[index - 2].is_name:
        parts.insert(0, folded(before[index - 2].text))
        index -= 2
    return tuple(parts), before[:index]
