"""The local DSQL's process: who starts it, who shares it, and that nothing outlives its users."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import connect, endpoint_of

DEADLINE_S = 10.0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def processes_of(folder: Path) -> list[int]:
    """Return the processes that name the data folder on their command line."""
    names = {os.fsencode(folder), os.fsencode(postgres_folder(folder))}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if any(name in words for name in names):
                found.append(int(entry.name))
    return found


def postgres_folder(folder: Path) -> Path:
    from dsql_tui.local.filesystem.folders import reachable

    return reachable(folder / "databases")


def touch_the_shop(info: ServerInfo) -> None:
    with connect(info, endpoint_of(info, "shop")) as connection:
        connection.execute("SELECT 1")


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "local données é"


@linux_only
def test_nothing_runs_after_the_last_user_has_stopped(folder: Path) -> None:
    with server.start(folder, port=0) as running:
        touch_the_shop(running.info)
        assert len(processes_of(folder)) > 2
    assert processes_of(folder) == []
    assert server.running(folder) is None


def test_data_persists_between_starts(folder: Path) -> None:
    with server.start(folder, port=0) as first:
        shop = endpoint_of(first.info, "shop")
        with connect(first.info, shop) as connection:
            connection.execute("CREATE TABLE kept (id int PRIMARY KEY)")
            connection.execute("INSERT INTO kept VALUES (1), (2)")
    with server.start(folder, port=0) as second:
        again = endpoint_of(second.info, "shop")
        assert again.host == shop.host
        with connect(second.info, again) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,)


def test_a_second_start_attaches_and_the_server_outlives_the_first_user(folder: Path) -> None:
    first = server.start(folder, port=0)
    second = server.start(folder, port=0)
    try:
        assert second.info == first.info == server.running(folder)
        first.stop()
        touch_the_shop(second.info)
    finally:
        second.stop()
    assert server.running(folder) is None


@linux_only
@pytest.mark.parametrize("victim", ["starter", "server"])
def test_kill_9_leaves_nothing_running_and_the_next_start_recovers(
    folder: Path, victim: str
) -> None:
    program = (
        "import sys, time; from pathlib import Path; from dsql_tui.local import server\n"
        "running = server.start(Path(sys.argv[1]), port=0)\n"
        "print(running.info.pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        info = server.running(folder)
        assert info is not None
        with connect(info, endpoint_of(info, "shop")) as connection:
            connection.execute("CREATE TABLE kept (id int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        os.kill(starter.pid if victim == "starter" else pid, signal.SIGKILL)
        wait_until(lambda: set(processes_of(folder)) <= {starter.pid})
        starter.kill()
    with (
        server.start(folder, port=0) as running,
        connect(running.info, endpoint_of(running.info, "shop")) as connection,
    ):
        assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]


@linux_only
def test_postgresql_and_its_watcher_may_be_killed_and_come_back(folder: Path) -> None:
    with server.start(folder, port=0) as running:
        for _ in range(2):
            touch_the_shop(running.info)
            victims = {pid for pid in processes_of(folder) if pid != running.info.pid}
            assert victims
            os.kill(min(victims), signal.SIGKILL)  # PostgreSQL is the oldest
            os.kill(max(victims), signal.SIGKILL)
            touch_the_shop(running.info)
    assert processes_of(folder) == []


@linux_only
def test_a_postgresql_that_outlived_everything_above_it_is_stopped_by_the_next_start(
    folder: Path,
) -> None:
    with server.start(folder, port=0) as running:
        touch_the_shop(running.info)
        shells = [pid for pid in processes_of(folder) if program_of(pid) != "postgres"]
        assert len(shells) == 2  # the server and the watcher
        for pid in shells:
            os.kill(pid, signal.SIGSTOP)  # else one of them does its work while the next is killed
        for pid in shells:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not set(processes_of(folder)) & set(shells))
    assert processes_of(folder)
    with server.start(folder, port=0) as running:
        touch_the_shop(running.info)
    assert processes_of(folder) == []


def program_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


@linux_only
def test_a_reused_process_id_is_not_signalled_and_the_database_starts(folder: Path) -> None:
    """As in a container with the folder on a volume, where process ids start from 1 again."""
    with server.start(folder, port=0) as running:
        touch_the_shop(running.info)
        (recorded,) = postgres_folder(folder).glob("*/postmaster.pid")
        lines = recorded.read_text().splitlines()
    with subprocess.Popen(["sleep", "600"], user=recorded.parent.stat().st_uid) as innocent:
        recorded.write_text("\n".join([str(innocent.pid), *lines[1:], ""]))
        recorded.chmod(0o600)
        os.chown(recorded, recorded.parent.stat().st_uid, recorded.parent.stat().st_gid)
        with server.start(folder, port=0) as running:
            touch_the_shop(running.info)
        assert innocent.poll() is None
        innocent.kill()


@linux_only
def test_what_was_committed_just_before_a_kill_9_is_there(folder: Path) -> None:
    with server.start(folder, port=0) as running:
        shop = endpoint_of(running.info, "shop")
        with connect(running.info, shop) as connection:
            connection.execute("CREATE TABLE kept (id int)")
            for number in range(50):
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
            for pid in processes_of(folder):
                if pid != running.info.pid:
                    with suppress(ProcessLookupError):  # the first one takes others along
                        os.kill(pid, signal.SIGKILL)
        with connect(running.info, shop) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (50,)


def test_two_starts_at_the_same_time_share_one_server(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: server.start(folder, port=0), range(4)))
    try:
        assert len({one.info.pid for one in started}) == 1
    finally:
        for one in started:
            one.stop()
    assert server.running(folder) is None


def test_reset_deletes_the_data_and_keeps_what_is_not_ours(folder: Path) -> None:
    with server.start(folder, port=0) as running:
        before = endpoint_of(running.info, "shop").host
    (folder / "notes.txt").write_text("mine")
    server.reset(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    with server.start(folder, port=0) as running:
        assert endpoint_of(running.info, "shop").host != before


def test_an_ephemeral_server_leaves_no_files() -> None:
    with server.start(ephemeral=True) as running:
        info = running.info
        assert info.data_dir.exists()
    assert not info.data_dir.exists()
    assert not info.runtime_dir.exists()


def test_taken_ports_are_passed_over(folder: Path, local_dsql: ServerInfo) -> None:
    taken = int(local_dsql.api_url.rpartition(":")[2])
    with server.start(folder, port=taken) as running:
        assert int(running.info.api_url.rpartition(":")[2]) > taken


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(LocalError, match="Cannot write the data folder"):
        server.start(file / "below", port=0)


def test_a_damaged_state_file_says_how_to_start_afresh(folder: Path) -> None:
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "state.json").write_text("{")
    with pytest.raises(LocalError, match="damaged") as caught:
        server.start(folder, port=0)
    assert "reset" in caught.value.remedy


def test_a_folder_with_somebodys_files_is_neither_used_nor_reset(folder: Path) -> None:
    mine = folder / "databases" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for use in (lambda: server.start(folder, ephemeral=True), lambda: server.reset(folder)):
        with pytest.raises(LocalError, match="files that do not belong to the local DSQL"):
            use()
    assert [path.name for path in folder.rglob("*")] == ["databases", "mine.txt"]


def test_an_ephemeral_server_in_a_named_folder_deletes_what_is_its_own(folder: Path) -> None:
    with server.start(folder, ephemeral=True):
        (folder / "notes.txt").write_text("mine")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_an_ephemeral_server_never_takes_over_clusters_that_are_to_stay(folder: Path) -> None:
    with server.start(folder, port=0) as running:
        before = endpoint_of(running.info, "shop").host
    with pytest.raises(LocalError, match="which an ephemeral server would delete"):
        server.start(folder, ephemeral=True)
    with server.start(folder, port=0) as running:
        assert endpoint_of(running.info, "shop").host == before


def test_a_start_that_fails_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSQL_TUI_PG_BIN", "/nonexistent")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)  # it is looked up once for a process
    with pytest.raises(LocalError):
        server.start(ephemeral=True)
    assert list(tmp_path.iterdir()) == []


@linux_only
def test_templates_are_kept_with_the_data_where_there_is_no_cache(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with server.start(folder, ephemeral=True) as running:
        touch_the_shop(running.info)
    assert not folder.exists()


def test_samples_are_in_the_regions_that_are_played(folder: Path) -> None:
    with server.start(folder, port=0, regions=("eu-west-2", "eu-west-1")) as running:
        found = running.ask("status")["clusters"]
        assert [(one["name"], one["region"]) for one in found] == [
            ("todos-dev", "eu-west-2"),
            ("shop", "eu-west-2"),
            ("shop", "eu-west-1"),
        ]
        with connect(running.info, endpoint_of(running.info, "shop", region="eu-west-1")):
            pass
    with server.start(folder, port=0, regions=["eu-west-1"]) as running:
        found = running.ask("status")["clusters"]
        assert [one["status"] for one in found] == ["not played", "not played", "ACTIVE"]


def test_a_region_without_dsql_is_not_played(folder: Path) -> None:
    with pytest.raises(LocalError, match="not known to be offered in mars-1"):
        server.start(folder, port=0, regions=["us-east-1", "mars-1"])


def test_a_folder_named_from_where_one_stands_is_that_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with server.start(Path("here"), ephemeral=True) as running:
        assert running.info.data_dir == tmp_path / "here"


@linux_only
def test_what_a_killed_ephemeral_server_left_is_removed_by_the_next_one() -> None:
    with server.start(ephemeral=True) as killed:
        touch_the_shop(killed.info)
        os.kill(killed.info.pid, signal.SIGKILL)
        wait_until(lambda: processes_of(killed.info.data_dir) == [])
    assert killed.info.data_dir.exists()
    with server.start(ephemeral=True):
        assert not killed.info.data_dir.exists()
        assert not killed.info.runtime_dir.exists()


def test_without_a_usable_postgresql_the_start_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSQL_TUI_PG_BIN", "/nonexistent")
    with pytest.raises(LocalError, match="must be a folder with the programs of PostgreSQL 16"):
        server.start(folder, port=0)
