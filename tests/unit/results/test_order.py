"""Sort keys order the texts of values as PostgreSQL orders the values themselves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from math import inf
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.model.result import Column
from dsql_tui.results.kinds import ValueKind
from dsql_tui.results.order import (
    column_keys,
    interval_key,
    keys_of,
    timestamp_key,
    zoned_time_key,
)

DAY_S = 86_400
CHARACTER_OID, VARYING_OID = 1042, 1043


def days_before(year: int, month: int, day: int) -> int:
    """Return the days from 1 January of year 0 (1 BC), counted year by leap year."""
    leap_years = (year + 3) // 4 - (year + 99) // 100 + (year + 399) // 400
    is_leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    months = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return 365 * year + leap_years + sum(months[: month - 1]) + day - 1


def date_text(year: int, month: int, day: int) -> str:
    shown = year if year > 0 else 1 - year
    return f"{shown:04}-{month:02}-{day:02}"


def clock_text(micros: int) -> str:
    seconds, fraction = divmod(micros, 10**6)
    spelled = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return spelled + (f".{fraction:06}".rstrip("0") if fraction else "")


def zone_text(east_s: int) -> str:
    """Return a zone as PostgreSQL writes it: minutes and seconds where they are not zero."""
    hours, minutes, seconds = abs(east_s) // 3600, abs(east_s) // 60 % 60, abs(east_s) % 60
    text = f"{'-' if east_s < 0 else '+'}{hours:02}"
    if minutes or seconds:
        text += f":{minutes:02}"
    return text + (f":{seconds:02}" if seconds else "")


def assert_ordered(kind: ValueKind, values: Sequence[tuple[str, Any]]) -> None:
    """Assert that the keys of texts compare as the values do."""
    keys = keys_of(kind, [text for text, _ in values])
    pairs: list[tuple[str, Any, Any]] = [
        (text, value, key) for (text, value), key in zip(values, keys, strict=True)
    ]
    for (one, less, key), (other, more, other_key) in combinations(pairs, 2):
        assert (key < other_key) == (less < more), (one, other)
        assert (other_key < key) == (more < less), (one, other)
        assert (key == other_key) == (less == more), (one, other)


CLOCKS = st.one_of(
    st.integers(0, DAY_S * 10**6 - 1), st.integers(0, DAY_S - 1).map(lambda s: s * 10**6)
)
ZONES_S = st.sampled_from([0, 3600, -3600, 19_800, -12_600, 5_025, -17_762, 50_400, -43_200])
YEARS = st.one_of(st.integers(-4_712, 294_275), st.integers(-3, 3), st.integers(1_999, 2_001))
DATES = st.one_of(
    st.tuples(YEARS, st.integers(1, 12), st.integers(1, 28)),
    st.sampled_from([(2024, 2, 29), (2024, 3, 1), (2000, 2, 29), (0, 2, 29), (0, 12, 31)]),
)
"""Year, month and day; 1 BC is year 0, as astronomers count."""


@st.composite
def timestamps(draw: st.DrawFn, *, zoned: bool) -> tuple[str, Decimal]:
    """Draw a timestamp as PostgreSQL writes it, and its microseconds since 1 January of 1 BC."""
    if draw(st.integers(0, 19)) == 0:
        sign = draw(st.sampled_from(["", "-"]))
        return f"{sign}infinity", Decimal(f"{sign}Infinity")
    date, micros = draw(DATES), draw(CLOCKS)
    east_s = draw(ZONES_S) if zoned else 0
    text = f"{date_text(*date)} {clock_text(micros)}{zone_text(east_s) if zoned else ''}"
    value = (days_before(*date) * DAY_S - east_s) * 10**6 + micros
    return text + (" BC" if date[0] <= 0 else ""), Decimal(value)


@given(st.lists(timestamps(zoned=False), max_size=8))
def test_timestamps_are_ordered_by_time(values: list[tuple[str, Decimal]]) -> None:
    assert_ordered(ValueKind.TIMESTAMP, values)


@given(st.lists(timestamps(zoned=True), max_size=8))
def test_timestamps_with_zones_are_ordered_by_their_time_in_utc(
    values: list[tuple[str, Decimal]],
) -> None:
    assert_ordered(ValueKind.TIMESTAMPTZ, values)


@given(st.lists(DATES, max_size=8))
def test_dates_are_ordered_by_day(dates: list[tuple[int, int, int]]) -> None:
    texts = [date_text(*date) + (" BC" if date[0] <= 0 else "") for date in dates]
    days = [days_before(*date) for date in dates]
    assert_ordered(ValueKind.DATE, list(zip(texts, days, strict=True)))


@given(timestamps(zoned=True), timestamps(zoned=True))
@example(("2000-12-31 00:00:00+00", Decimal(0)), ("2001-01-01 00:00:00+00", DAY_S * Decimal(10**6)))
def test_timestamps_are_as_many_seconds_apart_as_they_are(
    one: tuple[str, Decimal], other: tuple[str, Decimal]
) -> None:
    """The histogram of a column divides the time between two of them."""
    assume("infinity" not in one[0] + other[0])
    assert (timestamp_key(one[0]) - timestamp_key(other[0])) * 10**6 == one[1] - other[1]


def test_infinite_timestamps_are_infinite() -> None:
    assert list(map(timestamp_key, ("-infinity", "infinity"))) == [-inf, inf]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        # Text of one shape, whose order is another than the text's.
        (ValueKind.DATE, ["0045-03-15 BC", "0044-03-15 BC"]),
        (ValueKind.TIMESTAMP, ["0045-03-15 00:00:00 BC", "0044-03-15 00:00:00 BC"]),
        (ValueKind.TIMESTAMPTZ, ["0045-03-15 00:00:00+00 BC", "0044-03-15 00:00:00+00 BC"]),
        (ValueKind.DATE, ["9999-12-31", "10000-01-01"]),
        (ValueKind.DATE, ["-infinity", "4713-01-01 BC"]),
        (ValueKind.DATE, ["2026-01-01", "infinity"]),
        (ValueKind.TIMESTAMPTZ, ["2026-01-01 12:00:00+02", "2026-01-01 11:00:00+00"]),
        (ValueKind.TIMESTAMPTZ, ["2026-01-01 12:00:00+05:30", "2026-01-01 12:00:00+05"]),
    ],
)
def test_texts_of_timestamps_that_sort_otherwise_are_read(
    kind: ValueKind, texts: list[str]
) -> None:
    for shown in (texts, texts[::-1]):
        keys: Any = keys_of(kind, shown)
        assert sorted(shown, key=lambda text: keys[shown.index(text)]) == texts


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (ValueKind.TIMESTAMP, ["2026-11-21 06:00:00", "2026-11-21 06:00:00.25"]),
        (ValueKind.TIMESTAMPTZ, ["2026-11-21 06:00:00.5+05:30", "2026-11-21 06:00:00+05:30"]),
        (ValueKind.DATE, ["2026-11-21", "0001-01-01"]),
        (ValueKind.DATE, []),
        (ValueKind.TIME, ["06:00:00", "06:00:00.25"]),
    ],
)
def test_texts_that_sort_like_their_values_are_not_read(kind: ValueKind, texts: list[str]) -> None:
    assert keys_of(kind, texts) is texts


@given(st.lists(st.tuples(CLOCKS, ZONES_S), max_size=8))
def test_times_with_zones_are_ordered_by_utc_then_from_east_to_west(
    times: list[tuple[int, int]],
) -> None:
    texts = [clock_text(micros) + zone_text(east_s) for micros, east_s in times]
    values = [(micros - east_s * 10**6, -east_s) for micros, east_s in times]
    assert_ordered(ValueKind.TIME, list(zip(texts, values, strict=True)))


def test_equal_times_in_different_zones_are_different_values() -> None:
    east, west = map(zoned_time_key, ("12:00:00+02", "09:00:00-01"))
    assert east < west
    assert east[0] == west[0] == 10 * 3600


INTERVALS = st.tuples(
    st.integers(-2_000, 2_000), st.integers(-800, 800), st.integers(-(10**12), 10**12)
)
"""Months, days and microseconds, as an interval is stored."""


def interval_text(months: int, days: int, micros: int) -> str:
    """Return an interval in the style `postgres` (EncodeInterval)."""
    years, months = int(months / 12), months - 12 * int(months / 12)
    parts: list[str] = []
    is_before = False
    for number, unit in ((years, "year"), (months, "mon"), (days, "day")):
        if number:
            sign = "+" if is_before and number > 0 else ""
            parts.append(f"{sign}{number} {unit}{'' if number == 1 else 's'}")
            is_before = number < 0
    if micros or not parts:
        sign = "-" if micros < 0 else "+" if is_before else ""
        parts.append(sign + clock_text(abs(micros)))
    return " ".join(parts)


@given(st.lists(INTERVALS, max_size=8))
def test_intervals_are_ordered_by_length_with_months_of_30_days(
    intervals: list[tuple[int, int, int]],
) -> None:
    values = [
        (interval_text(*each), (each[0] * 30 + each[1]) * DAY_S * 10**6 + each[2])
        for each in intervals
    ]
    assert_ordered(ValueKind.INTERVAL, values)


@pytest.mark.parametrize(
    ("text", "equal"),
    [
        ("1 mon", "30 days"),
        ("1 year", "360 days"),
        ("1 year 2 mons -3 days +04:05:06.5", "417 days 04:05:06.5"),
        ("24:00:00", "1 day"),
        ("-1 days +23:59:59", "-00:00:01"),
        ("-1 years -2 mons", "-420 days"),
        ("00:00:00", "1 day -24:00:00"),
    ],
)
def test_intervals_of_the_same_length_are_equal(text: str, equal: str) -> None:
    assert interval_key(text) == interval_key(equal)


@pytest.mark.parametrize("key", [timestamp_key, interval_key, zoned_time_key])
@pytest.mark.parametrize("text", ["Sat Nov 21 2026", "P1D", "@ 1 day", "12:00:00 UTC", "xinfinity"])
def test_text_of_another_style_is_refused(key: Any, text: str) -> None:
    with pytest.raises(InputError, match="style, whose order is known") as refused:
        key(text)
    assert refused.value.remedy.startswith("SET ")
    assert refused.value.remedy.endswith(" and run the statement again.")


NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.decimals(-3, 3, places=2),
    st.sampled_from(["Infinity", "-Infinity", "0", "0.00", "1", "1.0"]).map(Decimal),
)


@given(st.lists(NUMBERS, max_size=8), st.integers(0, 2))
def test_numbers_of_any_length_are_ordered_by_value_with_nan_last(
    numbers: list[Decimal], nan_count: int
) -> None:
    values: list[tuple[str, Any]] = [(f"{number:f}", (False, number)) for number in numbers]
    assert_ordered(ValueKind.NUMERIC, values + [("NaN", (True, Decimal(0)))] * nan_count)


def test_digits_that_no_double_holds_still_count() -> None:
    """Both are the same double; 16 digits and 16 characters is the shortest such pair."""
    less, more = "9007199254740992", "9007199254740993"
    assert float(less) == float(more)
    assert_ordered(ValueKind.NUMERIC, [(less, 0), (more, 1), ("NaN", 2)])
    assert_ordered(ValueKind.NUMERIC, [(more, 1), (less, 0)])
    assert_ordered(ValueKind.INTEGER, [(more, 1), (less, 0)])


@given(st.lists(st.floats(allow_nan=False), max_size=8), st.integers(0, 2))
def test_floats_are_ordered_by_value_with_nan_last(numbers: list[float], nan_count: int) -> None:
    def spelled(number: float) -> str:
        return repr(number).replace("inf", "Infinity")

    values: list[tuple[str, Any]] = [(spelled(number), (False, number)) for number in numbers]
    assert_ordered(ValueKind.FLOAT, values + [("NaN", (True, 0.0))] * nan_count)


def test_padding_does_not_count_in_blank_padded_text_alone() -> None:
    texts = ["b  ", "a  ", "a", "a\t", " a"]
    padded: Any = column_keys(Column("c", CHARACTER_OID), texts)
    assert padded[1] == padded[2]
    assert padded[4] < padded[2] < padded[3] < padded[0]
    varying: Any = column_keys(Column("c", VARYING_OID), texts)
    assert varying[2] < varying[1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_text_is_ordered_by_its_bytes(texts: list[str]) -> None:
    assert_ordered(ValueKind.TEXT, [(text, text.encode()) for text in texts[:8]])
