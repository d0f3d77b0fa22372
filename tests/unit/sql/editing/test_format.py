"""Formatting changes the layout of a statement and never its meaning."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.sql.editing.format import SIZE_MAX, format_statement
from dsql_tui.sql.editing.highlight import KEYWORDS
from dsql_tui.sql.lexing.lexer import TokenKind, tokenize
from dsql_tui.sql.text.lines import with_endings
from tests.unit.sql.sql_texts import ENDINGS, ODD_CHARACTERS, SQL_TEXTS


def test_a_query_is_laid_out() -> None:
    statement = "SELECT a, b FROM t JOIN u ON t.id=u.id WHERE a=1 AND b='x  y' ORDER BY a"
    assert format_statement(statement) == (
        "select a,\n       b\nfrom t\njoin u on t.id=u.id\nwhere a=1\n  and b='x  y'\norder by a"
    )


def test_keywords_are_spelled_as_asked() -> None:
    assert format_statement("select 1 From t", keyword_case="upper") == "SELECT 1\nFROM t"
    assert format_statement("select 1 From t", keyword_case="keep") == "select 1\nFrom t"


def test_names_in_quotes_and_strings_stay_as_they_are() -> None:
    laid_out = format_statement('SELECT "Select", \'FROM  x\', $$ WHERE $$ FROM "T"')
    assert '"Select"' in laid_out
    assert "'FROM  x'" in laid_out
    assert "$$ WHERE $$" in laid_out


@pytest.mark.parametrize(
    "statement", ["select 'open", 'select "open', "select /* open", "select $$"]
)
def test_an_open_quote_is_refused(statement: str) -> None:
    with pytest.raises(InputError, match="inside of a quote or comment"):
        format_statement(statement)


def test_a_statement_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="longer than"):
        format_statement("select '" + "x" * SIZE_MAX + "'")


def test_a_statement_nested_too_deeply_is_refused() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        format_statement("select " + "(" * 3_000 + "1" + ")" * 3_000)


DSQL_STATEMENTS = [
    "create unique index async i on t (a nulls first) include (b) where c is not null",
    "aws iam grant app to 'arn:aws:iam::1:role/x'",
    "alter table async t validate constraint c",
    "with d as (delete from t where a = -1 returning *) select d.*, :name, $1 from d -- end",
    "select a - -1, b @- 2, c->>'x', d::text, array[1, 2][1:2] /* why */ from t for key share",
]


@pytest.mark.parametrize("statement", DSQL_STATEMENTS)
def test_statements_only_dsql_knows_are_laid_out_or_refused_but_never_changed(
    statement: str,
) -> None:
    def said(text: str) -> list[str]:
        return [t.of(text).lower() for t in tokenize(text) if t.kind is not TokenKind.SPACE]

    assert said(format_statement(statement)) == said(statement)


@settings(max_examples=50)
@given(SQL_TEXTS | st.lists(st.sampled_from(DSQL_STATEMENTS), max_size=3).map(" ".join))
def test_any_text_is_laid_out_saying_the_same_or_refused(text: str) -> None:
    try:
        laid_out = format_statement(text)
    except InputError:
        return
    words = [t.of(text).lower() for t in tokenize(text) if t.kind is TokenKind.WORD]
    assert [t.of(laid_out).lower() for t in tokenize(laid_out) if t.kind is TokenKind.WORD] == words


ATOMS = ["a", "T.Cust_Id", "É", '"x\u2028Y"', "1", "$1", ":P", "count(*)", "null", "f(a, 'b')"]
QUOTED = [("'", "'"), ("E'", "'"), ("$$", "$$"), ("$q$", "$q$"), ('"', '"'), ("/* ", " */")]
INSIDE = ["", " ", "  x", "SELECT", "--", *ENDINGS, *ODD_CHARACTERS]


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, str]:
    """Return a statement and the ending of its lines."""
    ending = draw(st.sampled_from(ENDINGS))
    space = st.sampled_from([" ", "  ", "\t", ending, f" {ending}\t", f" -- C{ending}", "/* c */"])
    quoted = st.builds(
        lambda quotes, inside: quotes[0] + "".join(inside) + quotes[1],
        st.sampled_from(QUOTED),
        st.lists(st.sampled_from(INSIDE), min_size=1, max_size=4),
    ).filter(lambda text: not text.startswith("/*"))
    continued = st.just(f"'a'{ending}'b'")
    term = st.sampled_from(ATOMS) | quoted | continued
    names = draw(st.lists(term, min_size=1, max_size=3))
    words = ["SELECT", ",".join(names), "From", "T", "where", draw(term), "=", draw(term)]
    words += draw(st.sampled_from([[], ["ORDER", "by", "a"], ["and", "(b", "or", "c)"]]))
    return "".join(word + draw(space) for word in words[:-1]) + words[-1], ending


def _said(text: str) -> list[tuple[TokenKind, str]]:
    tokens = [(t.kind, t.of(text)) for t in tokenize(text) if t.kind is not TokenKind.SPACE]
    return [
        (kind, spelled.lower() if spelled.lower() in KEYWORDS else spelled)
        for kind, spelled in tokens
    ]


@given(statements())
def test_all_but_space_and_the_case_of_keywords_is_kept_to_the_byte(made: tuple[str, str]) -> None:
    statement, ending = made
    laid_out = format_statement(statement, ending=ending)
    assert _said(laid_out) == _said(statement)
    assert format_statement(laid_out, ending=ending) == laid_out
    between = "".join(t.of(laid_out) for t in tokenize(laid_out) if t.kind is TokenKind.SPACE)
    assert with_endings(between, ending) == between


@pytest.mark.parametrize("gap", ["\n", "\r\n", " \n -- c\n "])
def test_a_string_that_is_continued_on_the_next_line_stays_so(gap: str) -> None:
    assert f"'a'{gap}'b'" in format_statement(f"SELECT 'a'{gap}'b', c from t")


def test_names_keep_their_case_even_if_sqlparse_reads_them_as_keywords() -> None:
    assert format_statement("SELECT Length, T.Select, Source From T") == (
        "select Length,\n       T.Select,\n       Source\nfrom T"
    )
