"""What is exported reads back equal."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.export.encode import encode
from dsql_tui.export.files import ExportReport, export_file
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.model.result import Column
from tests.support.full_disk import file_limit
from tests.support.rows import chunks_of, columns

Row = Sequence[str | None]
ANY_TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
ROWS = st.lists(st.tuples(*[st.none() | ANY_TEXT] * 3), max_size=7)
THREE = columns(a="text", b="text", c="text")


def exported(
    file_format: Format,
    shape: tuple[Column, ...],
    rows: Sequence[Row],
    options: ExportOptions = ExportOptions(),  # noqa: B008 - frozen
) -> bytes:
    return b"".join(encode(file_format, shape, chunks_of(rows, 3), options))


def read_csv(text: str) -> list[list[str | None]]:
    """Read CSV as COPY does: nothing is NULL, quotes make an empty text."""
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    at = 0
    while at < len(text):
        if text[at] == '"':
            value, at = "", at + 1
            while not (text[at] == '"' and text[at + 1] != '"'):
                at += text[at] == '"'
                value += text[at]
                at += 1
            row.append(value)
            at += 1
        else:
            end = at
            while text[end] not in ",\n":
                end += 1
            row.append(text[at:end] or None)
            at = end
        if text[at] == "\n":
            rows.append(row)
            row = []
        at += 1
        if text[at - 1] == "," and (at == len(text) or text[at] == "\n"):
            row.append(None)
            rows.append(row)
            row = []
            at += 1
    return rows


def read_tsv(text: str) -> list[list[str | None]]:
    """Read COPY's text format."""
    escapes = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}

    def value(raw: str) -> str | None:
        if raw == "\\N":
            return None
        parts = iter(raw)
        return "".join(escapes[next(parts)] if part == "\\" else part for part in parts)

    return [[value(raw) for raw in line.split("\t")] for line in text.split("\n")[:-1]]


@given(ROWS)
def test_csv_reads_back_with_null_apart_from_empty(rows: list[Row]) -> None:
    text = exported(Format.CSV, THREE, rows).decode()
    assert read_csv(text) == [["a", "b", "c"], *map(list, rows)]


@given(ROWS)
def test_tsv_reads_back_with_null_apart_from_empty(rows: list[Row]) -> None:
    text = exported(Format.TSV, THREE, rows).decode()
    assert read_tsv(text) == [["a", "b", "c"], *map(list, rows)]


@given(ROWS)
def test_json_and_json_lines_read_back(rows: list[Row]) -> None:
    objects = [dict(zip("abc", row, strict=True)) for row in rows]
    assert json.loads(exported(Format.JSON, THREE, rows)) == objects
    lines = exported(Format.JSONL, THREE, rows).decode().split("\n")
    assert [json.loads(line) for line in lines[:-1]] == objects


def test_json_keeps_types_and_every_digit() -> None:
    shape = columns(n="numeric", i="bigint", f="double", b="boolean", j="jsonb", x="bytea")
    digits = "123456789012345678901234567890.123456789012345678900"
    row: Row = [digits, "9223372036854775807", "1e-300", "t", '{"a": [1,\n 2]}', "\\x00ff"]
    odd: Row = ["NaN", "-1", "-Infinity", "f", "null", None]
    text = exported(Format.JSONL, shape, [row, odd]).decode()
    first, second = [json.loads(line, parse_float=Decimal) for line in text.splitlines()]
    assert first == {
        "n": Decimal(digits),
        "i": 9223372036854775807,
        "f": Decimal("1e-300"),
        "b": True,
        "j": {"a": [1, 2]},
        "x": "\\x00ff",
    }
    assert second == {
        "n": "NaN",
        "i": -1,
        "f": "-Infinity",
        "b": False,
        "j": None,
        "x": None,
        "_json_null": ["j"],
    }


def test_a_character_that_would_be_taken_for_a_byte_order_mark_is_escaped() -> None:
    bom, shape = "\ufeff", columns(t="text")
    named = (Column(bom, 25),)
    bare = ExportOptions(header=False)
    assert exported(Format.CSV, shape, [[bom]], bare).decode() == f'"{bom}"\n'
    assert exported(Format.CSV, named, []).decode() == f'"{bom}"\n'
    rows = [[bom], [bom]]
    assert exported(Format.TSV, shape, rows, bare).decode() == f"\\{bom}\n{bom}\n"
    assert exported(Format.TSV, named, rows).decode() == f"\\{bom}\n{bom}\n{bom}\n"


def test_json_tells_repeated_and_empty_names_apart() -> None:
    names = ("id", "id", "id_2", "", "100%s")
    shape = tuple(Column(name, 25) for name in names)
    text = exported(Format.JSONL, shape, [list("vwxyz")])
    assert list(json.loads(text)) == ["id", "id_2", "id_2_2", "column_4", "100%s"]


def test_a_spreadsheet_formula_is_disarmed_when_asked() -> None:
    shape = columns(t="text", n="integer")
    options = ExportOptions(guard_formulas=True)
    text = exported(Format.CSV, shape, [["=1+1", "-5"], ["plain", "3"]], options)
    assert text == b"t,n\n'=1+1,-5\nplain,3\n"
    assert exported(Format.CSV, shape, [["=1+1", "-5"]]) == b"t,n\n=1+1,-5\n"
    assert exported(Format.CSV, (Column("=1+1", 25),), [], options) == b"'=1+1\n"


def test_insert_writes_literals_that_mean_the_value() -> None:
    shape = columns(i="integer", f="double", b="boolean", t="text", x="bytea")
    text = exported(
        Format.INSERT,
        shape,
        [["-1", "NaN", "t", "it's \\ here", "\\x00"], [None, "1e+20", "f", "", None]],
        ExportOptions(table="public.items"),
    )
    assert text.decode() == (
        'INSERT INTO public.items ("i", "f", "b", "t", "x") VALUES\n'
        "  (-1, 'NaN', true, 'it''s \\ here', '\\x00'),\n"
        "  (NULL, 1e+20, false, '', NULL);\n"
    )


@pytest.mark.parametrize(("rows", "statements"), [(3000, 1), (3001, 2), (6000, 2), (0, 0)])
def test_no_insert_has_more_rows_than_a_transaction_holds(rows: int, statements: int) -> None:
    text = exported(Format.INSERT, columns(i="integer"), [[str(n)] for n in range(rows)])
    assert text.count(b"INSERT INTO") == text.count(b";\n") == statements


def test_insert_splits_by_size_as_well() -> None:
    text = exported(Format.INSERT, columns(t="text"), [["x" * 1_000_000]] * 5)
    assert text.count(b"INSERT INTO") == 2


@given(ROWS)
def test_spreadsheet_cells_are_read_back_by_a_spreadsheets_reader(rows: list[Row]) -> None:
    text = exported(Format.SPREADSHEET, THREE, rows).decode()
    cells = list(csv.reader(io.StringIO(text, newline=""), dialect="excel-tab"))
    assert cells == [["a", "b", "c"], *([cell or "" for cell in row] for row in rows)]


def test_spreadsheet_cells_hold_real_tabs_and_line_breaks_and_null_is_empty() -> None:
    shape = (Column("a", 25), Column("b", 25))
    rows: list[Row] = [['say "hi"\t\n', None], ["", "plain"]]
    text = exported(Format.SPREADSHEET, shape, rows, ExportOptions(header=False)).decode()
    assert text == '"say ""hi""\t\n"\t\n\tplain\n'


def test_insert_refuses_columns_it_cannot_name() -> None:
    with pytest.raises(InputError, match="distinct column names"):
        exported(Format.INSERT, (Column("a", 23), Column("a", 23)), [["1", "2"]])


def test_values_and_in_lists_carry_types() -> None:
    shape = columns(u="uuid", n="integer")
    rows: list[Row] = [["5f0c", "1"], [None, "2"], ["5f0d", None]]
    assert exported(Format.VALUES, shape, rows).decode() == (
        "VALUES\n  ('5f0c'::uuid, 1),\n  (NULL, 2),\n  ('5f0d'::uuid, NULL)\n"
    )
    assert exported(Format.IN_LIST, shape, rows) == b"IN ('5f0c'::uuid, '5f0d'::uuid)\n"
    assert exported(Format.IN_LIST, shape, []) == b"IN (NULL)\n"


def test_markdown_escapes_what_would_break_the_table() -> None:
    text = exported(Format.MARKDOWN, columns(a="text", n="integer"), [["x|y\nz", None]])
    assert text.decode() == "| a | n |\n| --- | ---: |\n| x\\|y<br>z | *NULL* |\n"


def test_a_table_is_aligned_and_inert() -> None:
    shape = columns(name="text", n="integer")
    text = exported(Format.TABLE, shape, [["日本\x1b[31m", "1"], ["", None]])
    assert text.decode().splitlines() == [
        "name         │    n",
        "─────────────┼─────",
        "日本\\x1b[31m │    1",
        "             │ NULL",
    ]


@pytest.mark.parametrize(
    ("file_format", "expected"),
    [
        (Format.CSV, "a\n"),
        (Format.JSON, "[]\n"),
        (Format.JSONL, ""),
        (Format.TABLE, "a\n─\n"),
    ],
)
def test_a_result_without_rows_is_still_a_whole_document(
    file_format: Format, expected: str
) -> None:
    assert exported(file_format, columns(a="text"), []).decode() == expected


def test_an_unaligned_table_is_what_psql_prints() -> None:
    shape = columns(a="text", b="integer")
    rows: list[list[str | None]] = [["x|\ny\x1b", "1"], ["", None]]
    assert exported(Format.UNALIGNED, shape, rows) == b"a|b\nx|\ny\x1b|1\n|\n(2 rows)\n"
    assert exported(Format.UNALIGNED, shape, rows[:1]).endswith(b"\n(1 row)\n")
    bare = ExportOptions(header=False)
    assert exported(Format.UNALIGNED, shape, rows, bare) == b"x|\ny\x1b|1\n|\n"
    assert exported(Format.TABLE, shape, rows[1:], bare).decode() == "  │ NULL\n"
    assert exported(Format.TABLE, shape, [], bare) == b""


@pytest.mark.parametrize("file_format", [f for f in Format if f.is_text])
def test_every_format_takes_zero_rows(file_format: Format) -> None:
    exported(file_format, columns(n="integer"), []).decode()


@pytest.mark.parametrize(
    "file_format", [Format.CSV, Format.TSV, Format.JSON, Format.JSONL, Format.TABLE]
)
def test_rows_without_columns_are_still_rows(file_format: Format) -> None:
    text = exported(file_format, (), [[], []]).decode()
    assert text.count("\n") >= 2


def test_parquet_reads_back_with_types() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    shape = (
        *columns(i="bigint", f="double", b="boolean", d="date", t="timestamp", z="timestamptz"),
        Column("p", 1700, (30 << 16 | 10) + 4),
        *columns(n="numeric", x="bytea", s="text"),
    )
    stamp = "2026-11-21 06:07:08.123456"
    row: Row = [
        *("-5", "Infinity", "t", "2026-11-21", stamp, stamp + "+02"),
        *("12345678901234567890.1234567890", "1.10", "\\x00ff", "日本"),
    ]
    blob = exported(Format.PARQUET, shape, [row, [None] * 10, [*row[:-1], ""], row])
    read = parquet.read_table(io.BytesIO(blob)).to_pylist()
    assert len(read) == 4
    moment = datetime(2026, 11, 21, 6, 7, 8, 123456)  # noqa: DTZ001 - a timestamp has no zone
    assert list(read[0].values()) == [
        -5,
        float("inf"),
        True,
        date(2026, 11, 21),
        moment,
        moment.replace(hour=4, tzinfo=UTC),
        Decimal("12345678901234567890.1234567890"),
        "1.10",
        b"\x00\xff",
        "日本",
    ]
    assert set(read[1].values()) == {None}
    assert read[2]["s"] == ""


def test_parquet_says_what_it_cannot_hold() -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match="“d” holds a date"):
        exported(Format.PARQUET, columns(d="date"), [["infinity"]])


def test_excel_keeps_text_as_text_and_long_numbers_exact() -> None:
    pytest.importorskip("xlsxwriter")
    shape = columns(t="text", n="numeric", i="bigint", d="date")
    rows: list[Row] = [
        ["=1+1", "1.5", "9223372036854775807", "2026-11-21"],
        [None, "NaN", "7", "infinity"],
    ]
    book = zipfile.ZipFile(io.BytesIO(exported(Format.XLSX, shape, rows)))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1" in sheet
    assert "<v>1.5</v>" in sheet
    assert "9223372036854775807" in sheet
    assert "<v>46347</v>" in sheet  # 2026-11-21 in Excel's days


def test_excel_says_that_a_value_is_too_long() -> None:
    pytest.importorskip("xlsxwriter")
    with pytest.raises(InputError, match="longer than"):
        exported(Format.XLSX, columns(t="text"), [["x" * 40_000]])


def write(path: Path, *, overwrite: bool = False, cancel_at: int | None = None) -> ExportReport:
    seen: list[ExportReport] = []
    return export_file(
        path,
        Format.CSV,
        columns(n="integer"),
        chunks_of([[str(n)] for n in range(10)], 2),
        overwrite=overwrite,
        progress=seen.append,
        cancelled=lambda: len(seen) == cancel_at,
    )


def test_a_file_is_written_whole_and_reported(tmp_path: Path) -> None:
    report = write(tmp_path / "out.csv")
    assert report == ExportReport(tmp_path / "out.csv", 10, 22, complete=True)
    assert report.path.read_text() == "n\n" + "".join(f"{n}\n" for n in range(10))
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_file_that_is_there_is_replaced_only_when_agreed(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("precious")
    with pytest.raises(InputError, match="exists"):
        write(path)
    assert path.read_text() == "precious"
    assert write(path, overwrite=True).complete


def test_a_cancelled_export_leaves_nothing(tmp_path: Path) -> None:
    report = write(tmp_path / "out.csv", cancel_at=2)
    assert (report.complete, report.row_count) == (False, 4)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file_format", [Format.CSV, Format.PARQUET, Format.XLSX])
def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file_format: Format,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = chunks_of([[f"{n} {'x' * 3_000}"] for n in range(30)], 10)
    with file_limit(20_000), pytest.raises(InputError, match="File too large"):
        export_file(tmp_path / "out", file_format, columns(t="text"), rows)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_workbook_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = chunks_of([["x"]], 1)
    shape = columns(t="text")
    report = export_file(tmp_path / "out", Format.XLSX, shape, rows, cancelled=lambda: True)
    assert not report.complete
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file_format", "module"), [(Format.PARQUET, "pyarrow"), (Format.XLSX, "xlsxwriter")]
)
def test_a_missing_extra_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file_format: Format, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError) as missing:
        export_file(tmp_path / "out", file_format, THREE, [])
    assert missing.value.remedy == f"Install it with: pip install 'dsql-tui[{file_format}]'"
    assert list(tmp_path.iterdir()) == []


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.touch(mode=0o600)
    write(path, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a file"):
        write(tmp_path / "pipe", overwrite=True)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        write(tmp_path / "missing" / "out.csv")
