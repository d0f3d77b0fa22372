from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.load.parquet_rows import as_text, clock_text, date_text, timestamp_text
from dsql_tui.load.records import Position, Record
from dsql_tui.load.source import Dialect, open_source

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(path: Path, columns: tuple[str, ...] = ()) -> list[tuple[str | None, ...]]:
    source = open_source(path, dialect=Dialect(columns))
    return [record.values for record in source.records(Position())]


def written(tmp_path: Path, **arrays: Any) -> Path:
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.table(arrays), path)
    return path


def test_rows_are_numbered_and_in_the_order_of_the_columns(tmp_path: Path) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    path = written(tmp_path, id=[1, 2], at=[at, None], raw=[b"\x01", b""])
    assert list(open_source(path).records(Position())) == [
        Record(1, ("1", "2026-01-02 00:00:00+00", "\\x01")),
        Record(2, ("2", None, "\\x")),
    ]


def test_values_of_any_type_become_text() -> None:
    values = (1, Decimal("1.10"), Decimal("0E-5"), float("inf"), 0.1, -0.0, False, "x", None)
    texts = ["1", "1.10", "0.00000", "Infinity", "0.1", "-0.0", "false", "x", None]
    assert [as_text(value) for value in values] == texts


def test_nested_values_become_json_with_every_digit(tmp_path: Path) -> None:
    kind = pyarrow.struct([("n", pyarrow.decimal128(30, 5)), ("l", pyarrow.list_(pyarrow.int64()))])
    value = {"n": Decimal("1234567890123456789012345.10000"), "l": [9223372036854775807, None]}
    path = written(tmp_path, d=pyarrow.array([value, None], kind), t=[[{"é": float("nan")}], []])
    assert read(path) == [
        (
            '{"n": 1234567890123456789012345.10000, "l": [9223372036854775807, null]}',
            '[{"é": "NaN"}]',
        ),
        (None, "[]"),
    ]


@pytest.mark.parametrize(
    ("count", "kind", "text"),
    [
        (0, pyarrow.timestamp("s"), "1970-01-01 00:00:00"),
        (1_500, pyarrow.timestamp("ms"), "1970-01-01 00:00:01.5"),
        (-1, pyarrow.timestamp("us"), "1969-12-31 23:59:59.999999"),
        (1, pyarrow.timestamp("ns"), "1970-01-01 00:00:00.000000001"),
        (2**62, pyarrow.timestamp("us", "UTC"), "148108-07-06 14:00:27.387904+00"),
        (
            -63_517_780_799_500_000,
            pyarrow.timestamp("us", "Europe/Berlin"),
            "0044-03-15 12:00:00.5+00 BC",
        ),
        (-210_863_520_000, pyarrow.timestamp("s"), "4713-01-01 00:00:00 BC"),
        (-719_163, pyarrow.date32(), "0001-12-31 BC"),
        (-719_162, pyarrow.date32(), "0001-01-01"),
        (3_000_000, pyarrow.date32(), "10183-09-21"),
        (90_000_000, pyarrow.time32("ms"), "25:00:00"),
        (1, pyarrow.time64("ns"), "00:00:00.000000001"),
        (-1_500_000, pyarrow.duration("us"), "-1.500000 seconds"),
    ],
)
def test_times_that_python_has_no_room_for_are_read(
    tmp_path: Path, count: int, kind: Any, text: str
) -> None:
    integers = pyarrow.int32() if kind.bit_width == 32 else pyarrow.int64()
    array = pyarrow.array([count, None], integers).view(kind)
    assert read(written(tmp_path, t=array)) == [(text,), (None,)]


@given(st.datetimes(), st.times())
def test_times_are_written_as_python_writes_them(moment: datetime, clock: time) -> None:
    span = moment.replace(tzinfo=UTC) - EPOCH
    count = span // timedelta(microseconds=1)
    assert datetime.fromisoformat(_padded(timestamp_text(count, unit="us"))) == moment
    assert date_text(span.days) == str(moment.date())
    midnight = datetime.combine(date(1970, 1, 1), clock, UTC)
    written = clock_text((midnight - EPOCH) // timedelta(microseconds=1), unit="us")
    assert time.fromisoformat(_padded(written)) == clock


def _padded(text: str) -> str:
    whole, dot, fraction = text.partition(".")
    return f"{whole}.{fraction:0<6}" if dot else text


def test_columns_are_found_by_name_whatever_it_holds(tmp_path: Path) -> None:
    path = written(tmp_path, **{"a": [1], "a.b": [2], "a.b.c": [3], "": [4]})
    assert read(path) == [("1", "2", "3", "4")]
    assert read(path, ("a.b", "a")) == [("2", "1")]
    with pytest.raises(InputError, match="no column 'x'"):
        read(path, ("x",))


def test_dictionaries_and_extensions_are_their_values(tmp_path: Path) -> None:
    words = pyarrow.array(["x", None, "x"]).dictionary_encode()
    assert read(written(tmp_path, w=words)) == [("x",), (None,), ("x",)]
    uuid = pyarrow.array([b"\x12" * 16], pyarrow.binary(16)).cast(pyarrow.uuid())
    assert read(written(tmp_path, u=uuid)) in (
        [("12121212-1212-1212-1212-121212121212",)],
        [("\\x" + "12" * 16,)],
    )


def test_text_that_is_not_utf8_names_its_column(tmp_path: Path) -> None:
    array = pyarrow.array([b"\xff"]).view(pyarrow.string())
    with pytest.raises(InputError, match="column w cannot be read"):
        read(written(tmp_path, w=array))


def test_a_damaged_page_is_a_sentence_or_a_value_and_never_a_traceback(tmp_path: Path) -> None:
    path = written(tmp_path, n=list(range(300)), t=[f"text {each}" for each in range(300)])
    whole = path.read_bytes()
    reported: list[str] = []
    for place in range(4, len(whole) - 8, 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read(path)
        except InputError as error:
            reported.append(error.message)
    assert reported
    assert not any("\n" in message for message in reported)
