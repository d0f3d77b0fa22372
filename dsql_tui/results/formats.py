"""Display formats of values; by default, values are shown as the server sent them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dsql_tui.results.kinds import NUMBERS, ValueKind

Formatter = Callable[[str], str]
BOOLEANS = {"t": "true", "f": "false"}
_WHOLE_PART = re.compile(r"(?<=\d)(?=(?:\d{3})+(?:$|\.))")
"""Between two digits before the decimal point, with whole groups of three to the right."""
_ZONED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d(?::\d\d){0,2})")


class LocalZone(tzinfo):
    """The time zone of this machine, including daylight saving time."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return the offset at a local time."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:  # noqa: ARG002 - a method of tzinfo
        """Return `None`, because the daylight saving part of the offset is unknown."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """Return the abbreviation at a local time."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """Return the local time for a UTC time, with its offset."""
        return moment.replace(tzinfo=UTC).astimezone()


@dataclass(frozen=True, slots=True)
class Formats:
    """Display settings for values; copy and export ignore them.

    Attributes:
        group_digits: Write 1234567.8 as 1,234,567.8.
        zone: Show `timestamptz` in this zone; `None` shows the session's own text.
        invisible: Show marks for no-break spaces, soft hyphens and trailing blanks.
    """

    group_digits: bool = False
    zone: tzinfo | None = None
    invisible: bool = False


def formatter(kind: ValueKind, formats: Formats) -> Formatter | None:
    """Return the function that formats a column's text; `None` if it is shown unchanged."""
    if kind is ValueKind.BOOLEAN:
        return _boolean
    if kind in NUMBERS and formats.group_digits:
        return group_digits
    if kind is ValueKind.TIMESTAMPTZ and formats.zone is not None:
        zone = formats.zone
        return lambda text: in_zone(text, zone)
    return None


def _boolean(text: str) -> str:
    return BOOLEANS.get(text, text)


def group_digits(text: str) -> str:
    """Group a number's integer digits by thousands; exponents are not grouped."""
    if "e" in text:
        return text
    whole, point, fraction = text.partition(".")
    return _WHOLE_PART.sub(",", whole) + point + fraction


def in_zone(text: str, zone: tzinfo) -> str:
    """Return a timestamp in another zone with all its fraction digits; infinities stay."""
    match = _ZONED.fullmatch(text)
    if match is None:
        return text
    moment, fraction, offset = match.groups()
    try:
        there = datetime.fromisoformat(moment + offset).astimezone(zone)
    except (ValueError, OverflowError):
        return text
    shown = there.isoformat(sep=" ")
    return shown[:19] + (fraction or "") + shown[19:].removesuffix(":00")
