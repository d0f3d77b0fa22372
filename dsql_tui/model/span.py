"""Spans of time in words a person reads at a glance; one place for all faces."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("y", 365 * 86_400), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def short_span(span: timedelta) -> str:
    """Return the largest whole unit: `3d`, `5h`, `12m`, `8s`; a negative span is `0s`."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return "0s"


def countdown(span: timedelta) -> str:
    """Return `14:32`, `1:02:03` from an hour, `6d 23h` from a day; a negative span is `00:00`."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds >= 86_400:
        return f"{seconds // 86_400}d {seconds % 86_400 // 3_600}h"
    hours, minutes, rest = seconds // 3_600, seconds % 3_600 // 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def duration(milliseconds: float) -> str:
    """Return `0.4 ms`, `12 ms`, `3.4 s`, `2 m 05 s`."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1_000:.1f} s"
    seconds = round(milliseconds / 1_000)
    return f"{seconds // 60} m {seconds % 60:02} s"
