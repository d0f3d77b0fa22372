"""The lexer reads what PostgreSQL's scanner reads, loses nothing and never raises."""

from __future__ import annotations

import time

import pytest
from hypothesis import given

from dsql_tui.sql.lexing.lexer import Inside, LineState, Token, TokenKind, finish, tokenize
from tests.unit.sql.sql_texts import SQL_TEXTS

W, Q, S, D, N, P = (
    TokenKind.WORD,
    TokenKind.QUOTED_IDENTIFIER,
    TokenKind.STRING,
    TokenKind.DOLLAR_STRING,
    TokenKind.NUMBER,
    TokenKind.PARAMETER,
)
OP, X, C, U = (
    TokenKind.OPERATOR,
    TokenKind.PUNCTUATION,
    TokenKind.COMMENT,
    TokenKind.UNTERMINATED,
)

SENTENCES = [
    ("select 1", [(W, "select"), (N, "1")]),
    ("'it''s'", [(S, "'it''s'")]),
    (r"'c:\' x", [(S, r"'c:\'"), (W, "x")]),
    (r"E'a\'b' x", [(S, r"E'a\'b'"), (W, "x")]),
    (r"e'\\' x", [(S, r"e'\\'"), (W, "x")]),
    ("U&'\\0061' U&\"d\" b'1' X'ff' N'n'",
     [(S, "U&'\\0061'"), (Q, 'U&"d"'), (S, "b'1'"), (S, "X'ff'"), (S, "N'n'")]),
    ("type'a'", [(W, "type"), (S, "'a'")]),
    ("u&x", [(W, "u"), (OP, "&"), (W, "x")]),
    ('"a""b".c', [(Q, '"a""b"'), (X, "."), (W, "c")]),
    ("$$a;'b$$", [(D, "$$a;'b$$")]),
    ("$a$ $b$ $$ $a$", [(D, "$a$ $b$ $$ $a$")]),
    ("$A$ $a$ $A$", [(D, "$A$ $a$ $A$")]),
    ("$ä$x$ä$", [(D, "$ä$x$ä$")]),
    ("a$b$c", [(W, "a$b$c")]),
    ("1$a$;$a$", [(N, "1"), (D, "$a$;$a$")]),
    ("$1+$23", [(P, "$1"), (OP, "+"), (P, "$23")]),
    (":name", [(P, ":name")]),
    ("x=:a", [(W, "x"), (OP, "="), (P, ":a")]),
    ("array[:a, :b]",
     [(W, "array"), (X, "["), (P, ":a"), (X, ","), (P, ":b"), (X, "]")]),
    ("a::text", [(W, "a"), (X, "::"), (W, "text")]),
    ("v[1:n]", [(W, "v"), (X, "["), (N, "1"), (X, ":"), (W, "n"), (X, "]")]),
    ("f(a := 1, b => 2)",
     [(W, "f"), (X, "("), (W, "a"), (X, ":="), (N, "1"), (X, ","), (W, "b"), (OP, "=>"), (N, "2"),
      (X, ")")]),
    ("/* a /* b */ c */ d", [(C, "/* a /* b */ c */"), (W, "d")]),
    ("/*/ x */", [(C, "/*/ x */")]),
    ("a--b\nc", [(W, "a"), (C, "--b"), (W, "c")]),
    ("a -- b\rc", [(W, "a"), (C, "-- b"), (W, "c")]),
    ("1--2", [(N, "1"), (C, "--2")]),
    ("1+-2", [(N, "1"), (OP, "+"), (OP, "-"), (N, "2")]),
    ("a=-1", [(W, "a"), (OP, "="), (OP, "-"), (N, "1")]),
    ("a@-1", [(W, "a"), (OP, "@-"), (N, "1")]),
    ("a*/*c*/b", [(W, "a"), (OP, "*"), (C, "/*c*/"), (W, "b")]),
    ("a->>'k' @> b #>> c || d <> e != f",
     [(W, "a"), (OP, "->>"), (S, "'k'"), (OP, "@>"), (W, "b"), (OP, "#>>"), (W, "c"), (OP, "||"),
      (W, "d"), (OP, "<>"), (W, "e"), (OP, "!="), (W, "f")]),
    ("1.5 .5 1. 1e10 1E-3 0x1F 0o7 0b01 1_000.5",
     [(N, "1.5"), (N, ".5"), (N, "1."), (N, "1e10"), (N, "1E-3"), (N, "0x1F"), (N, "0o7"),
      (N, "0b01"), (N, "1_000.5")]),
    ("1..10", [(N, "1"), (X, ".."), (N, "10")]),
    ("t.*", [(W, "t"), (X, "."), (OP, "*")]),
    ("1abc", [(N, "1abc")]),
    ("größe_ñ 名前", [(W, "größe_ñ"), (W, "名前")]),
    ("aws iam grant r to 'arn:aws:iam::1:role/x';",
     [(W, "aws"), (W, "iam"), (W, "grant"), (W, "r"), (W, "to"), (S, "'arn:aws:iam::1:role/x'"),
      (TokenKind.SEMICOLON, ";")]),
    ("'open", [(U, "'open")]),
    ("E'open\\", [(U, "E'open\\")]),
    ("'open''", [(U, "'open''")]),
    ('"open', [(U, '"open')]),
    ("$x$ open $y$", [(U, "$x$ open $y$")]),
    ("/* open /* */", [(U, "/* open /* */")]),
    ("a \x00 {", [(W, "a"), (TokenKind.UNKNOWN, "\x00"), (TokenKind.UNKNOWN, "{")]),
    ("a \\d x\\y; b", [(W, "a"), (TokenKind.COMMAND, "\\d x\\y; b")]),
    ("\\x \\\\ b", [(TokenKind.COMMAND, "\\x "), (TokenKind.COMMAND, "\\\\"), (W, "b")]),
]  # fmt: skip


def spelled(text: str) -> list[tuple[TokenKind, str]]:
    tokens = tokenize(text)
    return [(token.kind, token.of(text)) for token in tokens if token.kind is not TokenKind.SPACE]


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_a_sentence_is_read_as_postgresql_reads_it(
    text: str, expected: list[tuple[TokenKind, str]]
) -> None:
    assert spelled(text) == expected


@given(SQL_TEXTS)
def test_joined_tokens_are_the_input_and_none_is_empty(text: str) -> None:
    tokens = list(tokenize(text))
    assert "".join(token.of(text) for token in tokens) == text
    assert all(token.start < token.end for token in tokens)
    assert all(token.kind is not TokenKind.UNTERMINATED for token in tokens[:-1])


@given(SQL_TEXTS)
def test_only_whole_tokens_join_when_a_space_is_put_between_them(text: str) -> None:
    """A token read alone is the same token, so nothing depends on what came before it."""
    for token in tokenize(text):
        if token.kind not in {TokenKind.PUNCTUATION, TokenKind.UNTERMINATED}:
            alone = token.of(text)
            assert list(tokenize(alone)) == [Token(token.kind, 0, len(alone))]


@pytest.mark.parametrize(
    ("text", "state", "expected"),
    [
        ("b' c", LineState(Inside.STRING), [(S, "b'"), (W, "c")]),
        ("b\\' c' d", LineState(Inside.ESCAPE_STRING), [(S, "b\\' c'"), (W, "d")]),
        ("x$t$ y", LineState(Inside.DOLLAR_STRING, "$t$"), [(D, "x$t$"), (W, "y")]),
        ("a */ b */ c", LineState(Inside.COMMENT, depth=2), [(C, "a */ b */"), (W, "c")]),
        ('x" y', LineState(Inside.IDENTIFIER), [(Q, 'x"'), (W, "y")]),
        ("still", LineState(Inside.STRING), [(U, "still")]),
        ("", LineState(Inside.STRING), []),
    ],
)
def test_a_line_continues_the_token_that_the_previous_line_left_open(
    text: str, state: LineState, expected: list[tuple[TokenKind, str]]
) -> None:
    tokens = [t for t in tokenize(text, state) if t.kind is not TokenKind.SPACE]
    assert [(token.kind, token.of(text)) for token in tokens] == expected


def test_the_depth_of_an_open_comment_is_known_at_the_end_of_the_line() -> None:
    end, state = finish("a /* b", 0, LineState(Inside.COMMENT, depth=1))
    assert (end, state.depth) == (6, 2)


@pytest.mark.parametrize(
    "piece", ["'", "$$", "$a", "/*", "+-", "a$", "1.", "(", "e'\\", "--", "\\", ":", '"a'], ids=repr
)
def test_time_is_linear_in_the_length(piece: str) -> None:
    def seconds(count: int) -> float:
        text = piece * count
        started = time.thread_time()
        for _ in tokenize(text):
            pass
        return time.thread_time() - started

    small = min(seconds(1_000) for _ in range(3))
    large = min(seconds(8_000) for _ in range(3))
    assert large < 8 * small * 4 + 0.005  # eight times the text; a quadratic one takes 64 times
