"""Parquet, with the optional `parquet` extra; values are converted to PostgreSQL's text.

Dates and times are converted from the integers in the file, because Python's types end at the year
9999 and have only microseconds. Lists, structs and maps become JSON, with every digit of their
numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from dsql_tui.errors import InputError
from dsql_tui.load.records import Position, Record

BATCH_ROWS = 1_000
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_S = 86_400
_DAY_MS = _DAY_S * 1_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_CYCLE_DAYS, _CYCLE_YEARS = 146_097, 400
"""The Gregorian calendar repeats after so many days."""

Texts = Sequence[str | None]


def read_names(path: Path) -> tuple[str, ...]:
    """Return the columns' names.

    Raises:
        InputError: The file is damaged, or pyarrow is not installed.
    """
    parquet = _pyarrow_parquet()
    with _reported(path):
        return tuple(parquet.read_schema(path).names)


def read_parquet(path: Path, position: Position, columns: tuple[str, ...]) -> Iterator[Record]:
    """Yield the rows; `line` is a row's number, from 1.

    Raises:
        InputError: The file is damaged, or a value cannot be converted to text.
    """
    parquet = _pyarrow_parquet()
    size_bytes = path.stat().st_size
    with _reported(path), parquet.ParquetFile(path) as file:
        names = list(file.schema_arrow.names)
        places = [names.index(name) for name in columns]
        total = max(file.metadata.num_rows, 1)
        number = 0
        for batch in file.iter_batches(BATCH_ROWS):
            # By position, because pyarrow reads a dot in a name as a path into a struct.
            texts = [_column_texts(batch.column(place), names[place], path) for place in places]
            for values in zip(*texts, strict=True):
                number += 1
                yield Record(number, values)
            position.bytes_read = size_bytes * number // total


def as_text(value: object) -> str | None:
    """Return a value in PostgreSQL's input syntax; lists and mappings as JSON."""
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return _float(value)
        case Decimal():
            return format(value, "f") if value.is_finite() else _float(float(value))
        case bytes():
            return "\\x" + value.hex()
        case datetime() | date() | time():
            return value.isoformat()
        case list() | Mapping():
            return as_json(value)
    return str(value)


def as_json(value: object) -> str:
    """Return a value of a nested column as JSON; numbers keep all digits."""
    match value:
        case None:
            return "null"
        case bool() | int():
            return str(value).lower()
        case float() | Decimal() if math.isfinite(value):
            return str(as_text(value))
        case Mapping():
            pairs = (f"{as_json(str(key))}: {as_json(each)}" for key, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(as_json, value)) + "]"
    return json.dumps(as_text(value), ensure_ascii=False)


def _float(value: float) -> str:
    """Return a double as the server writes it: the shortest text that reads back equal."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _column_texts(column: Any, name: str, path: Path) -> Texts:
    """Return a column's values as text.

    Raises:
        InputError: A value cannot be converted: text that is not UTF-8, or a time after the year
            9999 in a list.
    """
    import pyarrow

    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        return _column_texts(column.dictionary_decode(), name, path)
    if isinstance(kind, pyarrow.BaseExtensionType) and kind.extension_name != "arrow.uuid":
        return _column_texts(column.storage, name, path)
    write: Callable[[Any], str | None] = as_text
    if temporal := _temporal(kind):
        integers, write = temporal
        column = column.view(integers)
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError, pyarrow.ArrowException) as error:
        raise InputError(f"{path}: the column {name} cannot be read: {error}.") from None
    if pyarrow.types.is_string(kind):
        return values
    return [None if value is None else write(value) for value in values]


def _temporal(kind: Any) -> tuple[Any, Callable[[int], str]] | None:
    """Return the integer type of a date or time type, and the function that formats one."""
    import pyarrow
    from pyarrow import types

    if types.is_date32(kind):
        return pyarrow.int32(), date_text
    if types.is_date64(kind):
        return pyarrow.int64(), lambda count: date_text(count // _DAY_MS)
    if types.is_timestamp(kind):
        zone = "+00" if kind.tz else ""
        return pyarrow.int64(), partial(timestamp_text, unit=kind.unit, zone=zone)
    if types.is_time(kind):
        integers = pyarrow.int32() if types.is_time32(kind) else pyarrow.int64()
        return integers, partial(clock_text, unit=kind.unit)
    if types.is_duration(kind):
        return pyarrow.int64(), partial(_span, unit=kind.unit)
    return None


def date_text(days: int) -> str:
    """Return a date in PostgreSQL's format, from the days since 1970-01-01."""
    return "{} {}".format(*_day(days)).strip()


def timestamp_text(count: int, *, unit: str, zone: str = "") -> str:
    """Return a timestamp in PostgreSQL's format, from the units since 1970-01-01 UTC."""
    days, within = divmod(count, _DAY_S * _PER_SECOND[unit])
    day, era = _day(days)
    return f"{day} {clock_text(within, unit=unit)}{zone} {era}".strip()


def clock_text(count: int, *, unit: str) -> str:
    """Return a time of day in PostgreSQL's format, from the units since midnight."""
    seconds, rest = divmod(count, _PER_SECOND[unit])
    fraction = f".{rest:0{len(str(_PER_SECOND[unit])) - 1}}".rstrip("0") if rest else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def _day(days: int) -> tuple[str, str]:
    """Return a day and its era, which is "BC" or empty."""
    cycles, within = divmod(days + _EPOCH_ORDINAL - 1, _CYCLE_DAYS)
    day = date.fromordinal(within + 1)
    year = day.year + cycles * _CYCLE_YEARS
    era = "" if year > 0 else "BC"
    return f"{year if year > 0 else 1 - year:04}-{day:%m-%d}", era


def _span(count: int, *, unit: str) -> str:
    sign = "-" if count < 0 else ""
    seconds, rest = divmod(abs(count), _PER_SECOND[unit])
    return f"{sign}{seconds}.{rest:0{len(str(_PER_SECOND[unit])) - 1}} seconds"


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Translate pyarrow's errors about a file.

    Raises:
        InputError: pyarrow reported an error.
    """
    import pyarrow

    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
    except pyarrow.ArrowException as error:
        why = str(error)
    else:
        return
    first_line = why.partition("\n")[0].rstrip(".")
    raise InputError(f"{path} cannot be read as Parquet: {first_line}.")


def _pyarrow_parquet() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Reading Parquet needs pyarrow.", remedy="pip install 'dsql-tui[parquet]'"
        ) from None
    return pyarrow.parquet
