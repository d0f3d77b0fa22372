"""Files compressed with gzip give the same rows as the text in them, or an error that says why."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.load.records import Position, Record
from dsql_tui.load.source import FileKind, kind_of, open_source

TEXTS = {
    "a.csv": '\ufeffid,name\n1,"a\nb"\n2,\n3,""\n',
    "a.tsv": "id\tname\n1\ta\\tb\n2\t\\N\n3\t\n",
    "a.json": '[{"id": 1, "name": "ä"},\n {"id": 2, "name": null}]',
    "a.jsonl": '{"id": 1, "name": "ä"}\n{"id": 2, "name": null}\n',
    "a.ndjson": '{"id": 1}\n',
}
MANY = "id\n" + "".join(f"{number * 7919 % 1_000_003}\n" for number in range(30_000))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def records(path: Path, kind: FileKind | None = None) -> list[Record]:
    return list(open_source(path, kind=kind).records(Position()))


@pytest.mark.parametrize("name", TEXTS)
def test_a_compressed_file_gives_the_rows_of_its_text(tmp_path: Path, name: str) -> None:
    data = TEXTS[name].encode()
    plain = written(tmp_path / name, data)
    packed = written(tmp_path / f"{name}.gz", gzip.compress(data))
    assert open_source(packed).columns == open_source(plain).columns
    assert records(packed) == records(plain) != []


@pytest.mark.parametrize("name", TEXTS)
def test_files_compressed_one_after_another_are_read_as_one(tmp_path: Path, name: str) -> None:
    data = TEXTS[name].encode()
    middle = len(data) // 2
    members = gzip.compress(data[:middle]) + gzip.compress(data[middle:])
    packed = written(tmp_path / f"{name}.gz", members)
    assert records(packed) == records(written(tmp_path / name, data))


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    data = b"id\n1\n"
    named = written(tmp_path / "a.csv.gz", data)
    unnamed = written(tmp_path / "stdin", gzip.compress(data))
    assert records(named) == records(unnamed, FileKind.CSV) == [Record(2, ("1",))]


@pytest.mark.parametrize(
    ("name", "kind"), [("a.CSV.GZ", FileKind.CSV), ("a.b.jsonl.gz", FileKind.JSONL)]
)
def test_the_format_is_in_the_name_before_gz(name: str, kind: FileKind) -> None:
    assert kind_of(Path(name)) is kind


@pytest.mark.parametrize(
    ("name", "why"),
    [("a.gz", "cannot be detected"), (".gz", "cannot be detected"), ("a.sql.gz", "is SQL")],
)
def test_a_compressed_file_of_another_format_is_refused(name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        kind_of(Path(name))


@pytest.mark.parametrize("kept", [2, 5, 10, 1_000, -9, -8, -1])
def test_a_compressed_file_that_was_cut_off_is_an_error(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "a.csv.gz", gzip.compress(MANY.encode(), 1)[:kept])
    with pytest.raises(InputError) as refused:
        records(path)
    assert refused.value.message == f"{path}: the compressed data ends too early."


@pytest.mark.parametrize(("at", "byte"), [(2, 0x00), (30, 0xFF), (-8, None), (-4, None)], ids=str)
def test_a_damaged_compressed_file_is_an_error(tmp_path: Path, at: int, byte: int | None) -> None:
    data = bytearray(gzip.compress(MANY.encode(), 1))
    data[at] = data[at] ^ 0xFF if byte is None else byte
    path = written(tmp_path / "a.csv.gz", bytes(data))
    with pytest.raises(InputError):
        records(path)


def test_text_after_the_compressed_data_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", gzip.compress(b"id\n1\n") + b"2\n")
    with pytest.raises(InputError, match="the compressed data is damaged"):
        records(path)


def test_the_position_is_in_bytes_of_the_compressed_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", gzip.compress(MANY.encode(), 1))
    source, position = open_source(path), Position()
    seen = [position.bytes_read for _ in source.records(position)]
    assert seen == sorted(seen)
    assert 0 < seen[0] < source.size_bytes // 2
    assert position.bytes_read == source.size_bytes == path.stat().st_size
