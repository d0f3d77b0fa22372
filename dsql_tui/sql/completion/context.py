"""The context of the cursor in a statement, for completion.

`Context.at` finds the word being typed and the pieces around it; `sql/completion/grammar_places.py`
determines what fits there. It accepts incomplete statements and never fails.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.sql.completion.grammar_places import GrammarPlace, Wish, depth_behind
from dsql_tui.sql.lexing.lexer import Token, TokenKind, significant, tokenize
from dsql_tui.sql.lexing.names import Piece, folded, pieces_from


@dataclass(frozen=True, slots=True)
class Context:
    """The position of the cursor in a statement.

    Attributes:
        before: The pieces before the word being typed.
        after: The pieces after the cursor.
        start: Offset at which the word being typed begins; the cursor's if there is none.
        prefix: The typed part of the word, folded unless quoted.
        is_quoted: The word begins with a double quote.
        qualifier: Names before the dot that the word follows.
        wishes: The groups of names that fit, the likeliest first.
        phrases: Keywords that fit, in lower case.
        target: The table of TARGET_COLUMNS and WRITTEN, as written in the statement.
        typed_upper: The typed part is in upper case.
        is_alias: The typed part abbreviates the table named before it: `order_items oi`.
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
    typed_upper: bool = False
    is_alias: bool = False

    @classmethod
    def at(cls, text: str, offset: int) -> Context | None:
        """Return the context at `offset`; `None` inside strings, comments and numbers."""
        around = _Around.read(text, offset)
        if around is None:
            return None
        before = pieces_from(around.before, text)
        after = pieces_from(around.after, around.text_after, depth_behind(before))
        typed = text[around.start : offset]
        is_quoted = typed.startswith('"')
        qualifier, own = _qualifier(before)
        fitting = GrammarPlace(own).fitting()
        return cls(
            tuple(own),
            tuple(after),
            around.start,
            typed[1:].replace('""', '"') if is_quoted else folded(typed),
            is_quoted,
            qualifier,
            fitting.wishes,
            () if qualifier or is_quoted else fitting.phrases,
            fitting.target,
            typed.isupper(),
            bool(typed) and typed.lower() in initials(fitting.aliased),
        )


@dataclass(slots=True)
class _Around:
    """The tokens of the statement around a cursor; `start` is where the word at it begins."""

    before: list[Token]
    after: list[Token]
    start: int
    text_after: str

    @classmethod
    def read(cls, text: str, offset: int) -> _Around | None:
        """Read the statement; `None` if no name can be typed there."""
        around = cls([], [], offset, text)
        for token in tokenize(text):
            if token.kind in {TokenKind.SPACE, TokenKind.COMMENT} and not _holds(token, offset):
                continue
            if token.start >= offset:
                if token.kind is TokenKind.SEMICOLON:
                    break
                around.after.append(token)
            elif token.kind is TokenKind.SEMICOLON:
                around.before.clear()
            elif token.end < offset:
                around.before.append(token)
            elif not around.touch(token, text, offset):
                return None
        return around

    def touch(self, token: Token, text: str, offset: int) -> bool:
        """Take the token at or directly before the cursor; false if no name fits there."""
        inside = token.end > offset
        quotes = text[token.start] == '"'
        match token.kind:
            case TokenKind.WORD:
                self.start = token.start
            case TokenKind.QUOTED_IDENTIFIER if quotes and inside:
                self.start = token.start
            case TokenKind.UNTERMINATED if quotes:
                self.start = token.start  # the token contains the rest of the statement
                self.text_after = text[offset:]
                self.after = significant(self.text_after)
            case TokenKind.OPERATOR | TokenKind.PUNCTUATION:
                (self.after if inside else self.before).append(token)
            case TokenKind.STRING | TokenKind.DOLLAR_STRING if not inside:
                self.before.append(token)
            case TokenKind.SPACE:
                pass
            case TokenKind.COMMENT:
                return not inside and not text.startswith("--", token.start)
            case _:
                return False
        return True


def initials(name: str) -> frozenset[str]:
    """Return the usual aliases of a table: the first letter, or that of each of its words."""
    letters = "".join(word[:1] for word in name.lower().split("_"))
    return frozenset({letters[:1], letters}) - {""}


def _holds(token: Token, offset: int) -> bool:
    """Whether the cursor is in the token or directly after it."""
    return token.start < offset <= token.end


def _qualifier(before: list[Piece]) -> tuple[tuple[str, ...], list[Piece]]:
    """Split `… a.b.` into the names (a, b) and the tokens before them."""
    parts: list[str] = []
    index = len(before)
    while index >= 2 and before[index - 1].word == "." and before[index - 2].is_name:
        parts.insert(0, folded(before[index - 2].text))
        index -= 2
    return tuple(parts), before[:index]
