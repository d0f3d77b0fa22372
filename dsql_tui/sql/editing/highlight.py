"""Syntax highlighting of a line: keywords, names, strings; includes DSQL's own words.

A tree-sitter grammar would report `CREATE INDEX ASYNC` and `AWS IAM GRANT` as errors and reads the
whole text after each key; this module reads only the line that is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from dsql_tui.sql.lexing.keywords import RESERVED, words
from dsql_tui.sql.lexing.lexer import PLAIN, Inside, LineState, Token, TokenKind, tokenize


class Syntax(StrEnum):
    """The style of a token; names of the editor's styles."""

    KEYWORD = "keyword"
    FUNCTION = "function"
    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"
    PARAMETER = "parameter"
    OPERATOR = "operator"


KEYWORDS = RESERVED | words(
    """
    add after alter always async atomic aws before begin between by cache cascade close commit
    committed copy cube current cycle declare deferred delete domain drop each enable escape execute
    exists explain extract filter first following force function generated grouping groups iam
    identity if immutable include increment index insert instead is isolation key language last
    level locked login maxvalue minvalue mode next no nothing nowait nulls of off on only options
    over owned owner partition preceding prepare privileges public range read recursive refresh
    rename repeatable replace reset restart restrict return returns revoke role rollback rollup row
    rows schema security sequence set show skip snapshot stable start statistics stored strict
    temporary ties transaction truncate type unbounded update using valid validate value values
    verbose view volatile within without work write
    """
)
"""Words drawn as keywords wherever they stand; a column of that name is none the worse for it."""

_KINDS = {
    TokenKind.QUOTED_IDENTIFIER: Syntax.NAME,
    TokenKind.STRING: Syntax.STRING,
    TokenKind.DOLLAR_STRING: Syntax.STRING,
    TokenKind.NUMBER: Syntax.NUMBER,
    TokenKind.COMMENT: Syntax.COMMENT,
    TokenKind.PARAMETER: Syntax.PARAMETER,
    TokenKind.OPERATOR: Syntax.OPERATOR,
    TokenKind.PUNCTUATION: Syntax.OPERATOR,
    TokenKind.SEMICOLON: Syntax.OPERATOR,
}
_OPEN = {Inside.COMMENT: Syntax.COMMENT, Inside.IDENTIFIER: Syntax.NAME}


def highlight(line: str, state: LineState = PLAIN) -> Iterator[tuple[int, int, Syntax]]:
    """Yield the tokens of a line in lexer state `state`: start, end (code points), style."""
    for token in tokenize(line, state):
        syntax = _syntax(line, token, state)
        if syntax is not None:
            yield token.start, token.end, syntax


def _syntax(line: str, token: Token, state: LineState) -> Syntax | None:
    if token.kind is TokenKind.UNTERMINATED:
        if token.start == 0 and state.inside is not Inside.NOTHING:
            return _OPEN.get(state.inside, Syntax.STRING)
        opening = line[token.start : token.start + 2]
        return (
            Syntax.COMMENT
            if opening == "/*"
            else Syntax.NAME
            if opening[0] == '"'
            else Syntax.STRING
        )
    if token.kind is not TokenKind.WORD:
        return _KINDS.get(token.kind)
    if line[token.start - 1 : token.start] == ".":
        return Syntax.FUNCTION if line[token.end : token.end + 1] == "(" else None
    if token.of(line).lower() in KEYWORDS:
        return Syntax.KEYWORD
    return Syntax.FUNCTION if line[token.end : token.end + 1] == "(" else None
