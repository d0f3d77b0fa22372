"""The manifest of a dump: what is recorded is read back, and what was changed is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dsql_tui.dump.manifest import (
    FILE,
    DumpedPart,
    DumpedSequence,
    DumpedTable,
    DumpHeader,
    create_manifest,
    open_manifest,
)
from dsql_tui.errors import InputError

HEADER = DumpHeader(
    cluster="arn:aws:dsql:us-east-1:1:cluster/a",
    began_at="2026-12-01T10:00:00+00:00",
    choices="all",
    is_snapshot=False,
    files={"1.sql": "00"},
    tables=(
        DumpedTable(1, "public", "t", ("id", "v"), ("id",), {"id": 1}),
        DumpedTable(2, "app", "log", ("v",)),
    ),
    sequences=(DumpedSequence("public", "numbers", -1, ("public", "t", "v")),),
)
HEADER_PART = DumpedPart(1, 0, 30, "aa", 0)
PARTS = (HEADER_PART, DumpedPart(1, 2, 50, "bb", 7, ("2",)), DumpedPart(1, 1, 40, "cc", 5, ("3",)))


def finished(folder: Path) -> list[bytes]:
    """Write a complete manifest and return its lines."""
    manifest = create_manifest(folder, HEADER)
    for part in PARTS:
        manifest.add_part(part)
    manifest.complete(1)
    manifest.add_part(DumpedPart(2, 0, 20, "dd", 0))
    manifest.complete(2)
    manifest.finish([-4])
    manifest.close()
    return (folder / FILE).read_bytes().splitlines()


def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    finished(tmp_path)
    manifest = open_manifest(tmp_path)
    assert manifest is not None
    assert manifest.header == HEADER
    assert manifest.is_finished
    assert len(manifest.digest) == 64
    assert manifest.last_values == (-4,)
    table = manifest.tables[1]
    assert (table.rows, table.size_bytes, table.checksum, table.last) == (3, 120, 12, ("3",))
    assert table.parts == list(PARTS)
    assert manifest.rows == 3
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    manifest.close()


@pytest.mark.parametrize("kept", range(1, 8))
def test_a_manifest_that_ends_early_is_resumed_after_its_last_line(
    tmp_path: Path, kept: int
) -> None:
    lines = finished(tmp_path)
    torn = lines[kept][:10]
    (tmp_path / FILE).write_bytes(b"".join(line + b"\n" for line in lines[:kept]) + torn)
    manifest = open_manifest(tmp_path)
    assert manifest is not None
    assert not manifest.is_finished
    assert sum(len(state.parts) for state in manifest.tables.values()) == sum(
        b'"part"' in line for line in lines[:kept]
    )
    if not manifest.tables[1].is_complete:
        for part in PARTS[len(manifest.tables[1].parts) :]:
            manifest.add_part(part)
        manifest.complete(1)
    if not manifest.tables[2].parts:
        manifest.add_part(DumpedPart(2, 0, 20, "dd", 0))
    if not manifest.tables[2].is_complete:
        manifest.complete(2)
    manifest.finish([-4])
    manifest.close()
    assert (tmp_path / FILE).read_bytes().splitlines()[:7] == lines[:7]


def without(number: int) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [line for at, line in enumerate(lines) if at != number]


def changed(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    def edit(lines: list[bytes]) -> list[bytes]:
        assert any(old in line for line in lines)
        return [line.replace(old, new, 1) for line in lines]

    return edit


EDITS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "another version": (changed(b'"version": 1', b'"version": 9'), "its version 9 is not known"),
    "no version": (changed(b'"version": 1, ', b""), "not the manifest of a dump"),
    "a row less": (changed(b'"rows": 2', b'"rows": 1'), "were changed after the dump"),
    "another checksum": (changed(b'"checksum": 7', b'"checksum": 8'), "were changed after"),
    "another cluster": (changed(b"cluster/a", b"cluster/b"), "were changed after the dump"),
    "a line less": (without(2), "were changed after the dump"),
    "a negative size": (changed(b'"size_bytes": 50', b'"size_bytes": -5'), "line 3"),
    "a table too many": (changed(b'"table": 2', b'"table": 9'), "line 6"),
    "a part after the end of its table": (
        lambda lines: [*lines[:5], lines[3], *lines[5:]],
        "line 6: it is a part of no table",
    ),
    "a line after the end": (lambda lines: [*lines, lines[3]], "after the last line"),
    "an unknown line": (lambda lines: [*lines[:4], b'{"x": 1}', *lines[4:]], "line 5"),
    "no JSON": (lambda lines: [*lines[:4], b"{", *lines[4:]], "line 5: it is not JSON"),
    "no table object": (changed(b'"tables": [', b'"tables": [7, '), "it is not a JSON object"),
    "another number": (changed(b'"number": 2', b'"number": 3'), "not numbered from 1"),
    "nothing": (lambda _: [], "it is empty"),
    "another file": (lambda _: [b"[1, 2]"], "not the manifest of a dump"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_manifest_that_was_changed_is_refused(tmp_path: Path, edit: str) -> None:
    apply, expected = EDITS[edit]
    lines = apply(finished(tmp_path))
    (tmp_path / FILE).write_bytes(b"".join(line + b"\n" for line in lines))
    with pytest.raises(InputError) as refused:
        open_manifest(tmp_path)
    assert expected in refused.value.message
    assert str(tmp_path / FILE) in refused.value.message


def test_a_manifest_that_says_finished_too_early_is_refused(tmp_path: Path) -> None:
    manifest = create_manifest(tmp_path, HEADER)
    manifest.complete(1)
    manifest.finish([None])
    manifest.close()
    with pytest.raises(InputError, match="something of it is missing"):
        open_manifest(tmp_path)


def test_there_may_be_none(tmp_path: Path) -> None:
    assert open_manifest(tmp_path) is None


def test_a_file_name_stays_in_the_folder() -> None:
    for name in ("../../etc/passwd", "a/b", "Ä" * 63, ".", "a\nb", 'say "x"'):
        path = DumpedTable(1, name, name, ("c",)).file
        assert path.startswith("rows/0001-")
        assert path.count("/") == 1
        assert len(path) < 120


def test_the_first_line_is_json_with_a_version(tmp_path: Path) -> None:
    assert json.loads(finished(tmp_path)[0])["version"] == 1
