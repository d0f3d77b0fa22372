"""Filters as SQL; that they keep the same rows is compared on the local DSQL."""

from __future__ import annotations

import pytest

from dsql_tui.results.arrangement import Arrangement
from dsql_tui.results.find import Filter, Pattern
from dsql_tui.results.on_server import conditions_of

NAMES, TYPES = ("id", "Note", "data"), ("bigint", "text", "json")


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        (Filter(Pattern("a'b"), 1), "strpos(lower(\"Note\"::text), 'a''b') > 0"),
        (Filter(Pattern("Ab"), 1), "strpos(\"Note\"::text, 'Ab') > 0"),
        (Filter(Pattern("a.b", regex=True), 0), "id::text ~* 'a.b'"),
        (Filter(Pattern("A", regex=True), 0), "id::text ~ 'A'"),
        (Filter(Pattern("x"), 0, inverted=True), "(strpos(lower(id::text), 'x') > 0) IS NOT TRUE"),
        (Filter(Pattern("7"), 0, exact=True), "id = '7'"),
        (Filter(Pattern("7"), 0, exact=True, inverted=True), "id IS DISTINCT FROM '7'"),
        (Filter(Pattern("{}"), 2, exact=True), "data::text = '{}'"),
        (Filter(column=1, is_null=True), '"Note" IS NULL'),
        (Filter(column=1, is_null=True, inverted=True), '"Note" IS NOT NULL'),
        (
            Filter(Pattern("q")),
            "(strpos(lower(id::text), 'q') > 0 OR strpos(lower(\"Note\"::text), 'q') > 0"
            " OR strpos(lower(data::text), 'q') > 0)",
        ),
    ],
)
def test_a_filter_is_one_condition(wanted: Filter, condition: str) -> None:
    assert conditions_of(Arrangement(filters=(wanted,)), NAMES, TYPES) == (condition,)


def test_every_filter_has_its_condition_and_none_is_needed_without() -> None:
    both = Arrangement().keep(Filter(Pattern("a"), 1)).keep(Filter(column=0, is_null=True))
    assert len(conditions_of(both, NAMES, TYPES)) == 2
    assert conditions_of(Arrangement(), NAMES, TYPES) == ()


def test_an_inverted_search_of_any_column_keeps_rows_of_nulls() -> None:
    (condition,) = conditions_of(
        Arrangement(filters=(Filter(Pattern("q"), inverted=True),)), NAMES, TYPES
    )
    assert condition.endswith(") IS NOT TRUE")
