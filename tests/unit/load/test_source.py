from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from dsql_tui.errors import InputError
from dsql_tui.load.source import FileKind, Position, Record, as_text, open_source


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def records(path: Path, **options: object) -> list[Record]:
    return list(open_source(path, **options).records(Position()))  # type: ignore[arg-type]


def test_a_csv_has_quotes_line_ends_and_nulls(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", '\ufeffid,name\r\n1,"a ""b"",\nc"\r\n\r\n2,\r\n')
    assert open_source(path).columns == ("id", "name")
    assert records(path) == [Record(3, ("1", 'a "b",\nc')), Record(5, ("2", None))]


def test_the_text_for_null_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "id\tname\n1\t\n2\tNA\n")
    assert [record.values for record in records(path, null_text="NA")] == [("1", ""), ("2", None)]


def test_a_csv_without_a_header_is_given_its_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "1,x\n")
    assert records(path, columns=("id", "name")) == [Record(1, ("1", "x"))]


def test_a_row_of_another_width_is_a_problem_not_the_end(tmp_path: Path) -> None:
    wide, good = records(written(tmp_path, "a.csv", "id,name\n1,2,3\n4,5\n"))
    assert wide.problem == "3 fields where there are 2 columns"
    assert good.values == ("4", "5")


def test_json_lines_keep_numbers_exact_and_structures_as_json(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.jsonl",
        '{"id": 12345678901234567890, "n": 1.10, "ok": true, "tags": ["ä", 1.5], "x": null}\n'
        '{"id": 2}\n',
    )
    assert [record.values for record in records(path)] == [
        ("12345678901234567890", "1.10", "true", '["ä", 1.5]', None),
        ("2", None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"id": 1, "other": 2}', "keys that are no columns: other"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(tmp_path: Path, line: str, problem: str) -> None:
    _, bad = records(written(tmp_path, "a.jsonl", '{"id": 0}\n' + line + "\n"))
    assert bad.problem.startswith(problem)
    assert (bad.line, bad.text) == (2, line)


def test_a_corrected_side_file_can_be_loaded(tmp_path: Path) -> None:
    path = written(tmp_path, "a.bad.jsonl", '{"_line": 7, "_reason": "x", "id": "1"}\n')
    assert open_source(path).columns == ("id",)
    assert records(path) == [Record(1, ("1",))]


def test_parquet_is_read_in_the_order_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    at = datetime(2026, 1, 2, tzinfo=UTC)
    table = pyarrow.table({"id": [1, 2], "at": [at, None], "raw": [b"\x01", b""]})
    pyarrow.parquet.write_table(table, path)
    assert [record.values for record in records(path)] == [
        ("1", "2026-01-02T00:00:00+00:00", "\\x01"),
        ("2", None, "\\x"),
    ]


def test_numbers_of_any_kind_become_text() -> None:
    assert [as_text(value) for value in (1, Decimal("1.10"), float("inf"), False)] == [
        "1",
        "1.10",
        "inf",
        "false",
    ]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.txt", "", "cannot be told from its name"),
        ("a.csv", "", "has no columns"),
        ("a.csv", "id,id\n", "column 'id' twice"),
        ("a.jsonl", "nothing\n", "has no columns"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        open_source(written(tmp_path, name, text))


def test_text_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\n\xff\n")
    with pytest.raises(InputError, match="not UTF-8"):
        records(path, columns=("id",))


def test_the_position_follows_the_file(tmp_path: Path) -> None:
    source = open_source(written(tmp_path, "a.csv", "id\n1\n2\n"), kind=FileKind.CSV)
    position = Position()
    list(source.records(position))
    assert position.bytes_read == source.size_bytes == 7
