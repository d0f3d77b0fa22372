"""`-c` and `-f` as real processes: what is printed, what is stored, what a signal interrupts."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server
from tests.e2e.test_headless import run
from tests.support.local_dsql import Connection, connect, endpoint_of
from tests.support.program import program

SIGNALS = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HUNG_UP,
}
FOR_EVER = "select generate_series(1, 100000000), repeat('x', 500)"
"""Its rows arrive from the beginning, so that a test sees it run."""
SLOW = "from generate_series(1, 600) g where pg_sleep(0.1) is not null"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Connection]]:
    """Give a home folder whose local DSQL already runs, and a session there with a table."""
    data_home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(data_home))
        with server.start(port=0) as running:
            shop = endpoint_of(running.info, "shop")
            with connect(running.info, shop, autocommit=True) as connection:
                connection.execute("create table kept (id int primary key)")
                yield data_home, connection


@pytest.fixture
def home(table: tuple[Path, Connection]) -> Path:
    return table[0]


@pytest.fixture
def kept(table: tuple[Path, Connection]) -> Connection:
    """Yield a session, with the table `kept` empty."""
    table[1].execute("delete from kept")
    return table[1]


def ids(kept: Connection) -> list[int]:
    return [row[0] for row in kept.execute("select id from kept order by 1")]


def insert(number: int) -> str:
    return f"insert into kept values ({number})"


def test_each_command_and_each_file_runs_by_itself_in_order(
    home: Path, kept: Connection, tmp_path: Path
) -> None:
    (tmp_path / "a.sql").write_text(f"{insert(1)}; select 'a' as a")
    (tmp_path / "b.sql").write_text("-- no semicolon\nselect 'b' as a --")
    (tmp_path / "c.sql").write_bytes("\ufeffset search_path = public;\r\n".encode())
    done = run(
        home, "query", "--local", "-q", "--format", "csv", "--no-header",
        "-c", "select 'first'", "-f", str(tmp_path / "b.sql"), "-f", str(tmp_path / "a.sql"),
        "-c", "set timezone = 'Asia/Tokyo'", "-f", str(tmp_path / "c.sql"), "-c", "show timezone",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert done.stdout.split() == ["first", "b", "a", "Asia/Tokyo"]


@pytest.mark.parametrize(
    ("args", "code", "stderr", "stored"),
    [
        (
            ["-c", "delete from kept where id < 0", "-c", "or id = 5"],
            ExitCode.STATEMENT_FAILED,
            '-c 2:1:1: 42601 syntax error at or near "or"\n    1 | or id = 5\n      | ^\n',
            [5],
        ),
        (["-c", insert(1), "-c", "select 'a"], ExitCode.BAD_INPUT, "-c 2:1:8: the string", [5]),
        (["-c", insert(1), "-f", "absent.sql"], ExitCode.BAD_INPUT, "absent.sql cannot be", [5]),
        (["-c", insert(1), "-f", "/"], ExitCode.BAD_INPUT, "/ is a folder", [5]),
        (["-c", insert(1), "-c", "\\! ls"], ExitCode.BAD_INPUT, "run them in a shell", [5]),
        (["-c", insert(1), "-c", "copy kept from stdin"], ExitCode.BAD_INPUT, "-c 2:1:1", [5]),
        (
            ["-c", insert(1), "--json", "-t"],
            ExitCode.USAGE,
            "csv, expanded, table, tsv, unaligned.",
            [5],
        ),
        (["-c", insert(1), "--table", "t"], ExitCode.USAGE, "these formats: insert.", [5]),
        (["-c", insert(1), "-f", "-", "-f", "-"], ExitCode.USAGE, "given once", [5]),
        (
            ["--format", "parquet", "-c", f"{insert(1)} returning id", "-c", "select 1"],
            ExitCode.BAD_INPUT,
            "holds one result",
            [5],
        ),
        (
            ["--format", "insert", "-c", f"{insert(1)} returning id, id"],
            ExitCode.BAD_INPUT,
            "rolled back: it has changed nothing",
            [5],
        ),
        (
            ["-c", f"begin; {insert(1)}"],
            ExitCode.TRANSACTION_OPEN,
            "Error: -c 1:1:1: the transaction that begins here was not committed",
            [5],
        ),
        (
            ["-c", "begin", "-c", insert(1), "-c", "select x\r\n\tfrom kept", "-c", "commit"],
            ExitCode.STATEMENT_FAILED,
            '-c 3:1:8: 42703 column "x" does not exist\n    1 | select x\n      |        ^\n',
            [5],
        ),
        (["-c", f"begin; {insert(1)}", "-c", "commit"], ExitCode.OK, "COMMIT", [1, 5]),
        (["-c", f"{insert(1)} returning id"], ExitCode.OK, "INSERT 0 1", [1, 5]),
    ],
)
def test_command_lines(
    home: Path, kept: Connection, args: list[str], code: ExitCode, stderr: str, stored: list[int]
) -> None:
    kept.execute(insert(5))
    done = run(home, "query", "--local", *args)
    assert (done.returncode, ids(kept)) == (code, stored), done.stderr
    assert stderr in done.stderr


def test_rows_that_do_not_fit_on_the_disk_are_not_stored(home: Path, kept: Connection) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    line = [*program(), "query", "--local", "-c", f"{insert(1)} returning id"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            line, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=of(home)
        )
    assert done.returncode == ExitCode.BAD_INPUT
    assert "No space left on device.\nThe statement was rolled back" in done.stderr
    assert ids(kept) == []


def test_without_standard_output_nothing_is_sent(home: Path, kept: Connection) -> None:
    line = [sys.executable, "-m", "dsql_tui", "query", "--local", "-c", insert(1)]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *line],
        stderr=subprocess.PIPE, text=True, check=False, env=of(home),
    )  # fmt: skip
    assert (done.returncode, ids(kept)) == (ExitCode.BAD_INPUT, [])
    assert "Standard output is closed." in done.stderr


def test_a_reader_that_leaves_early_stops_no_later_statement(home: Path, kept: Connection) -> None:
    with start(home, "query", "--local", "-q", "-c", FOR_EVER, "-c", insert(1)) as query:
        assert query.stdout is not None
        assert query.stdout.readline()
        query.stdout.close()
        assert query.wait() == ExitCode.OK
    assert ids(kept) == [1]


def test_a_transaction_that_a_migration_leaves_open_is_refused_first(
    home: Path, kept: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "m.sql"
    path.write_text(f"begin;\n{insert(1)};")
    for command in (["script"], ["query", "--script"]):
        done = run(home, *command, "--local", "-f", str(path))
        assert done.returncode == ExitCode.BAD_INPUT
        assert "line 1 is never committed" in done.stderr
    assert ids(kept) == []


def of(home: Path, **more: str) -> dict[str, str]:
    return os.environ | {"XDG_DATA_HOME": str(home)} | more


def writing(tmp_path: Path) -> dict[str, list[str]]:
    """Return a command line of every command that may write, each of which would."""
    (tmp_path / "rows.csv").write_text("id\n1\n")
    (tmp_path / "rows.sql").write_text(insert(1))
    return {
        "query": ["query", "--local", "-c", "select 1", "-c", insert(1)],
        "query --script": ["query", "--local", "--script", "-f", str(tmp_path / "rows.sql")],
        "script": ["script", "--local", "-f", str(tmp_path / "rows.sql")],
        "batch": ["batch", "--local", "-c", "delete from kept where id > 0"],
        "load": ["load", "--local", "shop", str(tmp_path / "rows.csv"), "--table", "kept"],
        "bench": ["bench", "--local", "--one-region", "--duration", "500ms", "--sessions", "1"],
        "bench --clean": ["bench", "--local", "--clean"],
        "bench --probe": ["bench", "--local", "--probe", "--rounds", "1"],
        "connect": ["connect", "--local", "shop", "--", "-c", insert(1)],
    }


@pytest.mark.parametrize("pattern", ["shop", "NAME=shop", "arn:aws:dsql:*", "a,sh?p"])
def test_a_query_that_writes_is_refused_on_a_protected_cluster(
    home: Path, kept: Connection, pattern: str
) -> None:
    words = ("query", "--local", "-c", "select 1", "-c", insert(1))
    done = run(home, *words, DSQL_TUI_SAFETY_READ_ONLY=pattern)
    assert (done.returncode, done.stdout) == (ExitCode.READ_ONLY, "")
    assert done.stderr == (
        "Error: -c 2:1:1: INSERT writes, and shop is read-only by the setting safety.read_only."
        " Nothing was sent.\nTo write there, add --allow-writes.\n"
    )
    assert ids(kept) == []


@pytest.mark.parametrize("name", list(writing(Path("/tmp"))))
def test_every_command_that_writes_is_refused_on_a_protected_cluster(
    home: Path, kept: Connection, tmp_path: Path, name: str
) -> None:
    kept.execute(insert(7))
    before = {path.name for path in tmp_path.iterdir()} | {"rows.csv", "rows.sql"}
    done = run(home, *writing(tmp_path)[name], DSQL_TUI_SAFETY_READ_ONLY="shop")
    assert (done.returncode, done.stdout) == (ExitCode.READ_ONLY, "")
    assert "safety.read_only. Nothing was sent.\nTo write there, add --allow-writes." in done.stderr
    assert ids(kept) == [7]
    assert {path.name for path in tmp_path.iterdir()} == before


def test_what_was_allowed_is_written(home: Path, kept: Connection, tmp_path: Path) -> None:
    lines = writing(tmp_path)
    for name, stored in (("query", [1]), ("batch", []), ("script", [1]), ("load", [1])):
        first, *rest = lines[name]
        done = run(home, first, "--allow-writes", *rest, DSQL_TUI_SAFETY_READ_ONLY="shop")
        if name != "load":
            assert done.returncode == ExitCode.OK, done.stderr
        assert ids(kept) == stored, name


def test_on_a_protected_cluster_the_server_holds_what_the_words_do_not_tell(
    home: Path, kept: Connection
) -> None:
    done = run(
        home, "query", "--local", "-q", "--format", "csv", "--no-header",
        "-c", "begin read write; show transaction_read_only; commit",
        "-c", "select current_setting('transaction_read_only')", DSQL_TUI_SAFETY_READ_ONLY="shop",
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout.split()) == (ExitCode.OK, "", ["on", "on"])


def start(home: Path, *args: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*program(), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=of(home, **more),
    )


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
def test_a_signal_cancels_a_query_and_rolls_its_transaction_back(
    home: Path, kept: Connection, tmp_path: Path, number: signal.Signals, code: ExitCode
) -> None:
    args = ["query", "--local", "-c", insert(1), "-c", f"begin; {insert(2)}", "-c", FOR_EVER]
    with start(home, *args, "-c", insert(3), TMPDIR=str(tmp_path)) as query:
        assert query.stdout is not None
        assert query.stdout.readline()
        query.send_signal(number)
        _, err = query.communicate(timeout=30)
        assert query.returncode == code, err
    assert "nterrupted" in err
    assert "Error: -c 2:1:1: the transaction that begins here was not committed" in err
    assert "Traceback" not in err
    assert ids(kept) == [1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
def test_a_signal_cancels_a_write_at_the_server(
    home: Path, kept: Connection, number: signal.Signals, code: ExitCode
) -> None:
    with start(
        home, "query", "--local", "-c", "select 1", "-c", f"insert into kept select g {SLOW}"
    ) as query:
        assert query.stderr is not None
        assert query.stderr.readline().startswith("SELECT 1")
        query.send_signal(number)
        _, err = query.communicate(timeout=30)
        assert query.returncode == code, err
    assert "nterrupted" in err
    assert ids(kept) == []


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
def test_a_signal_ends_a_watch_between_its_runs(
    home: Path, kept: Connection, number: signal.Signals, code: ExitCode
) -> None:
    line = ["query", "--local", "--watch", "500ms", "--json-lines"]
    with start(home, *line, "-c", "select count(*) from kept") as query:
        assert query.stdout is not None
        assert query.stderr is not None
        assert query.stdout.readline() == '{"count": 0}\n'
        kept.execute(insert(1))
        while query.stdout.readline() != '{"count": 1}\n':
            pass
        query.send_signal(number)
        _, err = query.communicate(timeout=30)
        assert query.returncode == code, err
    assert "Run 1 · every 0.5 s · ~" in err
    assert "Traceback" not in err


def test_a_signal_leaves_no_temporary_file_of_a_workbook(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    line = [sys.executable, "-m", "dsql_tui", "query", "--local", "--format", "xlsx"]
    with subprocess.Popen(
        [*line, "-c", FOR_EVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=of(home, TMPDIR=str(tmp_path)),
    ) as query:  # fmt: skip
        # In a folder: Python tries a folder for temporary files by writing a file into it. And
        # `os.walk` ignores a folder that is removed while it is listed.
        while not any(files for at, _, files in os.walk(tmp_path) if Path(at) != tmp_path):
            assert query.poll() is None, query.communicate()
        query.send_signal(signal.SIGTERM)
        out, err = query.communicate(timeout=30)
        assert (query.returncode, out) == (ExitCode.TERMINATED, ""), err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
def test_a_signal_cancels_a_batch_and_its_progress_is_what_is_stored(
    home: Path, kept: Connection, tmp_path: Path, number: signal.Signals, code: ExitCode
) -> None:
    filled = "insert into kept select generate_series(1, 200)"
    kept.execute(filled)
    statement = "delete from kept where pg_sleep(0.01) is not null"
    arguments = ["batch", "--local", "--rows", "20", "-c", statement]
    with start(home, *arguments, XDG_STATE_HOME=str(tmp_path)) as batch:
        assert batch.stderr is not None
        while " rows" not in (first := batch.stderr.readline()):
            assert first, "it ended before its first batch"
        batch.send_signal(number)
        _, err = batch.communicate(timeout=30)
        assert batch.returncode == code, err
    progress = [line for line in [first, *err.splitlines()] if " rows" in line]
    deleted = int(progress[-1].split()[0])
    assert f"--after '[\"{deleted}\"]'" in err
    assert len(ids(kept)) == 200 - deleted


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
def test_a_signal_cancels_a_step_of_a_script_and_it_can_be_resumed(
    home: Path, kept: Connection, tmp_path: Path, number: signal.Signals, code: ExitCode
) -> None:
    path = tmp_path / "m.sql"
    path.write_text(f"{insert(1)};\nanalyze kept;\ninsert into kept select 1 + g {SLOW};")
    with start(home, "script", "--local", "-f", str(path)) as script:
        assert script.stderr is not None
        for line in script.stderr:
            if line.startswith("[3/3]"):
                break
        script.send_signal(number)
        _, err = script.communicate(timeout=30)
        assert script.returncode == code, err
    assert "Stopped. Run the same command to resume" in err
    assert ids(kept) == [1]
    assert {each.name for each in tmp_path.iterdir()} == {"m.sql", "m.sql.checkpoint"}


def test_a_terminal_that_hangs_up_cancels_the_query(home: Path, kept: Connection) -> None:
    line = [sys.executable, "-m", "dsql_tui", "query", "--local"]
    line += ["-c", f"begin; {insert(1)}", "-c", FOR_EVER]
    child, terminal = pty.fork()
    if child == 0:
        os.execve(line[0], line, of(home))
    seen = b""
    while b"xxxx" not in seen:
        seen += os.read(terminal, 10_000)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == ExitCode.HUNG_UP
    assert ids(kept) == []


def test_a_hang_up_that_the_parent_ignores_is_ignored(home: Path, kept: Connection) -> None:
    line = [sys.executable, "-m", "dsql_tui", "query", "--local", "-q", "-c", FOR_EVER]
    with subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *line, "-c", insert(1)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=of(home),
    ) as query:  # fmt: skip
        assert query.stdout is not None
        assert query.stdout.readline()
        query.send_signal(signal.SIGHUP)
        assert query.stdout.readline()
        query.stdout.close()
        assert query.wait(timeout=30) == ExitCode.OK
    assert ids(kept) == [1]
