"""The totals of selected cells are what PostgreSQL's aggregates answer for them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.results.totals import Totals, totals_of
from dsql_tui.results.work import Work
from tests.support.rows import chunks_of, columns


def totals(kinds: dict[str, str], *rows: tuple[str | None, ...]) -> Totals:
    column_totals = totals_of(columns(**kinds), chunks_of([list(row) for row in rows], 2), Work())
    assert column_totals is not None
    return column_totals


def test_numbers_of_several_types_are_added_up_exactly() -> None:
    rows = [("1", "0.10"), ("9223372036854775807", None), (None, "1e2")]
    assert totals({"a": "bigint", "b": "numeric"}, *rows) == Totals(
        4, 2, "9223372036854775908.10", "2305843009213693977", "0.10", "9223372036854775807"
    )


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=6), min_size=1))
def test_a_sum_of_numerics_loses_no_digit(numbers: list[Decimal]) -> None:
    texts = [(f"{number:f}",) for number in numbers]
    total = totals({"v": "numeric"}, *texts).total or ""
    assert Fraction(total) == sum(map(Fraction, numbers))


@pytest.mark.parametrize(
    ("values", "total", "extremes"),
    [
        (("0.1", "0.2"), "0.3", ("0.1", "0.2")),
        (("1e+300", "1"), "1e+300", ("1", "1e+300")),
        (("1", "Infinity"), "Infinity", ("1", "Infinity")),
        (("Infinity", "-Infinity"), "NaN", ("-Infinity", "Infinity")),
        (("1", "NaN"), "NaN", ("1", "NaN")),
    ],
)
def test_floating_point_numbers_keep_their_notation(
    values: tuple[str, ...], total: str, extremes: tuple[str, str]
) -> None:
    column_totals = totals({"v": "double"}, *((value,) for value in values))
    assert (column_totals.total, (column_totals.minimum, column_totals.maximum)) == (
        total,
        extremes,
    )


def test_an_average_has_no_more_digits_than_it_needs() -> None:
    assert totals({"v": "integer"}, ("1",), ("2",)).average == "1.5"
    assert totals({"v": "integer"}, ("100",), ("300",)).average == "200"
    assert totals({"v": "integer"}, ("1",), ("1",), ("2",)).average == "1.3333333333333333333"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("date", ("2026-12-31", "0001-01-01 BC")),
        ("interval", ("1 mon", "29 days")),
        ("timestamptz", ("2026-06-01 11:30:00+00:30", "2026-06-01 12:00:00+02")),
    ],
)
def test_moments_have_a_minimum_and_a_maximum_but_no_sum(
    kind: str, values: tuple[str, str]
) -> None:
    greatest, least = values
    column_totals = totals({"v": kind}, (greatest,), (least,))
    assert column_totals == Totals(2, 0, minimum=least, maximum=greatest)


@pytest.mark.parametrize("kinds", [{"a": "text"}, {"a": "date", "b": "integer"}])
def test_what_cannot_be_compared_is_counted(kinds: dict[str, str]) -> None:
    row = tuple("1" for _ in kinds)
    assert totals(kinds, row, tuple(None for _ in kinds)) == Totals(len(kinds), len(kinds))


def test_nulls_alone_have_no_sum() -> None:
    assert totals({"v": "integer"}, (None,), (None,)) == Totals(0, 2)


def test_a_cancelled_computation_returns_nothing() -> None:
    work = Work()
    work.cancel()
    assert totals_of(columns(v="integer"), chunks_of([["1"]], 1), work) is None
