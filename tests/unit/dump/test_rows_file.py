"""The file of a table's rows: parts are appended, checked, and removed if they were not kept."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from dsql_tui.dump.manifest import DumpedPart, DumpedTable
from dsql_tui.dump.rows_file import RowsFile, check_rows_file, row_checksum
from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.load.records import Position
from dsql_tui.load.source import FileKind, open_source

TABLE = DumpedTable(1, "public", "t", ("id", "a\tb", "back\\slash"))
FIRST, SECOND = [b"1\tx\t\\N\n", b"2\ty\t\n"], [b"3\tz\t\\\\\n"]


def written(folder: Path) -> list[DumpedPart]:
    """Write two parts and return these with that of the header."""
    file = RowsFile(folder, TABLE, 0)
    parts = [file.write_header()]
    file.keep(parts[0])
    for rows in (FIRST, SECOND):
        part = file.write(iter([rows]))
        file.keep(part)
        parts.append(part)
    file.close()
    return parts


def test_parts_are_one_gzip_file_that_load_reads(tmp_path: Path) -> None:
    parts = written(tmp_path)
    path = tmp_path / TABLE.file
    assert gzip.decompress(path.read_bytes()) == b"id\ta\\tb\tback\\\\slash\n" + b"".join(
        FIRST + SECOND
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == sum(part.size_bytes for part in parts)
    assert [part.rows for part in parts] == [0, 2, 1]
    assert parts[1].checksum == row_checksum(FIRST)
    source = open_source(path, kind=FileKind.TSV)
    assert source.columns == TABLE.columns
    assert [record.values for record in source.records(Position())] == [
        ("1", "x", None),
        ("2", "y", ""),
        ("3", "z", "\\"),
    ]
    check_rows_file(tmp_path, TABLE, parts)


def test_a_part_that_was_not_kept_is_replaced(tmp_path: Path) -> None:
    file = RowsFile(tmp_path, TABLE, 0)
    header = file.write_header()
    file.keep(header)
    file.write(iter([FIRST, FIRST, FIRST]))
    part = file.write(iter([SECOND]))
    file.keep(part)
    file.write(iter([FIRST]))
    file.close()
    check_rows_file(tmp_path, TABLE, [header, part])


def test_a_part_that_fails_leaves_what_was_kept(tmp_path: Path) -> None:
    def failing() -> Iterator[list[bytes]]:
        yield FIRST * 50_000
        raise WriteFailed("lost")

    file = RowsFile(tmp_path, TABLE, 0)
    header = file.write_header()
    file.keep(header)
    with pytest.raises(WriteFailed, match="lost"):
        file.write(failing())
    file.close()
    check_rows_file(tmp_path, TABLE, [header])


def test_a_file_is_resumed_after_the_parts_that_are_recorded(tmp_path: Path) -> None:
    parts = written(tmp_path)
    file = RowsFile(tmp_path, TABLE, parts[0].size_bytes + parts[1].size_bytes)
    again = file.write(iter([SECOND]))
    file.keep(again)
    file.close()
    assert again == parts[2]
    check_rows_file(tmp_path, TABLE, parts)


def test_a_file_that_is_too_short_is_not_resumed(tmp_path: Path) -> None:
    parts = written(tmp_path)
    size = sum(part.size_bytes for part in parts)
    with pytest.raises(InputError, match="shorter than the manifest says"):
        RowsFile(tmp_path, TABLE, size + 1)


def flipped(data: bytes) -> bytes:
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (lambda data: data[:-1], "it ends in part 3"),
    "cut to the header": (lambda data: data[:20], "it ends in part 1"),
    "a flipped bit": (flipped, "part 3 has another checksum"),
    "another header": (lambda data: b"x" + data[1:], "part 1 has another checksum"),
    "longer": (lambda data: data + b"x", "longer than the manifest says"),
    "empty": (lambda _: b"", "it ends in part 1"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_was_changed_is_refused(tmp_path: Path, damage: str) -> None:
    parts = written(tmp_path)
    path = tmp_path / TABLE.file
    change, expected = DAMAGES[damage]
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=expected):
        check_rows_file(tmp_path, TABLE, parts)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.tsv\.gz cannot be read"):
        check_rows_file(tmp_path, TABLE, [])


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"mine")
    (tmp_path / "rows").mkdir()
    (tmp_path / TABLE.file).symlink_to(other)
    with pytest.raises(WriteFailed):
        RowsFile(tmp_path, TABLE, 0)
    assert other.read_bytes() == b"mine"


def test_the_checksum_does_not_depend_on_the_order_but_on_every_byte() -> None:
    random = Random(3)
    rows = [random.randbytes(20) + b"\n" for _ in range(50)]
    mixed = random.sample(rows, len(rows))
    assert row_checksum(rows) == row_checksum(mixed)
    assert row_checksum(rows) != row_checksum([*rows[:-1], rows[-1][:-2] + b"?\n"])
    assert row_checksum(rows) != row_checksum([*rows, rows[0]])


def test_a_part_says_the_same_for_rows_in_other_blocks(tmp_path: Path) -> None:
    file = RowsFile(tmp_path, TABLE, 0)
    one = file.write(iter([FIRST + SECOND]))
    two = file.write(iter([FIRST, SECOND]))
    file.close()
    assert replace(two, size_bytes=0, sha256="") == replace(one, size_bytes=0, sha256="")
