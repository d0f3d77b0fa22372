"""A database is dumped and restored: every value, after every interruption, and what is refused."""

from __future__ import annotations

import os
import random
import shutil
import signal
import string
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.read import read_database
from tests.support.hostile_values import HOSTILE
from tests.support.new_clusters import new_clusters, open_session, run_all
from tests.support.program import program

SPECIAL_FLOATS = ["NaN", "Infinity", "-Infinity", "-0", "1e-300", "0.1", "12345.678"]
TEXTS = [HOSTILE, "", "\\N", "\\.", "a\tb", "a\nb", "\r\n", "\\", " ", "\x01\x7f", "ß😀"]
Maker = Callable[[random.Random], str]


def text_of(source: random.Random) -> str:
    made = "".join(source.choices(string.printable + "äß漢😀", k=source.randint(0, 30)))
    return source.choice([*TEXTS, made])


VALUES: dict[str, Maker] = {
    "smallint": lambda r: str(r.choice([-(2**15), 2**15 - 1, r.randint(-9, 9)])),
    "integer": lambda r: str(r.choice([-(2**31), 2**31 - 1, r.randint(-9, 9)])),
    "bigint": lambda r: str(r.choice([-(2**63), 2**63 - 1, r.randint(-9, 9)])),
    "real": lambda r: r.choice(["NaN", "Infinity", "-Infinity", "-0", "3.4028235e38", "0.1"]),
    "double precision": lambda r: r.choice([*SPECIAL_FLOATS, repr(r.random() * 1e9)]),
    "numeric": lambda r: r.choice(["NaN", "0.000001", "-999999999999.999999", "1.500000"]),
    "numeric(400,200)": lambda r: f"{r.randint(0, 10**150)}.{r.randint(0, 10**199):0199}",
    "boolean": lambda r: r.choice(["t", "f"]),
    "text": text_of,
    "varchar(60)": lambda r: text_of(r)[:60],
    "char(12)": lambda r: text_of(r)[:12],
    "bytea": lambda r: "\\x" + r.randbytes(r.randint(0, 40)).hex(),
    "date": lambda r: r.choice(["infinity", "-infinity", "4713-01-01 BC", "2024-02-29"]),
    "time": lambda r: r.choice(["00:00", "24:00", "23:59:59.999999"]),
    "timetz": lambda r: r.choice(["00:00+15:59", "23:59:59.999999-12"]),
    "timestamp": lambda r: r.choice(["infinity", "4713-01-01 00:00 BC", "294276-12-31 23:59"]),
    "timestamptz": lambda r: r.choice(["-infinity", "0044-03-15 12:00+00 BC", "2024-06-01 0:0+2"]),
    "interval": lambda r: r.choice(["-1 year +2 mons 3 days -04:05:06.789", "0", "178000 years"]),
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128))),
    "json": lambda r: r.choice(['{"b" : 1, "a":[null , "\\u00e4\\n"], "b":2}', "null", '"\\\\N"']),
    "jsonb": lambda r: r.choice(['{"b" : 1, "a":[null , "\\t"]}', "1.50", "null"]),
}
"""Type → a maker of values as text; between them they have every kind that is stored oddly."""


def insert_values(session: object, seed: int, rows: int) -> None:
    """Fill the table `kinds` with random values and NULLs."""
    source = random.Random(seed)
    for number in range(rows):
        values: list[str | int | None] = [number]
        values += [None if source.random() < 0.15 else make(source) for make in VALUES.values()]
        places = ", ".join(f"${at + 1}" for at in range(len(values)))
        session.fetch(f"INSERT INTO kinds VALUES ({places})", values)  # type: ignore[attr-defined]


class Commands:
    """`dsql-tui` with the local DSQL of a folder."""

    def __init__(self, folder: Path) -> None:
        self._environment = os.environ | {"XDG_DATA_HOME": str(folder)}

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        """Return the exit code and standard error."""
        with self.start(program(), *arguments) as process:
            told = process.communicate(timeout=120)[1]
        return process.returncode, told

    def start(self, call: Sequence[str], *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*call, *map(str, arguments), "--local"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )

    def killed(self, is_due: Callable[[], bool], *arguments: str | Path) -> bool:
        """Kill a command with SIGKILL when that is due; return whether it still ran."""
        with self.start([sys.executable, "-m", "dsql_tui"], *arguments) as process:
            while not is_due() and process.poll() is None:
                pass
            process.send_signal(signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerInfo, Commands]]:
    """Give a local DSQL that commands attach to, with two clusters."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        with server.start() as running, new_clusters(running.info, "from", "to"):
            yield running.info, Commands(folder)


DEFINITIONS = [
    "CREATE TABLE kinds (id bigint PRIMARY KEY, "
    + ", ".join(f"c{at} {kind}" for at, kind in enumerate(VALUES))
    + ")",
    "CREATE TABLE parents (a text, b date, PRIMARY KEY (a, b))",
    "CREATE TABLE children (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,"
    " twice bigint GENERATED ALWAYS AS (n * 2) STORED, n bigint, a text, b date,"
    " up bigint REFERENCES children, FOREIGN KEY (a, b) REFERENCES parents)",
    "CREATE TABLE loose (v text)",
    'CREATE TABLE "Odd ""name"".\t" (" id" int PRIMARY KEY, "a\tb" text)',
    "CREATE TABLE bare (id int PRIMARY KEY)",
    "CREATE SEQUENCE numbers CACHE 1",
    "CREATE INDEX ASYNC children_n ON children (n)",
    "INSERT INTO parents SELECT chr(65 + n), date '2024-01-01' + n FROM generate_series(0, 25) n",
    "INSERT INTO children (n, a, b) SELECT n, chr(65 + n % 26), date '2024-01-01' + n % 26"
    " FROM generate_series(1, 2500) n",
    "UPDATE children SET up = 2501 - id WHERE id % 3 = 0",
    "INSERT INTO loose SELECT CASE WHEN n % 3 > 0 THEN 'same' END FROM generate_series(1, 2500) n",
    "INSERT INTO loose SELECT 'same' FROM generate_series(1, 2500) n",
    'INSERT INTO "Odd ""name"".\t" VALUES (1, \'\'), (2, NULL), (3, E\'\\\\N\')',
    "SELECT nextval('numbers'), nextval('numbers'), nextval('numbers')",
]


@pytest.fixture(scope="module")
def filled(home: tuple[ServerInfo, Commands]) -> ServerInfo:
    """Fill the cluster that is dumped."""
    info, _ = home
    with closing(open_session(info, "from")) as session:
        run_all(session, DEFINITIONS)
        insert_values(session, seed=1, rows=60)
    return info


def contents(info: ServerInfo, cluster: str) -> dict[str, list[str]]:
    """Return every row of a cluster as COPY writes it, sorted, by table."""
    with closing(open_session(info, cluster)) as session:
        tables = list(read_database(session, Selection(with_access=False)).tables())
        return {
            table.key.sql: sorted(
                row.decode()
                for row in session.copy_out(f"COPY (SELECT * FROM {table.key.sql}) TO STDOUT")
            )
            for table in tables
        }


def empty(info: ServerInfo, cluster: str) -> None:
    """Drop every table and sequence."""
    with closing(open_session(info, cluster)) as session:
        database = read_database(session, Selection(with_access=False))
        for each in database.objects:
            if each.key.kind in {"TABLE", "SEQUENCE"}:
                session.fetch(f"DROP {each.key.kind} IF EXISTS {each.key.sql} CASCADE")


@pytest.fixture(scope="module")
def dumped(
    home: tuple[ServerInfo, Commands], filled: ServerInfo, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Give the folder of a dump of all."""
    folder = tmp_path_factory.mktemp("dumps") / "all"
    code, told = home[1].run("dump", "from", "-o", folder, "--no-privileges", "--jobs", "2")
    assert code == ExitCode.OK, told
    assert "public.loose has no primary key: it is read by one statement" in told
    return folder


@pytest.fixture
def target(filled: ServerInfo) -> Iterator[str]:
    """Give the cluster to restore into; it is emptied afterwards."""
    yield "to"
    empty(filled, "to")


def test_every_value_and_definition_is_restored(
    home: tuple[ServerInfo, Commands], filled: ServerInfo, dumped: Path, target: str
) -> None:
    code, told = home[1].run("restore", dumped, target)
    assert code == ExitCode.OK, told
    assert "counts and checksums are equal" in told
    assert contents(filled, target) == contents(filled, "from")
    with (
        closing(open_session(filled, "from")) as here,
        closing(open_session(filled, target)) as there,
    ):
        selection = Selection(with_access=False)
        assert read_database(there, selection).objects == read_database(here, selection).objects
        added = there.fetch("INSERT INTO children (n) VALUES (1) RETURNING id")
        assert added == [("2501",)]
        assert there.fetch("SELECT nextval('numbers')") == [("4",)]
    assert not list(dumped.glob("restore-*"))
    code, told = home[1].run("restore", dumped, target)
    assert code == ExitCode.BAD_INPUT
    assert "exists on the cluster. Nothing was changed." in told


def test_a_restore_that_was_killed_twice_resumes_without_a_row_twice(
    home: tuple[ServerInfo, Commands], filled: ServerInfo, dumped: Path, target: str
) -> None:
    for table in ("children", "loose"):  # with a key and without one
        (rows,) = dumped.glob(f"rows/*-{table}.tsv.gz")

        def is_loading(number: str = rows.name[:4]) -> bool:
            notes = list(dumped.glob(f"restore-*/{number}.load.jsonl"))
            return bool(notes) and b"begin" in notes[0].read_bytes()

        assert home[1].killed(is_loading, "restore", dumped, target)
    code, told = home[1].run("restore", dumped, target)
    assert code == ExitCode.OK, told
    assert "Resuming the restore" in told
    assert "7,589 of 7,589 rows stored" in told
    assert contents(filled, target) == contents(filled, "from")


def test_a_dump_that_was_stopped_resumes_after_each_part_that_it_recorded(
    home: tuple[ServerInfo, Commands], filled: ServerInfo, tmp_path: Path, dumped: Path
) -> None:
    """Where a process may be killed: after a header, after rows, before the end of a table."""
    folder = tmp_path / "stopped"
    shutil.copytree(dumped, folder)
    manifest = folder / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    (loose,) = dumped.glob("rows/*-loose.tsv.gz")
    number = int(loose.name[:4])
    has_rows = [b'"table": %d, "rows": 5000' % number in line for line in lines]
    manifest.write_bytes(b"".join(lines[: has_rows.index(True) + 1]) + b'{"comp')
    code, told = home[1].run("dump", "from", "-o", folder, "--no-privileges")
    assert code == ExitCode.OK, told
    assert "Resuming after" in told
    for path in sorted(dumped.glob("rows/*")):
        assert (folder / "rows" / path.name).read_bytes() == path.read_bytes()


def test_rows_of_different_moments_leave_a_foreign_key_unvalidated(
    home: tuple[ServerInfo, Commands], filled: ServerInfo, tmp_path: Path, target: str
) -> None:
    """The parents are dumped without rows that the children, dumped before, refer to."""
    with closing(open_session(filled, "to")) as session:
        run_all(
            session,
            [
                "CREATE TABLE p (id int PRIMARY KEY)",
                "CREATE TABLE c (id int PRIMARY KEY, p int CONSTRAINT c_p REFERENCES p)",
                "ALTER TABLE c DROP CONSTRAINT c_p",
                "INSERT INTO c VALUES (1, 7)",
                "ALTER TABLE c ADD CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p NOT VALID",
            ],
        )
    folder = tmp_path / "mixed"
    assert home[1].run("dump", target, "-o", folder)[0] == ExitCode.OK
    script = folder / "3-foreign-keys.sql"
    assert "VALIDATE" not in script.read_text()
    empty(filled, target)
    code, told = home[1].run("restore", folder, target, "--no-privileges")
    assert code == ExitCode.PARTIAL, told
    assert "The foreign key c_p on public.c is NOT VALID." in told


def test_a_snapshot_is_of_one_point_in_time_and_rows_go_into_tables_that_exist(
    home: tuple[ServerInfo, Commands], filled: ServerInfo, tmp_path: Path, target: str
) -> None:
    folder = tmp_path / "rows"
    options = ("--table", "parents", "--table", "loose", "--data-only")
    code, told = home[1].run("dump", "from", "-o", folder, "--single-snapshot", *options)
    assert code == ExitCode.OK, told
    assert "All rows are read in one transaction, which ends after 300 s." in told
    code, told = home[1].run("restore", folder, target)
    assert code == ExitCode.BAD_INPUT
    assert "it has no definitions" in told
    with closing(open_session(filled, target)) as session:
        run_all(session, [DEFINITIONS[1], DEFINITIONS[3]])
    code, told = home[1].run("restore", folder, target, "--data-only")
    assert code == ExitCode.OK, told
    here = contents(filled, "from")
    assert contents(filled, target) == {
        name: here[name] for name in ("public.loose", "public.parents")
    }
    code, told = home[1].run("restore", folder, target, "--data-only")
    assert code == ExitCode.BAD_INPUT
    assert "has rows. Nothing was changed." in told


def test_what_was_changed_after_the_dump_is_refused_before_anything_is_sent(
    home: tuple[ServerInfo, Commands], dumped: Path, filled: ServerInfo
) -> None:
    rows = max(dumped.glob("rows/*"))
    kept = rows.read_bytes()
    rows.write_bytes(kept[:-4])
    code, told = home[1].run("restore", dumped, "to")
    rows.write_bytes(kept)
    assert code == ExitCode.BAD_INPUT
    assert f"{rows} is not as it was dumped" in told
    assert contents(filled, "to") == {}


def test_rows_of_a_protected_cluster_are_asked_for_with_their_cost(
    home: tuple[ServerInfo, Commands],
    filled: ServerInfo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DSQL_TUI_SAFETY_READ_ONLY", "*")
    commands = Commands(Path(os.environ["XDG_DATA_HOME"]))
    with closing(open_session(filled, "from")) as session:
        session.fetch("ANALYZE parents")
    dump = ("dump", "from", "-o", tmp_path / "asked", "--table", "parents")
    code, told = commands.run(*dump)
    assert code == ExitCode.NOT_CONFIRMED, told
    assert "Reading about 26 rows of 1 table costs about" in told
    assert "$0.0" in told
    assert not list(tmp_path.glob("asked/rows/*"))
    assert commands.run(*dump, "--yes")[0] == ExitCode.OK
