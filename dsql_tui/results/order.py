"""The order of values by type, as in PostgreSQL: numbers by value, timestamps by time.

Text is ordered by code point, which is DSQL's only collation (`C`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from dsql_tui.errors import InputError
from dsql_tui.model.result import Column
from dsql_tui.results.kinds import ValueKind, kind_of


class Orderable(Protocol):
    """A value that can be compared with others of its kind."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it comes before."""
        ...


Key = Callable[[str], Orderable]

_MOMENT = re.compile(
    r"(?P<year>\d{4,})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?: (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?)?"
    r"(?P<zone>[+-]\d\d(?::\d\d){0,2})?(?P<bc> BC)?"
)
_CYCLE_YEARS = 400
_CYCLE_DAYS = 146_097
"""The Gregorian calendar repeats; years outside Python's 1–9999 are moved by whole cycles."""
_DAY_S = 86_400
PADDED_OID = 1042
"""`character(n)`, whose text is filled with blanks."""
FLOAT_DIGITS = 15
"""Decimal digits that a double tells apart, so that numbers this short keep their order."""

_UNIT_MICROS = {
    # Months count 30 days and days 24 hours when intervals are compared (interval_cmp_value).
    "year": 360 * _DAY_S * 10**6,
    "mon": 30 * _DAY_S * 10**6,
    "day": _DAY_S * 10**6,
}
_INTERVAL_PART = re.compile(r"([+-]?\d+) (year|mon|day)s?")
_INTERVAL_TIME = re.compile(r"([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_INTERVAL = re.compile(rf"(?:{_INTERVAL_PART.pattern} ?)*(?:{_INTERVAL_TIME.pattern})?")
_ZONED_TIME = re.compile(
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?"
    r"(?P<zone>[+-]\d\d(?::\d\d){0,2})"
)


def timestamp_key(text: str) -> tuple[int, int, Decimal]:
    """Return the sort key of a date or timestamp, including infinities, BC years and zones.

    Raises:
        InputError: It is not in the ISO style.
    """
    if text.endswith("infinity"):
        return (-1 if text.startswith("-") else 1, 0, Decimal(0))
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise _other_style("datestyle", "ISO")
    year = int(match["year"])
    if match["bc"]:
        year = 1 - year
    cycles, rest = divmod(year - 1, _CYCLE_YEARS)
    day = date(rest + 1, int(match["month"]), int(match["day"])).toordinal()
    seconds = Decimal(_clock_s(match["hour"], match["minute"], match["second"]) - _zone_s(match))
    seconds += Decimal("0" + (match["fraction"] or ""))
    days = cycles * _CYCLE_DAYS + day
    return (0, 0, days * _DAY_S + seconds)


def _clock_s(hour: str | None, minute: str | None, second: str | None) -> int:
    return int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)


def _zone_s(match: re.Match[str]) -> int:
    zone = match["zone"]
    if not zone:
        return 0
    parts: list[str] = [*str(zone[1:]).split(":"), "0", "0"]
    offset = _clock_s(*parts[:3])
    return -offset if zone[0] == "-" else offset


def interval_key(text: str) -> Decimal:
    """Return the sort key of intervals in PostgreSQL's output style: their length.

    Raises:
        InputError: It is in another style.
    """
    if not _INTERVAL.fullmatch(text):
        raise _other_style("intervalstyle", "postgres")
    micros = Decimal(0)
    for amount, unit in _INTERVAL_PART.findall(text):
        micros += int(amount) * _UNIT_MICROS[unit]
    time = _INTERVAL_TIME.search(text)
    if time:
        sign, hours, minutes, seconds = time.groups()
        length = (int(hours) * 3600 + int(minutes) * 60 + Decimal(seconds)) * 10**6
        micros += -length if sign == "-" else length
    return micros


def zoned_time_key(text: str) -> tuple[Decimal, int]:
    """Return the sort key of a time with zone: by UTC time, then east to west (timetz_cmp).

    Raises:
        InputError: It cannot be read.
    """
    match = _ZONED_TIME.fullmatch(text)
    if match is None:
        raise _other_style("datestyle", "ISO")
    east_s = _zone_s(match)
    seconds = Decimal(_clock_s(match["hour"], match["minute"], match["second"]) - east_s)
    return (seconds + Decimal("0" + (match["fraction"] or "")), -east_s)


def _other_style(setting: str, style: str) -> InputError:
    return InputError(
        f"The values are not in the {style} style, whose order is known.",
        remedy=f"SET {setting} = {style} and run the statement again.",
    )


def _float_key(text: str) -> tuple[bool, float]:
    return (text == "NaN", 0.0 if text == "NaN" else float(text))


def _numeric_key(text: str) -> tuple[bool, Decimal]:
    return (text == "NaN", Decimal(0) if text == "NaN" else Decimal(text))


def _same_shape(texts: Sequence[str]) -> bool:
    """Whether timestamps sort like their text: four-digit years, one zone, no infinity, no BC."""
    first = next(iter(texts), "")
    zone = first[19:].lstrip(".0123456789")
    return all(
        text[4:5] == "-" and text[0] != "-" and text[10:].lstrip(" :.0123456789") == zone
        for text in texts
    )


def column_keys(column: Column, texts: Sequence[str]) -> Sequence[Orderable]:
    """Return the sort keys of a column's texts, ignoring padding (bpchar)."""
    if column.type_oid == PADDED_OID:
        texts = [text.rstrip(" ") for text in texts]
    return keys_of(kind_of(column), texts)


def keys_of(kind: ValueKind, texts: Sequence[str]) -> Sequence[Orderable]:
    """Return the sort keys of texts, ordered as in PostgreSQL.

    The cheapest that is right for all of them: numbers without NaN as plain numbers, moments of one
    shape as their text.
    """
    match kind:
        case ValueKind.INTEGER:
            return _each(int, texts)
        case ValueKind.FLOAT:
            return _each(_float_key, texts) if _has_nan(texts) else _each(float, texts)
        case ValueKind.NUMERIC:
            if _has_nan(texts):
                return _each(_numeric_key, texts)
            exact = all(len(text) <= FLOAT_DIGITS for text in texts)
            return _each(float if exact else Decimal, texts)
        case ValueKind.DATE | ValueKind.TIMESTAMP | ValueKind.TIMESTAMPTZ:
            return texts if _same_shape(texts) else _each(timestamp_key, texts)
        case ValueKind.INTERVAL:
            return _each(interval_key, texts)
        case ValueKind.TIME if any(text[8:].lstrip(".0123456789") for text in texts):
            return _each(zoned_time_key, texts)
        case _:
            return texts


def _has_nan(texts: Sequence[str]) -> bool:
    # Not `in`: it would hold the interpreter for a million comparisons.
    return any(text == "NaN" for text in texts)


def _each(key: Key, texts: Sequence[str]) -> list[Orderable]:
    # Not `map`: it would run in C to its end, and nobody else meanwhile.
    return [key(text) for text in texts]
