"""`dsql-tui load` when a second one is at work, its disk is full or it is killed."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server
from tests.support.local_dsql import Connection, connect, endpoint_of

ROWS = 6_000
TABLES = {"keyed": "id int primary key", "keyless": "id int"}


@dataclass(frozen=True)
class Home:
    """A data folder whose local DSQL runs, so that each command only attaches, and a session."""

    folder: Path
    session: Connection

    def load(self, file: Path, table: str, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dsql_tui", "load", "todos-dev", str(file), "--local"]
        return subprocess.Popen(
            [*command, "--table", table, *options],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"XDG_DATA_HOME": str(self.folder)},
        )

    def resume(self, file: Path, table: str, *options: str) -> None:
        """Load until it is done; batches with unknown outcome are looked up in the table."""
        with self.load(file, table, *options) as again:
            told = again.communicate()[1]
        if again.returncode == ExitCode.OUTCOME_UNKNOWN:
            batches = re.findall(r"(\d+) \(lines (\d+) to", told)
            there = [f"--stored={number}" for number, line in batches if self.holds(table, line)]
            with self.load(file, table, "--when-unknown=again", *there, *options) as again:
                told = again.communicate()[1]
        assert again.returncode == ExitCode.OK, told

    def holds(self, table: str, line: str) -> bool:
        query = f"select 1 from {table} where id = {int(line) - 2}"
        return self.session.execute(query.encode()).fetchone() is not None

    def check(self, table: str) -> None:
        """Every row of the file is in the table once."""
        query = f"select count(*), count(distinct id) from {table}"
        assert self.session.execute(query.encode()).fetchone() == (ROWS, ROWS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        with (
            server.start() as running,
            connect(running.info, endpoint_of(running.info, "todos-dev")) as session,
        ):
            yield Home(folder, session)


@pytest.fixture(params=TABLES)
def table(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    name = str(request.param)
    home.session.execute(f"create table {name} ({TABLES[name]})".encode())
    yield name
    home.session.execute(f"drop table {name}".encode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("id\n" + "".join(f"{number}\n" for number in range(ROWS)))
    return path


def test_two_loads_of_one_file_at_once_store_each_row_once(
    home: Home, file: Path, table: str
) -> None:
    link = file.with_name("link.csv")
    link.symlink_to(file)
    with home.load(file, table) as first, home.load(link, table) as second:
        told = [first.communicate()[1], second.communicate()[1]]
    codes = [first.returncode, second.returncode]
    assert ExitCode.OK in codes
    assert set(codes) <= {ExitCode.OK, ExitCode.IN_USE}
    assert sum("6,000 rows stored" in each for each in told) == 1
    for code, each in zip(codes, told, strict=True):
        if code == ExitCode.IN_USE:
            assert re.search(r"is in use by process \d+ on .* \(dsql-tui load\)\.", each)
    home.check(table)


def test_one_file_can_be_loaded_into_two_tables_at_once(home: Home, file: Path, table: str) -> None:
    other = f"other_{table}"
    home.session.execute(f"create table {other} (id int)".encode())
    manifest = str(file.with_name("other"))
    with home.load(file, table) as first, home.load(file, other, "--manifest", manifest) as more:
        told = [first.communicate()[1], more.communicate()[1]]
    assert [first.returncode, more.returncode] == [0, 0], told
    home.check(table)
    home.check(other)
    home.session.execute(f"drop table {other}".encode())


def test_a_full_disk_is_reported_and_the_load_continues_once_there_is_space(
    home: Home, file: Path, table: str
) -> None:
    command = home.load(file, table, "--batch-rows", "300")
    resource.prlimit(command.pid, resource.RLIMIT_FSIZE, (1_000, 1_000))
    with command:
        told = command.communicate()[1]
    assert command.returncode == ExitCode.BAD_INPUT, told
    assert "manifest" in told
    assert "File too large" in told
    assert "Traceback" not in told
    home.resume(file, table, "--batch-rows", "300")
    home.check(table)


def test_a_killed_load_resumes_without_storing_a_row_twice(
    home: Home, file: Path, table: str
) -> None:
    options = ("--batch-rows", "50")
    manifest = file.with_name("rows.csv.load.jsonl")
    with home.load(file, table, *options) as killed:
        while b"done" not in (manifest.read_bytes() if manifest.exists() else b""):
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    assert b"finished" not in manifest.read_bytes()
    home.resume(file, table, *options)
    home.check(table)
