"""The summary of a column: counts, extremes, sum, average, histogram, most common values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from math import isfinite

from dsql_tui.model.result import Column
from dsql_tui.results.kinds import NUMBERS, ValueKind, kind_of, type_name
from dsql_tui.results.order import Orderable, column_keys, timestamp_key
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work

BINS = 24
COMMONEST = 5
EXACT = Context(prec=1_000)
"""PostgreSQL's numeric has up to 131,072 digits; sums keep a thousand of them."""
_AVERAGE_DIGITS = Context(prec=20)
_MOMENTS = frozenset({ValueKind.DATE, ValueKind.TIMESTAMP, ValueKind.TIMESTAMPTZ})


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a column.

    Attributes:
        name: The column's.
        type_name: As SQL writes it.
        row_count: Rows counted.
        null_count: Number of these that are NULL.
        distinct_count: Different values.
        minimum: In the type's order; `None` when every value is NULL.
        maximum: Likewise.
        total: Sum of the finite numbers; `None` for other types.
        average: Likewise.
        bins: Values in each of `BINS` equal steps from minimum to maximum; empty without an axis.
        commonest: The most frequent of the values that occur more than once, with their counts.
    """

    name: str
    type_name: str
    row_count: int
    null_count: int
    distinct_count: int
    minimum: str | None
    maximum: str | None
    total: str | None
    average: str | None
    bins: tuple[int, ...]
    commonest: tuple[tuple[str, int], ...]


def summarize(
    store: ResultStore, column: int, rows: Sequence[int] | None, work: Work
) -> Summary | None:
    """Summarize a column over all or some rows; `None` when cancelled."""
    counts: Counter[str] = Counter()
    nulls = looked_at = 0
    selected_rows = None if rows is None else set(rows)
    for first, chunk in work.chunks(store):
        texts = [row[column] for row in chunk.rows.texts()]
        if selected_rows is not None:
            texts = [text for at, text in enumerate(texts, start=first) if at in selected_rows]
        present = [text for text in texts if text is not None]
        looked_at += len(texts)
        nulls += len(texts) - len(present)
        counts.update(present)
    if work.cancelled:
        return None
    return _summary(store.columns[column], counts, looked_at, nulls)


def _summary(column: Column, counts: Counter[str], row_count: int, null_count: int) -> Summary:
    kind = kind_of(column)
    texts = list(counts)
    minimum, maximum = extremes(texts, column_keys(column, texts))
    axis = _axis(kind, texts)
    total = _total(counts) if kind in NUMBERS else None
    finite = sum(n for text, n in counts.items() if _is_finite(text)) if total is not None else 0
    return Summary(
        name=column.name,
        type_name=type_name(column),
        row_count=row_count,
        null_count=null_count,
        distinct_count=len(counts),
        minimum=minimum,
        maximum=maximum,
        total=None if total is None else _plain(total),
        average=None if not finite or total is None else _plain(_mean(total, finite)),
        bins=_bins(axis, counts),
        commonest=tuple(each for each in counts.most_common(COMMONEST) if each[1] > 1),
    )


def extremes(
    texts: Sequence[str], keys: Sequence[Orderable]
) -> tuple[str, str] | tuple[None, None]:
    """Return the first of the least and of the greatest values; `min` would block other threads.

    Measured on 1,000,000 different values: the longest stall of a summary 0.40 → 0.18 s.
    """
    if not texts:
        return None, None
    least = greatest = 0
    for number, key in enumerate(keys):
        if key < keys[least]:
            least = number
        if keys[greatest] < key:
            greatest = number
    return texts[least], texts[greatest]


def _is_finite(text: str) -> bool:
    return text[-1].isdigit()


def _total(counts: Counter[str]) -> Decimal:
    total = Decimal(0)
    for text, count in counts.items():
        if _is_finite(text):
            total = EXACT.fma(Decimal(text), Decimal(count), total)
    return total


def _mean(total: Decimal, count: int) -> Decimal:
    return _AVERAGE_DIGITS.divide(total, Decimal(count)).normalize()


def _plain(number: Decimal) -> str:
    return f"{number:f}"


def _axis(kind: ValueKind, texts: Sequence[str]) -> dict[str, float]:
    """Return each finite value as a number; empty for types without one."""
    if kind in NUMBERS:
        places = {text: float(text) for text in texts}
    elif kind in _MOMENTS:
        places = {text: float(timestamp_key(text)) for text in texts}
    else:
        return {}
    return {text: place for text, place in places.items() if isfinite(place)}


def _bins(axis: dict[str, float], counts: Counter[str]) -> tuple[int, ...]:
    if not axis:
        return ()
    low, high = min(axis.values()), max(axis.values())
    if low == high or not isfinite(high - low):
        return ()
    bins = [0] * BINS
    for text, place in axis.items():
        bins[min(BINS - 1, int((place - low) / (high - low) * BINS))] += counts[text]
    return tuple(bins)


_BLOCKS = " ▁▂▃▄▅▆▇█"


def sparkline(bins: Sequence[int]) -> str:
    """Draw counts as blocks; any count above zero is at least the lowest block."""
    most = max(bins, default=0)
    if not most:
        return ""
    steps = len(_BLOCKS) - 1
    return "".join(_BLOCKS[-(-each * steps // most)] for each in bins)
