"""The order of values by type, as in PostgreSQL: numbers by value, timestamps by time.

Text is ordered by code point, which is DSQL's only collation (`C`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
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
_CLOCK = " :.0123456789"
"""Characters of a time of day."""
PADDED_OID = 1042
"""`character(n)`, whose text is filled with blanks."""
FLOAT_DIGITS = 15
"""Decimal digits that a double tells apart, so that numbers this short keep their order."""

_UNIT_DAYS = {"year": 360, "mon": 30, "day": 1}
"""What intervals count as when they are compared (interval_cmp_value)."""
_INTERVAL_PART = re.compile(r"([+-]?\d+) (year|mon|day)s?")
_INTERVAL_TIME = re.compile(r"([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_INTERVAL = re.compile(rf"(?:{_INTERVAL_PART.pattern} ?)*(?:{_INTERVAL_TIME.pattern})?")
_ZONED_TIME = re.compile(
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?"
    r"(?P<zone>[+-]\d\d(?::\d\d){0,2})"
)


def timestamp_key(text: str) -> Decimal:
    """Return the sort key of a date or timestamp in seconds, including infinities and BC years.

    Raises:
        InputError: It is not in the ISO style.
    """
    if text in {"-infinity", "infinity"}:
        return Decimal(text)
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise _other_style("datestyle", "ISO")
    at = match.groupdict("0")
    year = 1 - int(at["year"]) if match["bc"] else int(at["year"])
    cycles, rest = divmod(year - 1, _CYCLE_YEARS)
    day = date(rest + 1, int(at["month"]), int(at["day"])).toordinal()
    return (cycles * _CYCLE_DAYS + day) * _DAY_S + _utc_s(at)


def _utc_s(at: Mapping[str, str]) -> Decimal:
    """Return the seconds since midnight, in UTC if there is a zone."""
    clock = _clock_s(at["hour"], at["minute"], at["second"])
    return clock - _east_s(at["zone"]) + Decimal(at["fraction"])


def _clock_s(hours: str, minutes: str = "0", seconds: str = "0") -> int:
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _east_s(zone: str) -> int:
    offset = _clock_s(*zone.lstrip("+-").split(":"))
    return -offset if zone.startswith("-") else offset


def interval_key(text: str) -> Decimal:
    """Return the sort key of intervals in PostgreSQL's output style: their length in seconds.

    Raises:
        InputError: It is in another style.
    """
    if not _INTERVAL.fullmatch(text):
        raise _other_style("intervalstyle", "postgres")
    days = sum(int(count) * _UNIT_DAYS[unit] for count, unit in _INTERVAL_PART.findall(text))
    length = Decimal(days * _DAY_S)
    if time := _INTERVAL_TIME.search(text):
        sign, hours, minutes, seconds = time.groups()
        clock = _clock_s(hours, minutes) + Decimal(seconds)
        length += -clock if sign == "-" else clock
    return length


def zoned_time_key(text: str) -> tuple[Decimal, int]:
    """Return the sort key of a time with zone: by UTC time, then east to west (timetz_cmp).

    Raises:
        InputError: It cannot be read.
    """
    match = _ZONED_TIME.fullmatch(text)
    if match is None:
        raise _other_style("datestyle", "ISO")
    at = match.groupdict("0")
    return (_utc_s(at), -_east_s(at["zone"]))


def _other_style(setting: str, style: str) -> InputError:
    return InputError(
        f"The values are not in the {style} style, whose order is known.",
        remedy=f"SET {setting} = {style} and run the statement again.",
    )


def _number_key(number: Key, texts: Sequence[str]) -> Key:
    """Return the key of numbers; NaN is equal to NaN and above all others."""
    # Not `in`: it would hold the interpreter for a million comparisons.
    if not any(text == "NaN" for text in texts):
        return number
    return lambda text: (True, text) if text == "NaN" else (False, number(text))


def _same_shape(texts: Sequence[str]) -> bool:
    """Whether timestamps sort like their text: four-digit years AD, one zone, no infinity."""
    zone = _zone("".join(texts[:1]))
    return not zone.endswith("BC") and all(
        text[4:5] == "-" and _zone(text) == zone for text in texts
    )


def _zone(text: str) -> str:
    return text.partition(" ")[2].lstrip(_CLOCK)


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
            return _each(_number_key(float, texts), texts)
        case ValueKind.NUMERIC:
            exact = all(len(text) <= FLOAT_DIGITS for text in texts)
            return _each(_number_key(float if exact else Decimal, texts), texts)
        case ValueKind.DATE | ValueKind.TIMESTAMP | ValueKind.TIMESTAMPTZ:
            return texts if _same_shape(texts) else _each(timestamp_key, texts)
        case ValueKind.INTERVAL:
            return _each(interval_key, texts)
        case ValueKind.TIME if any(text.lstrip(_CLOCK) for text in texts):
            return _each(zoned_time_key, texts)
        case _:
            return texts


def _each(key: Key, texts: Sequence[str]) -> list[Orderable]:
    # Not `map`: it would run in C to its end and block other threads.
    return [key(text) for text in texts]
