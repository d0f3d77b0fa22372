"""A repository's snippets: what is read from a folder that another person wrote."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dsql_tui.files.repository import FOLDER
from dsql_tui.sql.text import snippet_files
from dsql_tui.sql.text.snippet_files import FILE_MAX_BYTES, read_snippets
from dsql_tui.sql.text.sql_files import Snippet

SOMEBODY = 12_345
posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make this"
)
is_root = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of snippets of a repository, with one good snippet in it."""
    made = tmp_path / "repository" / FOLDER
    made.mkdir(parents=True, mode=0o700)
    (made.parent / ".git").mkdir()
    (made / "good.sql").write_text("select 1")
    return made


def read(folder: Path) -> tuple[list[str], str]:
    """Return the names of the snippets read, and the reasons for the files that were not."""
    snippets = read_snippets(folder.parent)
    return [one.name for one in snippets.snippets], "; ".join(snippets.left_out)


def test_snippets_are_found_from_subfolders_with_their_descriptions(folder: Path) -> None:
    (folder / "ops").mkdir()
    (folder / "ops" / "jobs.sql").write_text("select * from sys.jobs")
    (folder / "good.sql").write_text("-- The best customers\nselect 1")
    (folder / "notes.txt").write_text("no SQL")
    below = folder.parent / "src" / "deep"
    below.mkdir(parents=True)
    snippets = read_snippets(below)
    assert snippets.snippets == [
        Snippet("good", "-- The best customers\nselect 1", "The best customers"),
        Snippet("ops/jobs", "select * from sys.jobs"),
    ]
    assert snippets.left_out == []


def test_snippets_are_not_looked_for_above_the_repository(folder: Path) -> None:
    inner = folder.parent / "inner"
    (inner / ".git").mkdir(parents=True)
    assert read_snippets(inner).snippets == []


def _link(path: Path) -> None:
    path.symlink_to("good.sql")


def _link_outside(path: Path) -> None:
    (path.parents[1] / "secret").write_text("select 'secret'")
    path.symlink_to("../secret")


def _link_to_a_folder(path: Path) -> None:
    (path.parents[1] / "secrets").mkdir()
    (path.parents[1] / "secrets" / "secret.sql").write_text("select 'secret'")
    path.symlink_to("../secrets")


def _link_to_the_terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def _link_to_zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # a socket's path must be short
    try:
        with closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(before)


def _device(path: Path) -> None:
    os.mknod(path, 0o020666, os.makedev(5, 0))


def _huge(path: Path) -> None:
    path.write_bytes(b"-" * (FILE_MAX_BYTES + 1))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def _unreadable(path: Path) -> None:
    path.write_text("select 1")
    path.chmod(0)


def _not_utf_8(path: Path) -> None:
    path.write_bytes(b"select \xff")


def _nul(path: Path) -> None:
    path.write_bytes(b"select \0")


LEFT_OUT: dict[str, tuple[Callable[[Path], None], str]] = {
    "link": (_link, "is a link"),
    "link outside": (_link_outside, "is a link"),
    "link to a folder": (_link_to_a_folder, "is a link"),
    "link to the terminal": (_link_to_the_terminal, "is a link"),
    "link to zeros": (_link_to_zeros, "is a link"),
    "loop": (_loop, "is a link"),
    "huge": (_huge, "is larger than 100 kB"),
    "sparse": (_sparse, "is larger than 100 kB"),
    "not UTF-8": (_not_utf_8, "is not UTF-8 text (byte 7)"),
    "NUL": (_nul, "is not a text file: byte 7 is NUL"),
}
if sys.platform != "win32":
    LEFT_OUT |= {"FIFO": (os.mkfifo, "is not a file"), "socket": (_socket, "is not a file")}
    if is_root:
        LEFT_OUT["device"] = (_device, "is not a file")
    else:
        LEFT_OUT["unreadable"] = (_unreadable, "Permission denied")


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_is_no_plain_small_text_is_left_out_and_named(folder: Path, kind: str) -> None:
    make, reason = LEFT_OUT[kind]
    make(folder / "bad.sql")
    assert read(folder) == (["good"], f"bad.sql: {reason}")


@posix
def test_nothing_is_opened_to_find_out_what_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To open a device may be enough to set it off."""
    for number, (make, reason) in enumerate(LEFT_OUT.values()):
        if reason in ("is a link", "is not a file"):
            make(folder / f"{number}.sql") if number != 2 else None
    opened: list[str] = []
    really = os.open

    def note(path: str, flags: int) -> int:
        opened.append(Path(path).name)
        return really(path, flags)

    monkeypatch.setattr(os, "open", note)
    read(folder)
    assert opened == ["good.sql"]


def test_a_folder_named_like_a_snippet_is_a_folder(folder: Path) -> None:
    (folder / "x.sql").mkdir()
    (folder / "x.sql" / "one.sql").write_text("select 1")
    assert read(folder) == (["good", "x.sql/one"], "")


@posix
def test_a_linked_folder_is_not_entered(folder: Path) -> None:
    _link_to_a_folder(folder / "ops")
    (folder / "round").symlink_to(".")
    assert read(folder) == (["good"], "")


def test_a_hard_link_is_a_file(folder: Path) -> None:
    os.link(folder / "good.sql", folder / "twin.sql")
    assert read(folder) == (["good", "twin"], "")


@posix
def test_names_are_shown_and_never_obeyed(folder: Path) -> None:
    (folder / "\x1b]0;title\x07.sql").write_text("select 1")
    os.mkfifo(os.fsencode(folder) + b"/\x1b[31m\xff.sql")
    names, left_out = read(folder)
    assert names == ["good", "\ufffd]0;title\ufffd"]
    assert left_out == "\ufffd[31m\ufffd.sql: is not a file"


def _file_by_link(folder: Path) -> None:
    (folder / "good.sql").unlink()
    (folder / "good.sql").symlink_to(folder.parent / "secrets" / "good.sql")


def _folder_by_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("secrets")


@posix
@pytest.mark.parametrize("exchange", [_file_by_link, _folder_by_link])
def test_what_is_exchanged_after_it_was_seen_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, exchange: Callable[[Path], None]
) -> None:
    secrets = folder.parent / "secrets"
    secrets.mkdir()
    (secrets / "good.sql").write_text("select 'secret'")
    really = os.open

    def exchange_first(path: str, flags: int) -> int:
        exchange(folder)
        return really(path, flags)

    monkeypatch.setattr(os, "open", exchange_first)
    names, left_out = read(folder)
    assert names == []
    assert left_out.startswith("good.sql: ")


def test_folders_are_entered_to_a_depth(folder: Path) -> None:
    deep = folder
    for level in range(snippet_files.DEPTH_MAX + 1):
        deep = deep / str(level)
        deep.mkdir()
        (deep / "one.sql").write_text("select 1")
    names, left_out = read(folder)
    assert len(names) == 1 + snippet_files.DEPTH_MAX
    assert "is deeper than 8 folders" in left_out


@pytest.mark.parametrize(
    ("bound", "value", "count", "reason"),
    [
        ("FILES_MAX", 3, 3, "only 3 files are read"),
        ("ENTRIES_MAX", 5, 0, "only 5 names are looked at"),
        ("TOTAL_MAX_BYTES", 20, 2, "only 0 MB are read"),
        ("SEARCH_MAX_S", -1, 0, "takes longer than -1 s"),
    ],
)
def test_the_search_is_bounded(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    value: int,
    count: int,
    reason: str,
) -> None:
    for number in range(8):
        (folder / f"{number}.sql").write_text("select 1")
    monkeypatch.setattr(snippet_files, bound, value)
    names, left_out = read(folder)
    assert len(names) == count
    assert reason in left_out


def test_of_a_hundred_thousand_names_a_tenth_is_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake `scandir` supplies the names: creating the files would take a minute."""
    looked_at: list[int] = []

    class Many:
        def __enter__(self) -> Many:
            return self

        def __exit__(self, *_: object) -> None: ...

        def __iter__(self) -> Many:
            return self

        def __next__(self) -> Many:
            looked_at.append(1)
            return self

    monkeypatch.setattr(os, "scandir", lambda _: Many())
    names, left_out = read(folder)
    assert names == []
    assert "only 10,000 names are looked at" in left_out
    assert len(looked_at) == snippet_files.ENTRIES_MAX + 1


def test_many_reasons_are_cut_short(folder: Path) -> None:
    for number in range(9):
        _not_utf_8(folder / f"{number}.sql")
    _, left_out = read(folder)
    assert left_out.count("UTF-8") == 3
    assert left_out.endswith("; …")


# --- the folder itself ----------------------------------------------------------------------------


def _is_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def _is_file(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("")


def _is_open_to_all(folder: Path) -> None:
    folder.chmod(0o777)


def _is_in_an_open_folder(folder: Path) -> None:
    folder.parent.chmod(0o777)


def _is_somebodys(folder: Path) -> None:
    os.chown(folder, SOMEBODY, SOMEBODY)


@posix
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_is_link, "is a link"),
        (_is_file, "is not a folder"),
        (_is_open_to_all, "can be changed by every user"),
        (_is_in_an_open_folder, "can be changed by every user"),
        pytest.param(_is_somebodys, "belongs to another user", marks=as_root),
    ],
)
def test_a_folder_that_others_could_have_made_is_not_read(
    folder: Path, change: Callable[[Path], None], reason: str
) -> None:
    change(folder)
    assert read(folder) == ([], f"{folder}: {reason}")


@as_root
def test_root_by_sudo_reads_what_belongs_to_who_became_root(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _is_somebodys(folder)
    monkeypatch.setenv("SUDO_UID", str(SOMEBODY))
    assert read(folder) == (["good"], "")


@posix
def test_below_a_shared_folder_where_names_are_safe_it_is_read(folder: Path) -> None:
    folder.parent.chmod(0o1777)
    assert read(folder) == (["good"], "")


def test_a_folder_that_cannot_be_entered_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refused)
    assert read(folder) == ([], f"{FOLDER}: Permission denied")
