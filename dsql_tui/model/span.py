"""Durations and counts as text, for console and command line."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = (("y", 365 * 86_400), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def short_span(span: timedelta) -> str:
    """Return a duration in its largest unit, without a space, for columns: `3d`, `5h`, `12m`, `8s`.

    A negative span is `0s`.
    """
    seconds = max(int(span.total_seconds()), 0)
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return "0s"


def age(since: datetime, now: datetime) -> str:
    """Return an age in its largest unit: `3 d`, `2 h`, `5 min`, `new`."""
    seconds = (now - since).total_seconds()
    for unit, size in _UNITS[:-1]:
        if seconds >= size:
            return f"{int(seconds // size)} {'min' if unit == 'm' else unit}"
    return "new"


def countdown(left: timedelta) -> str:
    """Return the remaining time: `14:32`, `1:02:03`, `6 d 3 h`; `00:00` if it is negative."""
    seconds = max(int(left.total_seconds()), 0)
    if seconds >= 86_400:
        return f"{seconds // 86_400} d {seconds % 86_400 // 3_600} h"
    hours, minutes, rest = seconds // 3_600, seconds % 3_600 // 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def duration(milliseconds: float) -> str:
    """Return a duration: `0.8 ms`, `38 ms`, `1.24 s`, `2 min 05 s`."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1_000
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02} s"


def latency(milliseconds: float | None) -> str:
    """Return a latency in ms without its unit, or `–` if missing: `0.82`, `1,204.5`."""
    if milliseconds is None:
        return "–"
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:,.1f}"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 row`, `1,204 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
