"""A lexer for PostgreSQL's SQL as DSQL accepts it, over code points.

The editor, the statement splitter, the classifier, completion, the formatter's safety check and the
local DSQL's gate all read SQL through `tokenize`. It never raises and never loses a character: the
joined texts of the tokens equal the input. Time is linear. Every rule has the name that it has in
PostgreSQL's `scan.l` (version 16); `standard_conforming_strings` is on, as in DSQL.

A text can also be read one line at a time: `LineState` is the state at the start of a line, such as
inside a string or a comment. Two things differ from `scan.l`: `:name` is a parameter, which only
clients know, and a string continued after a line break (`'a'⏎'b'`) is two STRING tokens. A
backslash outside of quotes, which no SQL has, begins a command of psql that ends with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class TokenKind(StrEnum):
    """The kind of a token."""

    WORD = "word"
    QUOTED_IDENTIFIER = "quoted identifier"
    STRING = "string"
    DOLLAR_STRING = "dollar string"
    NUMBER = "number"
    PARAMETER = "parameter"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    SEMICOLON = "semicolon"
    COMMENT = "comment"
    SPACE = "space"
    COMMAND = "command"
    """A command of psql with its arguments, or the separator `\\\\` that ends one in its line."""
    UNTERMINATED = "unterminated"
    """A string, quoted identifier or block comment that is not closed in the text."""
    UNKNOWN = "unknown"
    """One character that no SQL token begins with."""


class Token(NamedTuple):
    """A token: its kind and its half-open range of code points."""

    kind: TokenKind
    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the token's text within `text`, from which it was read."""
        return text[self.start : self.end]


class Inside(StrEnum):
    """The construct that a position is inside of."""

    NOTHING = "nothing"
    STRING = "string"
    ESCAPE_STRING = "escape string"
    IDENTIFIER = "quoted identifier"
    DOLLAR_STRING = "dollar string"
    COMMENT = "comment"


class LineState(NamedTuple):
    """The lexer state at the beginning of a line.

    Attributes:
        inside: The kind of quoted construct that is open.
        tag: Closing delimiter of an open dollar string, `$$` or `$tag$`.
        depth: The number of nested open block comments.
        block: The number of open `BEGIN ATOMIC` and `CASE` in the body of an SQL function.
    """

    inside: Inside = Inside.NOTHING
    tag: str = ""
    depth: int = 0
    block: int = 0


PLAIN = LineState()
"""Where every script begins."""

LETTER = r"[^\x00-@\[-^`{-\x7f]"
"""ident_start: every character outside ASCII is a letter, a no-break space too. Said by what is
none, because `re` would try a range up to U+10FFFF character by character."""
LETTER_OR_DIGIT = r"[^\x00-/:-@\[-^`{-\x7f]"
IN_WORD = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
"""ident_cont: a letter, a digit or `$`."""
_WORD = f"{LETTER}{IN_WORD}*+"
_INTEGER = r"[0-9]++(?:_[0-9]++)*+"
_NUMBER = rf"""
    (?: 0[xX](?:_?[0-9A-Fa-f])++ | 0[oO](?:_?[0-7])++ | 0[bB](?:_?[01])++
      | (?: {_INTEGER} (?: \.(?!\.) (?:{_INTEGER})?+ )?+ | \.{_INTEGER} )
        (?: [eE][+-]?{_INTEGER} )?+
    )
    (?: {_WORD} )?+   # integer_junk: the server refuses it as one token, so it is one
"""
COMMAND = r"""
    \\\\
  | \\ (?: ! | (?: copy | help | h | ef | ev | sf | sv ) (?!\S) ) [^\r\n]*+  # takes the line
  | \\ (?: '(?:[^'\\\r\n]|\\[^\r\n])*+' | "[^"\r\n]*+" | (?<=\S)\\(?!\\) | [^\\\r\n] )*+
"""
_OPERATOR_CHARACTER = r"[-~!@#^&|`?+*/%<>=]"

_TOKEN = re.compile(
    rf"""
      (?P<space> [ \t\n\r\f\v]++ )
    | (?P<escape_string> [eE]' )
    | (?P<string> (?: [bBxXnN] | [uU]& )?+ ' )
    | (?P<identifier> (?: [uU]& )?+ " )
    | (?P<word> {_WORD} )
    | (?P<number> {_NUMBER} )
    | (?P<semicolon> ; )
    | (?P<line_comment> -- [^\r\n]*+ )
    | (?P<comment> /\* )
    | (?P<punctuation> [,()\[\]] | \.\.?+ | ::|:= )
    | (?P<dollar> \$ (?: {LETTER}{LETTER_OR_DIGIT}*+ )?+ \$ )
    | (?P<parameter> \$[0-9]++ (?: {_WORD} )?+ | (?<![\w\])"$]) : {_WORD} )
    | (?P<operator> (?: (?! -- | /\* ) {_OPERATOR_CHARACTER} ){{1,63}} )   # NAMEDATALEN - 1
    | (?P<colon> : )
    | (?P<command> {COMMAND} )
    | (?P<unknown> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "space": TokenKind.SPACE,
    "word": TokenKind.WORD,
    "number": TokenKind.NUMBER,
    "semicolon": TokenKind.SEMICOLON,
    "line_comment": TokenKind.COMMENT,
    "punctuation": TokenKind.PUNCTUATION,
    "parameter": TokenKind.PARAMETER,
    "operator": TokenKind.OPERATOR,
    "colon": TokenKind.PUNCTUATION,
    "command": TokenKind.COMMAND,
    "unknown": TokenKind.UNKNOWN,
}
_OPENERS = {
    "string": LineState(Inside.STRING),
    "escape_string": LineState(Inside.ESCAPE_STRING),
    "identifier": LineState(Inside.IDENTIFIER),
    "comment": LineState(Inside.COMMENT, depth=1),
}
_CLOSED_KINDS = {
    Inside.STRING: TokenKind.STRING,
    Inside.ESCAPE_STRING: TokenKind.STRING,
    Inside.IDENTIFIER: TokenKind.QUOTED_IDENTIFIER,
    Inside.DOLLAR_STRING: TokenKind.DOLLAR_STRING,
    Inside.COMMENT: TokenKind.COMMENT,
}
_REST = {
    Inside.STRING: re.compile(r"[^']*+(?:''[^']*+)*+'").match,
    Inside.ESCAPE_STRING: re.compile(r"[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'", re.DOTALL).match,
    Inside.IDENTIFIER: re.compile(r'[^"]*+(?:""[^"]*+)*+"').match,
}
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_SIGNS_ALLOWED_AFTER = frozenset("~!@#^&|`?%")
"""An operator of several characters ends in + or - only if it holds one of these (scan.l, self)."""


def tokenize(text: str, state: LineState = PLAIN) -> Iterator[Token]:
    """Return the tokens of `text`, starting in `state`; they cover all of it in order.

    Yields:
        One token after the other; only the last can be UNTERMINATED.
    """
    position = 0
    length = len(text)
    if state.inside is not Inside.NOTHING and text:
        position, after = finish(text, 0, state)
        yield _quoted(state, after, 0, position)
    match = _TOKEN.match
    while position < length:
        token_match = match(text, position)
        if (
            token_match is None or token_match.lastgroup is None
        ):  # the last alternative takes any character
            raise AssertionError(position)
        group = token_match.lastgroup
        end = token_match.end()
        kind = _KINDS.get(group)
        if kind is None:
            opened = _OPENERS.get(group) or LineState(Inside.DOLLAR_STRING, token_match.group())
            end, after = finish(text, end, opened)
            yield _quoted(opened, after, position, end)
        else:
            if kind is TokenKind.OPERATOR and end - position > 1:
                end = _end_of_operator(text, position, end)
            yield Token(kind, position, end)
        position = end


def significant(text: str) -> list[Token]:
    """Return the tokens of `text` without whitespace and comments."""
    skipped = (TokenKind.SPACE, TokenKind.COMMENT)
    return [token for token in tokenize(text) if token.kind not in skipped]


def finish(text: str, position: int, state: LineState) -> tuple[int, LineState]:
    """Return the end of the quoted construct that `text` is inside of at `position`.

    Returns:
        The offset of its end and the state there: `inside` is NOTHING if it was closed; otherwise
        the offset is the end of the text.
    """
    closed = LineState(block=state.block) if state.block else PLAIN
    if state.inside is Inside.DOLLAR_STRING:
        found_at = text.find(state.tag, position)
        if found_at < 0:
            return len(text), state
        return found_at + len(state.tag), closed
    if state.inside is Inside.COMMENT:
        depth = state.depth
        for edge in _COMMENT_EDGE.finditer(text, position):
            depth += 1 if edge.group() == "/*" else -1
            if not depth:
                return edge.end(), closed
        return len(text), state._replace(depth=depth)
    end = _REST[state.inside](text, position)
    return (end.end(), closed) if end else (len(text), state)


def _quoted(opened: LineState, after: LineState, start: int, end: int) -> Token:
    if after.inside is Inside.NOTHING:
        return Token(_CLOSED_KINDS[opened.inside], start, end)
    return Token(TokenKind.UNTERMINATED, start, end)


def _end_of_operator(text: str, start: int, end: int) -> int:
    """Exclude trailing signs, so that `a=-1` is `=` and `-`, but `@-` stays one operator."""
    if text[end - 1] in "+-" and _SIGNS_ALLOWED_AFTER.isdisjoint(text[start:end]):
        return max(start + 1, start + len(text[start:end].rstrip("+-")))
    return end
