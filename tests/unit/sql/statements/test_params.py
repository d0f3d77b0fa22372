"""Parameters are found where the server would expect a value, and bound so that none breaks out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.lexer import TokenKind, tokenize
from dsql_tui.sql.statements.params import bind, parameters_of

FOUND = [
    ("select * from t where a = :a and b > $1 and c = :a", (":a", "$1")),
    ("select a::text, b[1:n], ':x', $$ $1 $$, \":y\" -- :z", ()),
    ("select array[:a, :b]", (":a", ":b")),
    ("update t set a=:a", (":a",)),
    ("create function f(int) returns int begin atomic select $1; end", ()),
    ("create or replace function f(int) returns int return $1", ()),
    ("select f(a := :value)", (":value",)),
    ("select a[:n]", ()),
    ("select a[ :n], a[1 :n], a[b :n], a[f(1) :n], a[$1 :n]", ("$1",)),
    ('select "a"[:n], (f(x))[:n], t.a[1][:n]', ()),
    ("select a[:n][:m]", ()),
    ("select a[1 + :n], a[(:n)], a[f(:m)], a[:n : :x]", (":n", ":m", ":x")),
    ("select array[:a], array[[:a], [:b]], ARRAY [:c]", (":a", ":b", ":c")),
    ("update t set a[:n] = :v", (":v",)),
    ("prepare p as select $1", ()),
    ("prepare p (int) as select $1, a[:n] from t where b = :b", (":b",)),
    ("create procedure p(int) language sql as begin select $1; end", ()),
    ("] :a", (":a",)),
]


@pytest.mark.parametrize(("statement", "expected"), FOUND, ids=[s for s, _ in FOUND])
def test_parameters_are_found_where_values_stand(statement: str, expected: tuple[str, ...]) -> None:
    assert parameters_of(statement) == expected


def test_values_are_bound_as_literals() -> None:
    bound = bind("select :a, $1, :a", {":a": "it's", "$1": None})
    assert bound.text == "select 'it''s', NULL, 'it''s'"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(InputError, match=r"No value was given for :b, \$2\."):
        bind("select :a, :b, $2", {":a": ""})


def test_a_value_that_no_text_can_hold_is_refused() -> None:
    with pytest.raises(InputError, match="NUL"):
        bind("select :a", {":a": "\0"})


def test_a_position_in_what_was_sent_is_found_in_the_source() -> None:
    source = "select :a, nope, $1 from t"
    bound = bind(source, {":a": "long value", "$1": ""})
    assert bound.source_offset(bound.text.index("nope")) == source.index("nope")
    assert bound.source_offset(bound.text.index("long")) == source.index(":a")
    assert bound.source_offset(bound.text.index("from")) == source.index("from")
    assert bound.source_offset(0) == 0


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_no_value_can_break_out_of_its_literal(value: str) -> None:
    text = bind("select :a from t", {":a": value}).text
    kinds = [token.kind for token in tokenize(text) if token.kind is not TokenKind.SPACE]
    assert kinds == [TokenKind.WORD, TokenKind.STRING, TokenKind.WORD, TokenKind.WORD]
