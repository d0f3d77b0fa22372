"""Parameters are found where the server would expect a value, and bound so that none breaks out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.lexer import TokenKind, tokenize
from dsql_tui.sql.statements.params import Bound, bind, parameters_of, untyped

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
    ("[:a]", (":a",)),
    ("", ()),
    ("  -- :a", ()),
    ("create table t as select :a, $1", (":a", "$1")),
    ("create table t as select a[:n], a[2 :n] from b where c = :c", (":c",)),
    ("create table function as select $1", ("$1",)),
    ("create view v as select :a", (":a",)),
    ("create or replace function f() returns int return :a + $1", (":a",)),
    ("create or replace procedure p(int) begin atomic select $1; end", ()),
    ("create", ()),
    ("prepare transaction :a", (":a",)),
    ("explain select $1", ("$1",)),
    ("select :a::int, (:b)::text, $1::date", (":a", ":b", "$1")),
    ("select cast(:a as int), :a::int", (":a",)),
    ("select 'it''s :a', e'\\':b', u&':c', n':d', b':e'", ()),
    ('select ":a", "b "" :c", u&":d"', ()),
    ("select $$ :a $$, $x$ :b $$ $1 $x$, :c", (":c",)),
    ("select /* :a /* :b */ $1 */ :c -- :d", (":c",)),
    ("select :a/**/, /**/:b", (":a", ":b")),
    ("select a :: :b, a:: :c", (":b", ":c")),
    ("select (:a), [:b]", (":a", ":b")),
    ("select a[1, :n]", (":n",)),
    ("select a[(:n):(:m)]", (":n", ":m")),
    ("select a['1' :n], a[$$1$$ :n], a[1.5 :n], a[(1) :n], a[b[1] :n]", ()),
    ("select :a[:n], $1[:n], 'x'[:n], $$y$$[:n]", (":a", "$1")),
    ("select f(a)[:n], a[f(:x)][:n]", (":x",)),
    ("select a[case when :x then :y else :z end], a[not :b]", (":x", ":y", ":z", ":b")),
    ("select a[b and :x], a[b is distinct from :y], a[b in (:z)]", (":x", ":y", ":z")),
    ("select array[1][:n], Array[:a]", (":a",)),
    ("select ) ) a[:n]", ()),
    ("select (a[:n], :b)", (":b",)),
    ("select ([ :a ] :b)", (":a", ":b")),
]


@pytest.mark.parametrize(("statement", "expected"), FOUND, ids=[s for s, _ in FOUND])
def test_parameters_are_found_in_the_place_of_values(
    statement: str, expected: tuple[str, ...]
) -> None:
    assert parameters_of(statement) == expected


def test_values_are_bound_as_literals() -> None:
    bound = bind("select :a, $1, :a", {":a": "it's", "$1": None})
    assert bound.text == "select 'it''s', NULL, 'it''s'"


def test_what_is_bound_is_the_parameters_and_nothing_else() -> None:
    source = "select :a::int, ':a', $$:a$$, a[:a], b[1 + :a] -- :a"
    assert (
        bind(source, {":a": "1"}).text == "select '1'::int, ':a', $$:a$$, a[:a], b[1 + '1'] -- :a"
    )


def test_values_of_unused_parameters_are_ignored() -> None:
    assert bind("select 1", {":a": "1"}) == Bound("select 1")


def test_every_missing_value_is_named_once() -> None:
    with pytest.raises(InputError, match=r"^No value was given for :b, \$2\.$"):
        bind("select :b, :a, :b, $2, :b", {":a": ""})


def test_a_value_that_no_text_can_hold_is_refused() -> None:
    with pytest.raises(InputError, match="NUL"):
        bind("select :a", {":a": "\0"})


PARTS = st.sampled_from(["select ", "a", "[:a]", " = ", "'$1'", "\n", "::int ", "é", "-- :a\n"])
PARAMETERS = st.sampled_from([" :a ", " :b ", " $1 "])
VALUES = st.fixed_dictionaries(
    dict.fromkeys((":a", ":b", "$1"), st.none() | st.text("a'", max_size=9))
)


@given(st.lists(PARTS | PARAMETERS), VALUES)
def test_a_position_in_what_was_sent_is_found_in_the_source(
    parts: list[str], values: dict[str, str | None]
) -> None:
    source = "".join(parts)
    bound = bind(source, values)
    is_of_value = [False] * len(bound.text)
    moved = 0
    for start, end, length in bound.replaced:
        for offset in range(start + moved, start + moved + length):
            assert bound.source_offset(offset) == start
            is_of_value[offset] = True
        moved += length - (end - start)
    rest = [offset for offset in range(len(bound.text)) if not is_of_value[offset]]
    assert all(bound.text[offset] == source[bound.source_offset(offset)] for offset in rest)
    assert bound.source_offset(len(bound.text)) == len(source)
    ranges = [(start, end) for start, end, _ in bound.replaced]
    named = [source[start:end] for start, end in ranges]
    assert tuple(dict.fromkeys(named)) == parameters_of(source)
    replaced = "".join(source[offset] for offset in map(bound.source_offset, rest))
    assert replaced == without(source, ranges)


def without(source: str, ranges: list[tuple[int, int]]) -> str:
    for start, end in reversed(ranges):
        source = source[:start] + source[end:]
    return source


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_no_value_can_break_out_of_its_literal(value: str) -> None:
    text = bind("select :a from t", {":a": value}).text
    kinds = [token.kind for token in tokenize(text) if token.kind is not TokenKind.SPACE]
    assert kinds == [TokenKind.WORD, TokenKind.STRING, TokenKind.WORD, TokenKind.WORD]


def test_a_value_that_is_a_parameter_is_not_bound_again() -> None:
    assert bind("select :a, :b", {":a": ":b", ":b": "$1"}).text == "select ':b', '$1'"


def test_null_is_no_text() -> None:
    assert untyped(None) == "NULL"
    assert untyped("NULL") == "'NULL'"
    assert untyped("") == "''"
