"""Count, sum, average, minimum and maximum of selected cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, ValueKind, kind_of
from dsql_tui.results.order import keys_of
from dsql_tui.results.summary import extremes
from dsql_tui.results.work import Work

_EXACT = Context(prec=1_000, traps=[])
"""Infinity and NaN are added up as PostgreSQL does, not refused."""
_AVERAGE = Context(prec=20, traps=[])
_MOMENTS = frozenset(
    {
        ValueKind.DATE,
        ValueKind.TIME,
        ValueKind.TIMESTAMP,
        ValueKind.TIMESTAMPTZ,
        ValueKind.INTERVAL,
    }
)


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of some cells.

    Attributes:
        value_count: Cells that are not NULL.
        null_count: Cells that are NULL.
        total: Sum of the numbers, exact but for floating-point types; `None` for other types and
            without a value.
        average: Likewise, to 20 digits.
        minimum: In the order of the type; `None` for types that are neither numbers nor times, for
            columns of several types, and without a value.
        maximum: Likewise.
    """

    value_count: int
    null_count: int
    total: str | None = None
    average: str | None = None
    minimum: str | None = None
    maximum: str | None = None


def totals_of(columns: Sequence[Column], chunks: Iterable[RowChunk], work: Work) -> Totals | None:
    """Return the totals of some rows; `None` when cancelled.

    Args:
        columns: The columns of the rows.
        chunks: The rows, in any order.
        work: Cancels it.
    """
    kind = _common_kind(columns)
    order = ValueKind.NUMERIC if kind in NUMBERS else kind
    value_count = null_count = 0
    total = Decimal(0)
    minimum: str | None = None
    maximum: str | None = None
    for chunk in chunks:
        if work.cancelled:
            return None
        cells = [cell for row in chunk.rows.texts() for cell in row]
        values = [cell for cell in cells if cell is not None]
        value_count += len(values)
        null_count += len(cells) - len(values)
        if kind in NUMBERS:
            for value in values:
                total = _EXACT.add(total, Decimal(value))
        if order is not None and values:
            values += [extreme for extreme in (minimum, maximum) if extreme is not None]
            minimum, maximum = extremes(values, keys_of(order, values))
    if minimum is None:
        return Totals(value_count, null_count)
    if kind not in NUMBERS:
        return Totals(value_count, null_count, minimum=minimum, maximum=maximum)
    average = _AVERAGE.divide(total, Decimal(value_count))
    is_float = kind is ValueKind.FLOAT
    return Totals(
        value_count,
        null_count,
        _shown(total, is_float=is_float),
        _shown(average.normalize(_AVERAGE), is_float=is_float),
        minimum,
        maximum,
    )


def _common_kind(columns: Sequence[Column]) -> ValueKind | None:
    """Return the kind in which all columns can be compared, or `None`."""
    kinds = {kind_of(column) for column in columns}
    if kinds <= NUMBERS:
        widest = (ValueKind.FLOAT, ValueKind.NUMERIC, ValueKind.INTEGER)
        return next((kind for kind in widest if kind in kinds), None)
    return next(iter(kinds)) if len(kinds) == 1 and kinds <= _MOMENTS else None


def _shown(number: Decimal, *, is_float: bool) -> str:
    if not number.is_finite():
        return str(number)
    return repr(float(number)).removesuffix(".0") if is_float else f"{number:f}"
