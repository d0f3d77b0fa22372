from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.load.records import Position, Record
from dsql_tui.load.source import Dialect, FileKind, open_source


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def records(path: Path, dialect: Dialect | None = None) -> list[Record]:
    return list(open_source(path, dialect=dialect).records(Position()))


def test_a_csv_has_quotes_line_ends_and_nulls(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", '\ufeffid,name\r\n1,"a ""b"",\nc"\r\n\r\n2,\r\n')
    assert open_source(path).columns == ("id", "name")
    assert records(path) == [Record(2, ("1", 'a "b",\nc')), Record(5, ("2", None))]


def test_the_text_for_null_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "id\tname\n1\t\n2\tNA\n3\t\\\\N\n")
    dialect = Dialect(nulls=("NA",))
    values = [record.values for record in records(path, dialect)]
    assert values == [("1", ""), ("2", None), ("3", "\\N")]


def test_null_is_spelled_with_its_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'id,name\n1,""\n2,\n3,NA\n4,"NA"\n')
    names = [record.values[1] for record in records(path)]
    assert names == ["", None, "NA", "NA"]
    names = [record.values[1] for record in records(path, Dialect(nulls=("", '""', "NA")))]
    assert names == [None, None, None, "NA"]


def test_another_delimiter_reads_what_spreadsheets_write(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", 'id\tname\n1\t"a\tb"\n2\tC:\\new\n')
    source = open_source(path, kind=FileKind.CSV, dialect=Dialect(delimiter="\t"))
    values = [record.values for record in source.records(Position())]
    assert values == [("1", "a\tb"), ("2", "C:\\new")]


@pytest.mark.parametrize(
    ("name", "dialect", "why"),
    [
        ("a.csv", Dialect(delimiter=""), "cannot separate"),
        ("a.csv", Dialect(delimiter="ab"), "cannot separate"),
        ("a.csv", Dialect(delimiter='"'), "cannot separate"),
        ("a.tsv", Dialect(delimiter=";"), "for CSV, not for tsv"),
        ("a.jsonl", Dialect(nulls=("x",)), "for CSV and TSV"),
    ],
)
def test_a_dialect_that_means_nothing_is_refused(
    tmp_path: Path, name: str, dialect: Dialect, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        open_source(written(tmp_path, name, "id\n"), dialect=dialect)


def test_a_csv_without_a_header_is_given_its_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "1,x\n")
    assert records(path, Dialect(("id", "name"))) == [Record(1, ("1", "x"))]


def test_a_row_of_another_width_is_a_problem_not_the_end(tmp_path: Path) -> None:
    wide, good = records(written(tmp_path, "a.csv", "id,name\n1,2,3\n4,5\n"))
    assert wide.problem == "3 fields where there are 2 columns"
    assert good.values == ("4", "5")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.txt", "", "cannot be detected from its name"),
        ("a.xlsx", "", "an Excel workbook"),
        ("a.sql", "", "is SQL"),
        ("a.csv", "", "has no columns"),
        ("a.csv", "id,id\n", "column 'id' twice"),
        ("a.csv", "\n\n", "has no columns"),
        ("a.tsv", "", "has no columns"),
        ("a.jsonl", "nothing\n", "line 1, column 1: not a JSON object"),
        ("a.jsonl", "{}\n", "line 1, column 1: an object without columns"),
        ("a.json", "", "line 1, column 1: no \\["),
    ],
)
def test_a_file_that_cannot_be_loaded_is_reported_with_the_reason(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        open_source(written(tmp_path, name, text))


def test_text_in_another_encoding_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\n\xff\n")
    with pytest.raises(InputError, match="not UTF-8"):
        records(path, Dialect(("id",)))


def test_the_position_follows_the_file(tmp_path: Path) -> None:
    source = open_source(written(tmp_path, "a.csv", "id\n1\n2\n"), kind=FileKind.CSV)
    position = Position()
    list(source.records(position))
    assert position.bytes_read == source.size_bytes == 7
