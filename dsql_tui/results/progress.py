"""The progress of a result as one line of text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.model.span import count, duration


class FetchOutcome(StrEnum):
    """The state of a result."""

    RUNNING = "running"
    COMPLETE = "complete"
    PAUSED = "paused"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """The progress of a result.

    Attributes:
        row_count: Rows stored so far.
        size_bytes: The size of these rows.
        first_row_ms: From sending to the first row; `None` before it, or when there was none.
        elapsed_ms: From sending until now, or until the end.
        outcome: `PAUSED` and `PARTIAL` mean that the server has more than was fetched; only
            while paused can it still be asked for.
        words: The command tag, or the error; empty when rows say it all.
    """

    row_count: int = 0
    size_bytes: int = 0
    first_row_ms: float | None = None
    elapsed_ms: float = 0.0
    outcome: FetchOutcome = FetchOutcome.RUNNING
    words: str = ""


def describe(progress: FetchProgress, *, more_key: str) -> str:
    """Return the progress in words; a part is never presented as the whole."""
    rows = count(progress.row_count, "row")
    parts: list[str] = []
    match progress.outcome:
        case FetchOutcome.RUNNING:
            parts = [f"{rows} so far", *_rate(progress), duration(progress.elapsed_ms)]
        case FetchOutcome.COMPLETE:
            parts = [progress.words or rows]
        case FetchOutcome.PAUSED:
            parts = [f"first {rows}, more on the server (press {more_key})"]
        case FetchOutcome.PARTIAL:
            parts = [f"first {rows}, more were not fetched"]
        case FetchOutcome.FAILED:
            parts = [f"{rows} before the error"] if progress.row_count else []
            parts.append(progress.words)
    if progress.first_row_ms is not None:
        parts.append(f"first row {duration(progress.first_row_ms)}")
    if progress.outcome is not FetchOutcome.RUNNING and progress.elapsed_ms:
        parts.append(f"total {duration(progress.elapsed_ms)}")
    if progress.size_bytes:
        parts.append(size(progress.size_bytes))
    return " · ".join(parts)


def _rate(progress: FetchProgress) -> list[str]:
    if not progress.row_count or progress.elapsed_ms <= 0:
        return []
    return [f"{round(progress.row_count / progress.elapsed_ms * 1000):,} rows/s"]


_UNIT = 1024


def size(size_bytes: int) -> str:
    """Format a size in the nearest unit: `900 B`, `1.2 KiB`, `404 MiB`."""
    amount = float(size_bytes)
    for unit in ("B", "KiB", "MiB"):
        if amount < _UNIT:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.3g} {unit}"
        amount /= _UNIT
    return f"{amount:.3g} GiB"
