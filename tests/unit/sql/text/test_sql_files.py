"""SQL files are read whole or refused in one sentence, and never half written."""

from __future__ import annotations

import os
import sys
from codecs import BOM_UTF8
from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.sql.text.sql_files import Snippet, fitting, in_the_way, read_sql, write_sql
from tests.conftest import FailingDisk


def test_a_text_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes("\ufeffselect 'größe'\r\n".encode())
    assert read_sql(path) == "select 'größe'\r\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"select \xff", r"is not UTF-8 text \(byte 7\)"),
        (b"\x7fELF\x00\x01", "is not a text file: byte 4 is NUL"),
        (b"x" * (1024 * 1024 + 1), "is larger than 1 MiB"),
    ],
)
def test_what_is_no_sql_text_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_sql(path, size_max=1024 * 1024)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_sql(tmp_path / "absent.sql")
    with pytest.raises(InputError, match="is a folder"):
        read_sql(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no FIFOs")
def test_what_would_keep_the_editor_waiting_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.sql")
    (tmp_path / "terminal.sql").symlink_to("/dev/tty")
    (tmp_path / "zeros.sql").symlink_to("/dev/zero")
    for path in tmp_path.iterdir():
        with pytest.raises(InputError, match=r"is not a regular file|cannot be read"):
            read_sql(path, is_file=True)
    plain = tmp_path / "plain.sql"
    plain.write_text("select 1")
    plain.with_name("link.sql").symlink_to(plain)
    assert read_sql(plain.with_name("link.sql"), is_file=True) == "select 1"


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link.sql"
    link.symlink_to(path)
    write_sql(link, "select 1;\r\n")
    assert path.read_bytes() == b"select 1;\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [path, link]


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_sql(tmp_path / "absent" / "a.sql", "select 1")


def test_a_file_that_saving_would_overwrite_unseen_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    assert in_the_way(path, "mine", None, own=True) == ""
    path.write_text("theirs")
    assert in_the_way(path, "mine", "theirs", own=True) == ""
    assert in_the_way(path, "theirs", None, own=False) == ""
    assert "already exists" in in_the_way(path, "mine", None, own=False)
    assert "has changed" in in_the_way(path, "mine", "before", own=True)
    path.write_bytes(b"\xff\x00")
    assert "not an SQL file" in in_the_way(path, "mine", None, own=False)
    assert in_the_way(tmp_path, "mine", None, own=False) == ""


def test_snippets_are_found_by_name_first_then_by_what_they_say() -> None:
    best = Snippet("ops/best", "select 1", "The best customers")
    jobs = Snippet("jobs", "select * from sys.jobs -- bust", "")
    assert fitting([best, jobs], "") == [best, jobs]
    assert fitting([jobs, best], "bst") == [best, jobs]
    assert fitting([best, jobs], "custom") == [best]
    assert fitting([best, jobs], "zebra") == []


def test_a_failed_write_leaves_the_file_as_it_was_and_nothing_beside_it(
    tmp_path: Path, failing_disk: FailingDisk
) -> None:
    path = tmp_path / "a.sql"
    with failing_disk.failing_from(0, torn=False):
        write_sql(path, "select 1")
    for step in range(1, failing_disk.steps):  # the last one flushes the folder
        with (
            failing_disk.failing_from(step, torn=True),
            pytest.raises(InputError, match="cannot be written"),
        ):
            write_sql(path, "select 2")
        assert path.read_text() == "select 1"
        assert list(tmp_path.iterdir()) == [path]


def test_a_loop_of_symbolic_links_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.symlink_to(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_sql(path)
    with pytest.raises(InputError, match="cannot be written"):
        write_sql(path, "select 1")


@pytest.mark.parametrize("marks", [0, 1, 2])
def test_a_file_keeps_its_byte_order_mark_which_is_no_part_of_its_sql(
    tmp_path: Path, marks: int
) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(BOM_UTF8 * marks + b"select 1\r\n")
    text = read_sql(path)
    assert text == "\ufeff" * (marks - 1) + "select 1\r\n"
    for changed in (text, text + "select 2"):
        write_sql(path, changed)
        assert path.read_bytes() == BOM_UTF8 * bool(marks) + changed.encode()
        assert read_sql(path) == changed


def test_a_mark_that_was_typed_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    for _ in range(2):
        write_sql(path, "\ufeffselect 1")
        assert path.read_bytes() == BOM_UTF8 + b"select 1"
