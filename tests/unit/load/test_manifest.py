from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.load.manifest import Done, Header, open_manifest, path_for
from tests.support.thorough import some_of

HEADER = Header("a.csv", 10, 1, "c" * 26, "items", ("id",), 2_000, 4_096, "csv, header")
VERSION_1 = json.dumps({k: v for k, v in asdict(HEADER).items() if k != "spelling"}) + "\n"


def test_a_load_is_resumed_where_it_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "m"
    first = open_manifest(path, HEADER, restart=False)
    for number in (1, 2, 3, 4):
        first.begin(number, (number, number))
    first.done([Done(1, 2_000, 0, (1, 1)), Done(3, 1_990, 10, (3, 3))])
    first.not_stored(4)
    again = open_manifest(path, HEADER, restart=False)
    assert again.resumed
    assert again.state.done == {1: Done(1, 2_000, 0, (1, 1)), 3: Done(3, 1_990, 10, (3, 3))}
    assert again.state.in_doubt == {2: (2, 2)}
    assert (again.state.rows, again.state.bad, again.state.finished) == (3_990, 10, False)


def test_it_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "m"
    open_manifest(path, HEADER, restart=False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_manifest_of_the_version_before_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_text(VERSION_1 + '{"begin": 1}\n{"begin": 2}\n{"done": 1, "rows": 9, "bad": 0}\n')
    state = open_manifest(path, HEADER, restart=False).state
    assert (state.done, state.in_doubt) == ({1: Done(1, 9, 0)}, {2: None})


def test_what_is_noted_after_a_torn_line_is_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "m"
    kept = open_manifest(path, HEADER, restart=False)
    kept.begin(1, (1, 1))
    with path.open("a") as stream:
        stream.write('{"done": 1, "ro')
    again = open_manifest(path, HEADER, restart=False)
    assert again.state.in_doubt == {1: (1, 1)}
    again.begin(2, (2, 2))
    assert open_manifest(path, HEADER, restart=False).state.in_doubt == {1: (1, 1), 2: (2, 2)}


@pytest.mark.parametrize(
    "other",
    [
        {"size_bytes": 11},
        {"table": "orders"},
        {"cluster": "d" * 26},
        {"rows_max": 1},
        {"spelling": "csv, null 'NULL', header"},
    ],
)
def test_the_manifest_of_another_load_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    path = tmp_path / "m"
    open_manifest(path, HEADER, restart=False)
    changed = replace(HEADER, **other)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=next(iter(other))):
        open_manifest(path, changed, restart=False)
    assert open_manifest(path, changed, restart=True).state.done == {}


def test_a_batch_that_was_noted_twice_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "m"
    done = '{"done": 1, "rows": 9, "bad": 1}\n'
    path.write_text(VERSION_1 + '{"begin": 1}\n' + done + '{"begin": 1}\n' + done)
    state = open_manifest(path, HEADER, restart=False).state
    assert (state.rows, state.bad, state.in_doubt) == (9, 1, {})


def test_a_finished_load_says_so(tmp_path: Path) -> None:
    path = tmp_path / "m"
    kept = open_manifest(path, HEADER, restart=False)
    kept.finish()
    assert open_manifest(path, HEADER, restart=False).state.finished


LINES = [
    b'{"done": -1, "rows": 1, "bad": 0}',
    b'{"done": 0, "rows": 1, "bad": 0}',
    b'{"done": true, "rows": 1, "bad": 0}',
    b'{"done": 1, "rows": "1", "bad": 0}',
    b'{"done": 1, "rows": 1}',
    b'{"done": 1.5, "rows": 1, "bad": 0}',
    b'{"done": {}, "rows": 1, "bad": 0}',
    b'{"begin": null}',
    b'{"begin": 1, "lines": [2, 1]}',
    b'{"begin": 1, "lines": "ab"}',
    b'{"begin": 1, "done": 1}',
    b'{"begin": 1, "other": 1}',
    b'{"begin": ' + b"9" * 5_000 + b"}",
    b'{"finished": false}',
    b'{"begin": 7}\n{"finished": true}',
    b'{"done": 1, "ro{"begin": 2}',
    b"[1]",
    b"[" * 100_000,
    b"",
    b"\0\0\0",
    b"\xff\xfe",
]
HEADERS = [
    b"not a manifest",
    b"null",
    b"{}",
    b"\xff",
    b"\0" * 64,
    VERSION_1.replace('"size_bytes": 10', '"size_bytes": "10"').encode().strip(),
    VERSION_1.replace('["id"]', "[1]").encode().strip(),
    VERSION_1.replace('"table": "items"', '"table": null').encode().strip(),
    VERSION_1.replace('"size_bytes": 10, ', "").encode().strip(),
    *(VERSION_1.replace("{", '{"version": ' + v + ", ").encode().strip()
      for v in ("3", "0", "[]", "true", "null", '"1"')),
]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [*(VERSION_1.encode() + line + b"\n" for line in LINES), *(head + b"\n" for head in HEADERS)],
)
def test_a_damaged_file_is_reported_in_one_sentence_and_left_unchanged(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "m"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        open_manifest(path, HEADER, restart=False)
    assert refused.value.message.startswith(f"The manifest {path} cannot be used: ")
    assert len(refused.value.message) < 300
    assert "Move it away" in refused.value.remedy
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"my notes\n", b"id,name\n1,a\n", b"{}", b"x"])
def test_a_restart_does_not_replace_what_is_no_manifest(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is not the manifest"):
        open_manifest(path, HEADER, restart=True)
    assert path.read_bytes() == content


def make_folder(path: Path) -> None:
    path.mkdir()


def make_loop(path: Path) -> None:
    path.symlink_to(path)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_long(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**10)


@pytest.mark.parametrize("make", [make_folder, make_loop, make_pipe, make_device, make_long])
def test_what_is_no_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "m"
    make(path)
    for restart in (False, True):
        with pytest.raises(InputError, match="cannot be used"):
            open_manifest(path, HEADER, restart=restart)


def test_a_first_line_that_was_torn_means_that_nothing_began(tmp_path: Path) -> None:
    path = tmp_path / "m"
    open_manifest(path, HEADER, restart=False)
    for whole in (path.read_bytes(), VERSION_1.encode()):
        for length in some_of(range(len(whole)), 40):
            path.write_bytes(whole[:length])
            assert not open_manifest(path, HEADER, restart=False).resumed
            assert open_manifest(path, HEADER, restart=False).resumed


@pytest.mark.parametrize("change", ["deleted", "replaced", "longer", "shorter"])
def test_nothing_is_noted_where_nobody_would_find_it(tmp_path: Path, change: str) -> None:
    path = tmp_path / "m"
    kept = open_manifest(path, HEADER, restart=False)
    content = path.read_bytes()
    path.rename(tmp_path / "moved")
    if change == "replaced":
        path.write_bytes(content)
    elif change in {"longer", "shorter"}:
        (tmp_path / "moved").rename(path)
        with path.open("ab") as file:
            file.truncate(len(content) + (5 if change == "longer" else -5))
    with pytest.raises(WriteFailed, match="cannot be written"):
        kept.begin(1, (1, 1))


def test_the_manifest_is_beside_the_file_however_it_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "data" / "a.csv"
    real.parent.mkdir()
    real.touch()
    link = tmp_path / "link.csv"
    link.symlink_to(real)
    monkeypatch.chdir(real.parent)
    places = {path_for(each) for each in (real, link, Path("a.csv"), Path("../data/a.csv"))}
    assert places == {real.with_name("a.csv.load.jsonl")}
    (tmp_path / "link.csv.load.jsonl").touch()
    with pytest.raises(InputError, match="symbolic link"):
        path_for(link)
