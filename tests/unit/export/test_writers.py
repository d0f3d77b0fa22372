from __future__ import annotations

import csv
import io
import json

import pytest

from dsql_tui.export import Format, writer
from dsql_tui.model.result import Column, RowChunk

TEXT, INT, NUMERIC, BOOL, JSON, FLOAT = 25, 23, 1700, 16, 114, 701


class ListRows:
    def __init__(self, rows: list[tuple[str | None, ...]]) -> None:
        self._rows = rows

    @property
    def ntuples(self) -> int:
        return len(self._rows)

    @property
    def nfields(self) -> int:
        return len(self._rows[0])

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None:
        value = self._rows[row_number][column_number]
        return None if value is None else value.encode()


def written(
    chosen: Format, columns: list[tuple[str, int]], *chunks: list[tuple[str | None, ...]]
) -> str:
    out = io.StringIO()
    rows = writer(chosen, out)
    rows.begin(tuple(Column(name, oid) for name, oid in columns))
    for chunk in chunks:
        rows.rows(RowChunk(ListRows(chunk), len(chunk)))
    rows.end()
    return out.getvalue()


def test_csv_tells_null_from_the_empty_string() -> None:
    text = written(Format.CSV, [("a", TEXT), ("b", TEXT)], [(None, "")])
    assert text == 'a,b\n,""\n'


@pytest.mark.parametrize("value", ['say "hi"', "a,b", "two\nlines", "cr\rlf", "ünï 漢字"])
def test_what_csv_quotes_reads_back_equal(value: str) -> None:
    text = written(Format.CSV, [("a", TEXT), ("b", INT)], [(value, "1")])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b"], [value, "1"]]


def test_json_keeps_types_and_every_digit() -> None:
    text = written(
        Format.JSONL,
        [("n", NUMERIC), ("b", BOOL), ("j", JSON), ("x", TEXT), ("z", INT)],
        [("12345678901234567890.10", "t", '{"k": [1]}', "7", None)],
    )
    assert (
        text == '{"n": 12345678901234567890.10, "b": true, "j": {"k": [1]}, "x": "7", "z": null}\n'
    )


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_stay_text(value: str) -> None:
    text = written(Format.JSON, [("f", FLOAT)], [(value,)])
    assert json.loads(text) == [{"f": value}]


def test_json_gives_repeated_column_names_a_number() -> None:
    text = written(Format.JSON, [("id", INT), ("id", INT), ("id_2", INT)], [("1", "2", "3")])
    assert json.loads(text) == [{"id": 1, "id_2": 2, "id_2_2": 3}]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Format.CSV, "a\n"),
        (Format.JSON, "[]\n"),
        (Format.JSONL, ""),
        (Format.TABLE, "a\n─\n"),
    ],
)
def test_a_result_without_rows_is_still_a_whole_document(chosen: Format, expected: str) -> None:
    assert written(chosen, [("a", TEXT)]) == expected


def test_chunks_of_one_result_are_one_json_array() -> None:
    assert json.loads(written(Format.JSON, [("a", INT)], [("1",)], [("2",)])) == [
        {"a": 1},
        {"a": 2},
    ]


def test_a_table_aligns_numbers_right_and_counts_wide_characters() -> None:
    text = written(Format.TABLE, [("name", TEXT), ("n", INT)], [("漢字", "5"), (None, "100")])
    assert text.splitlines() == [
        "name │   n",
        "─────┼────",
        "漢字 │   5",
        "NULL │ 100",
    ]


def test_a_table_shows_escapes_instead_of_acting_on_them() -> None:
    text = written(Format.TABLE, [("a", TEXT)], [("\x1b[31mred\nline",)])
    assert "\x1b" not in text
    assert "\\x1b[31mred\\nline" in text
