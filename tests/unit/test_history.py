"""History is stored privately, can be searched, and never makes the console fail."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsql_tui.history import History, HistoryEntry

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def run(statement: str, **details: object) -> HistoryEntry:
    return HistoryEntry(statement, NOON, **details)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.sqlite"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    opened = History(path)
    yield opened
    opened.close()


def test_a_run_is_found_at_the_next_start_with_all_that_is_known(path: Path) -> None:
    first = History(path)
    known = run(
        "select 1",
        cluster="shop",
        region="us-east-1",
        role="admin",
        duration_ms=1.5,
        row_count=1,
        sqlstate="",
        dpu=0.25,
    )
    first.add(known)
    first.close()
    second = History(path)
    (found,) = second.search()
    second.close()
    assert found == HistoryEntry(
        **{**{f: getattr(known, f) for f in known.__slots__}, "id": found.id}
    )


def test_only_the_owner_can_read_it(history: History, path: Path) -> None:
    history.add(run("select 1"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_leading_space_opts_out(history: History) -> None:
    assert not history.add(run(" select 'private'"))
    assert not history.add(run(""))
    assert history.search() == []


SECRETS = [
    "alter role r password 'hunter2'",
    "create role r with login encrypted password E'hunter2' valid until 'x'",
    "alter role r password = $$hunter2$$",
    "alter role r password 'hunter2",
    "select 'shop.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Signature=hunter2&X-Amz-Date=1'",
    "select 'X-Amz-Security-Token=hunter2%2F%2B'",
    "set aws_secret_access_key = 'hunter2hunter2hunter2hunter2hunter2hunter'",
    'select \'{"SecretAccessKey": "hunter2hunter2hunter2/hunter2"}\'',
    "-- postgres://admin:hunter2@host/postgres\nselect 1",
]


@pytest.mark.parametrize("statement", SECRETS)
def test_secrets_are_removed_before_anything_is_written(path: Path, statement: str) -> None:
    history = History(path)
    history.add(run(statement))
    assert "<redacted>" in history.search()[0].statement
    history.close()
    for file in path.parent.iterdir():
        assert b"hunter2" not in file.read_bytes()


def test_access_keys_are_removed(history: History) -> None:
    history.add(run("select 'AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE'"))
    assert history.search()[0].statement == "select '<redacted>', '<redacted>'"


def test_ordinary_statements_are_kept_word_for_word(history: History) -> None:
    for statement in ("select password, token from users", "select 'secret' as key"):
        history.add(run(statement))
        assert history.search()[0].statement == statement


def test_each_statement_is_found_once_the_newest_first(history: History) -> None:
    for statement in ("select 1", "select 2", "select 1"):
        history.add(run(statement))
    assert [found.statement for found in history.search()] == ["select 1", "select 2"]


def test_a_few_characters_in_order_find_it_the_better_fit_first(history: History) -> None:
    for statement in ("select o.id from orders o", "delete from old_orders", "orders", "sodrders"):
        history.add(run(statement))
    found = [entry.statement for entry in history.search("orders")]
    assert found == ["orders", "delete from old_orders", "select o.id from orders o", "sodrders"]
    assert [entry.statement for entry in history.search("SLORD")] == ["select o.id from orders o"]
    assert history.search("zzz") == []


def test_wildcards_of_like_are_ordinary_characters(history: History) -> None:
    history.add(run("select 100 % 7"))
    history.add(run("select 1007"))
    history.add(run(r"select E'\n'"))
    assert [entry.statement for entry in history.search("%")] == ["select 100 % 7"]
    assert [entry.statement for entry in history.search("\\n")] == [r"select E'\n'"]
    assert history.search("_") == []


def test_search_can_keep_to_one_cluster_and_to_marked_runs(history: History) -> None:
    history.add(run("select 1", cluster="shop"))
    history.add(run("select 2", cluster="todos"))
    assert [entry.statement for entry in history.search(cluster="shop")] == ["select 1"]
    history.star(history.search(cluster="todos")[0])
    assert [entry.statement for entry in history.search(marked=True)] == ["select 2"]


def test_a_named_run_is_a_snippet_found_by_its_name_first(history: History) -> None:
    history.add(run("select count(*) from orders"))
    history.rename(history.search()[0], "daily")
    history.add(run("select daily from t"))
    assert [entry.name for entry in history.search("daily")] == ["daily", ""]
    history.rename(history.search("daily")[0], "")
    assert history.search(marked=True) == []


def test_forgetting_removes_every_run_of_a_statement(history: History) -> None:
    for statement in ("select 1", "select 2", "select 1"):
        history.add(run(statement))
    history.forget(history.search("select 1")[0])
    assert [entry.statement for entry in history.search()] == ["select 2"]


def test_the_oldest_go_first_but_never_a_snippet(path: Path) -> None:
    history = History(path, limit=3)
    history.add(run("select 0"))
    history.rename(history.search()[0], "kept")
    for number in range(1, 6):
        history.add(run(f"select {number}"))
    found = [entry.statement for entry in history.search()]
    history.close()
    assert found == ["select 5", "select 4", "select 3", "select 0"]


def test_while_another_program_holds_the_file_runs_wait(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsql_tui.history.LOCK_PATIENCE_S", 0.01)
    history = History(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    history.add(run("select 1"))
    assert "locked" in history.problem
    other.execute("ROLLBACK")
    other.close()
    history.add(run("select 2"))
    assert [entry.statement for entry in history.search()] == ["select 2", "select 1"]
    assert history.problem == ""
    history.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough" * 40, b"SQLite format 3\0x"]
)
def test_a_damaged_file_is_renamed_and_reported(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    history = History(path)
    assert history.problem == "The history was damaged; the file is now history.sqlite.damaged-1."
    history.add(run("select 1"))
    assert [entry.statement for entry in history.search()] == ["select 1"]
    history.close()
    assert (path.parent / "history.sqlite.damaged-1").read_bytes() == content


def test_where_no_file_can_be_made_history_lives_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "history.sqlite")
    assert "cannot be kept" in history.problem
    history.add(run("select 1"))
    assert [entry.statement for entry in history.search()] == ["select 1"]
    history.close()


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    history = History(path)
    history.add(run("select 1"))
    assert "newer version" in history.problem
    history.close()
    assert list(path.parent.iterdir()) == [path]


def test_threads_may_write_at_once(history: History) -> None:
    def write(worker: int) -> None:
        for number in range(20):
            history.add(
                HistoryEntry(f"select {worker}, {number}", NOON + timedelta(seconds=number))
            )

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(history.search()) == 80


ADDS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dsql_tui.history import History, HistoryEntry
history = History(Path(sys.argv[1]))
sys.stdin.read()
for number in range(60):
    history.add(HistoryEntry(f"select {sys.argv[2]}, {number}", datetime.now(UTC)))
history.close()
"""


def test_processes_at_the_same_time_lose_no_run(path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", ADDS, path, str(name)], stdin=subprocess.PIPE)
        for name in range(3)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    history = History(path)
    assert len(history.search(limit=1_000)) == 3 * 60
    history.close()


def test_a_damaged_file_is_moved_aside_by_the_first_who_sees_it_alone(path: Path) -> None:
    one, two = History(path), History(path)
    one.add(run("select 0"))
    path.write_bytes(b"damaged" * 1_000)
    one.add(run("select 1"))
    two.add(run("select 2"))
    one.add(run("select 3"))
    found = {entry.statement for entry in two.search()}
    one.close()
    two.close()
    assert found == {"select 1", "select 2", "select 3"}
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "history.sqlite",
        "history.sqlite.damaged-1",
    ]


def test_a_file_that_was_deleted_is_made_again(path: Path) -> None:
    history = History(path)
    history.add(run("select 1"))
    path.unlink()
    history.add(run("select 2"))
    history.close()
    again = History(path)
    assert [entry.statement for entry in again.search()] == ["select 2"]
    again.close()


@pytest.mark.parametrize(
    "change",
    ["started_at = 'never'", "started_at = 5", "statement = x'ff'", "name = x'ff'", "dpu = 'much'"],
)
def test_a_row_this_program_did_not_write_is_left_out(path: Path, change: str) -> None:
    history = History(path)
    for statement in ("select 1", "select 2"):
        history.add(run(statement))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"UPDATE run SET {change} WHERE id = 1")
    assert [entry.statement for entry in history.search()] == ["select 2"]
    history.close()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path)])
def test_what_cannot_be_a_database_keeps_nothing_and_says_so(
    path: Path, make: Callable[[Path], None]
) -> None:
    path.parent.mkdir()
    make(path)
    history = History(path)
    history.add(run("select 1"))
    assert history.problem
    history.close()


def test_the_last_runs_wait_for_a_file_that_is_locked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsql_tui.history.LOCK_PATIENCE_S", 0.01)
    history = History(path)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    history.add(run("select 1"))
    closing_it = threading.Thread(target=history.close)
    closing_it.start()
    other.execute("ROLLBACK")
    other.close()
    closing_it.join()
    again = History(path)
    assert [entry.statement for entry in again.search()] == ["select 1"]
    again.close()
