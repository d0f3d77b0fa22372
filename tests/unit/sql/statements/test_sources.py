"""Each source is cut by itself, and what is wrong in one is named by its file, line and column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.lexer import Inside
from dsql_tui.sql.lexing.scan import scan
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.statements.sources import SqlSource

QUOTES = ["'", '"', "$$", "E'\\'", "--", "/*", "*/"]
OTHERS = ["select 1", "or", "; ", "\n", "\r\n", "é", "漢", " "]
TEXTS = st.lists(st.sampled_from(QUOTES + OTHERS), max_size=12).map("".join)


@given(st.lists(TEXTS, max_size=5))
def test_the_statements_are_those_of_each_source_by_itself_in_order(texts: list[str]) -> None:
    sources = [SqlSource(f"s{number}", text) for number, text in enumerate(texts)]
    if any(scan(text).after.inside is not Inside.NOTHING for text in texts):
        with pytest.raises(InputError, match="is not closed"):
            [each for source in sources for each in source.statements(with_commands=True)]
        return
    statements = [each for source in sources for each in source.statements(with_commands=True)]
    assert [each.text for each in statements] == [
        statement.text for text in texts for statement in split(text)
    ]
    for each in statements:
        assert each.source.text[each.start :].startswith(each.text)


@given(TEXTS, st.integers(0, 40))
def test_a_place_leads_back_to_its_character(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    place = SqlSource("s", text).place(offset)
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1 == offset
    assert place.text == lines[place.line - 1].removesuffix("\r")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1;\nselect 'abc", "s:2:8: the string that begins here is not closed."),
        ("select E'a\\'", "s:1:8: the string that begins here is not closed."),
        ('select 1 as "a', "s:1:13: the quoted identifier that begins here is not closed."),
        ("select 1; /* a /* b */", "s:1:11: the comment that begins here is not closed."),
        ("\r\n do $x$ begin $$", "s:2:5: the dollar-quoted string that begins here is not closed."),
        ("select 1;\n  \\d orders", "s:2:3: \\d is a command of psql, not SQL."),
        ("copy t from stdin", "s:1:1: COPY FROM STDIN has no data here; load a file with"),
        ("COPY t (a, b) FROM stdin csv", "s:1:1: COPY FROM STDIN has no data here"),
        ("select '\udcff'", "s:1:1: the statement holds bytes that are not UTF-8 text."),
    ],
)
def test_what_no_server_takes_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        SqlSource("s", text).statements()
    assert caught.value.message.startswith(message)
    assert caught.value.remedy == "Nothing was sent."


@pytest.mark.parametrize(
    "text",
    ["copy t to stdout", "copy (select 1 as stdin) to stdout", "copy t from '/a'", "select '\\d'"],
)
def test_what_a_server_may_take_is_let_through(text: str) -> None:
    assert [each.text for each in SqlSource("s", text).statements()] == [text]


@pytest.mark.parametrize("text", ["", " ;; ", "--'", "/* ' */"])
def test_nothing_is_no_statement(text: str) -> None:
    assert SqlSource("s", text).statements() == []


LONG = "a" * 100 + "x" + "b" * 100


@pytest.mark.parametrize(
    ("text", "marked", "where", "line", "before_caret"),
    [
        ("select x", "x", "s:1:8", "select x", "select "),
        ("select 1,\r\n\tx", "x", "s:2:2", "    x", "    "),
        ("select '漢字', x", "x", "s:1:14", "select '漢字', x", "select '....', "),
        ("select 'e\u0301', x", "x", "s:1:14", "select 'e\u0301', x", "select 'e', "),
        ("select '\x1b[2J', x", "x", "s:1:16", "select '\\x1b[2J', x", "select '\\x1b[2J', "),
        ("select '\u202e', x", "x", "s:1:13", "select '\\u202e', x", "select '\\u202e', "),
        (LONG, "x", "s:1:101", f"…{LONG[40:140]}…", "." * 61),
    ],
)
def test_the_caret_is_under_the_character(
    text: str, marked: str, where: str, line: str, before_caret: str
) -> None:
    (statement,) = SqlSource("s", text).statements()
    place = statement.place(text.index(marked) + 1)
    assert str(place) == where
    shown, caret = place.excerpt()
    margin = f"{place.line:>5} | "
    assert shown == margin + line
    assert caret == "      | " + " " * len(before_caret) + "^"


def test_positions_count_from_the_statement_and_stop_at_its_end() -> None:
    source = SqlSource("s", "select 1;\n -- é\n select é from")
    _, second = source.statements()
    assert str(second.place()) == "s:3:2"
    assert str(second.place(8)) == "s:3:9"
    assert str(second.place(len(second.text) + 1)) == "s:3:15"
    assert str(second.place(10_000)) == "s:3:15"


def test_a_name_cannot_write_to_the_terminal() -> None:
    assert str(SqlSource("\x1b[2J.sql", "x").place(0)) == "\\x1b[2J.sql:1:1"
