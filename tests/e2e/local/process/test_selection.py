"""One local DSQL is meant: by the command line, by `local env`, beside an ephemeral server."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.program import program

Done = subprocess.CompletedProcess[str]


@contextmanager
def terminal(answer: str) -> Iterator[int]:
    """Give a terminal as standard input on which the answer has been typed."""
    keyboard, stdin = pty.openpty()
    os.write(keyboard, answer.encode())
    try:
        yield stdin
    finally:
        os.close(keyboard)
        os.close(stdin)


class Shell:
    """A person's shell: a home folder, and the variables that were exported in it."""

    def __init__(self, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name[:3] not in ("AWS", "PG")}
        self.variables = kept | {"XDG_DATA_HOME": str(home / "data"), "HOME": str(home)}
        self.own = home / "data" / "dsql-tui" / "local"

    def run(self, *args: str, answer: str = "", **changes: str) -> Done:
        with terminal(answer) as stdin:
            return subprocess.run(
                [*program(), *args],
                capture_output=True,
                text=True,
                check=False,
                stdin=stdin,
                env=self.variables | changes,
            )

    def paste(self, line: str, answer: str = "") -> Done:
        """Run a line of a remedy unchanged."""
        with_program = re.sub(r"\bdsql-tui\b", lambda _: shlex.join(program()), line)
        with terminal(answer) as stdin:
            return subprocess.run(
                ["bash", "-c", with_program],
                capture_output=True,
                text=True,
                check=False,
                stdin=stdin,
                env=self.variables,
            )

    def export(self, *args: str) -> None:
        """Set the variables that `eval "$(dsql-tui local env)"` sets."""
        completed = self.run("local", "env", *args)
        assert completed.returncode == 0, completed.stderr
        script = f"{completed.stdout}\n{shlex.quote(sys.executable)} -c {shlex.quote(DUMP)}"
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, check=True, env=self.variables
        )
        self.variables = json.loads(done.stdout)

    def start(self, *args: str) -> ServerInfo:
        """Start a server in the background and return where it is."""
        started = self.run("local", "start", "--port", "0", *args)
        assert started.returncode == 0, started.stderr
        folder = re.search(r"^data folder +(.*)$", started.stdout, re.MULTILINE)
        assert folder is not None
        info = server.running(Path(folder[1]))
        assert info is not None
        return info


DUMP = "import json, os; print(json.dumps(dict(os.environ)))"
ONE = ("-q", "--format", "csv", "--no-header", "-c")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    for folder in (shell.own, *(path.parent for path in tmp_path.glob("*/server.json"))):
        server.stop(folder)


@pytest.fixture
def ephemeral(shell: Shell) -> Iterator[ServerInfo]:
    info = shell.start("--ephemeral")
    yield info
    server.stop(info.data_dir)


def mark(shell: Shell, text: str, *target: str) -> None:
    """Create a table whose row identifies the database."""
    sql = f"CREATE TABLE mark (whose text); INSERT INTO mark VALUES ('{text}')"
    done = shell.run("query", *target, "-q", "-c", sql)
    assert done.returncode == 0, done.stderr


def marked(shell: Shell, *target: str, **changes: str) -> str:
    """Return whose database a query reaches."""
    done = shell.run("query", *target, *ONE, "SELECT whose FROM mark", **changes)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_reset_beside_an_ephemeral_server_deletes_that_and_keeps_the_users_data(
    shell: Shell,
) -> None:
    mark(shell, "own", "--local")
    ephemeral = shell.start("--ephemeral")
    done = shell.run("local", "reset", "--yes")
    assert done.returncode == 0
    assert str(ephemeral.data_dir) in done.stderr
    assert not ephemeral.data_dir.exists()
    assert server.running(ephemeral.data_dir) is None
    assert marked(shell, "--local") == "own"


def test_reset_asks_with_the_folder_it_would_delete_and_no_keeps_it(
    shell: Shell, ephemeral: ServerInfo
) -> None:
    done = shell.run("local", "reset", answer="n\n")
    assert f"Delete all data of the local DSQL in {ephemeral.data_dir}" in done.stderr
    assert "0 open sessions" in done.stderr
    assert server.running(ephemeral.data_dir) == ephemeral
    named = shell.run("local", "reset", "--data", str(shell.own), "--yes")
    assert (
        named.stderr == f"Nothing to delete: the local DSQL in {shell.own} (named with --data).\n"
    )
    assert server.running(ephemeral.data_dir) == ephemeral


def test_the_remedy_for_a_data_folder_of_an_older_version_works_word_for_word(
    shell: Shell, tmp_path: Path, ephemeral: ServerInfo
) -> None:
    mark(shell, "own", "--local", "--data", str(shell.own))
    old = tmp_path / "it's old"
    old.mkdir()
    (old / "lock").touch()
    (old / "state.json").write_text('{"version": 0}')
    (old / "notes.txt").write_text("mine")
    refused = shell.run("query", "--local", "--data", str(old), "-c", "SELECT 1")
    remedy = refused.stderr.splitlines()[-1]
    pasted = shell.paste(remedy[remedy.index("dsql-tui") :], answer="y\n")
    assert pasted.returncode == 0, pasted.stderr
    assert {path.name for path in old.iterdir()} == {"lock", "notes.txt"}
    again = shell.run("query", "--local", "--data", str(old), *ONE, "SELECT 1")
    assert again.stdout == "1\n"
    assert marked(shell, "--local", "--data", str(shell.own)) == "own"
    assert server.running(ephemeral.data_dir) == ephemeral


def test_a_copied_data_folder_is_reset_without_its_originals_server(
    shell: Shell, tmp_path: Path
) -> None:
    info = shell.start()
    copy = tmp_path / "copy"
    shutil.copytree(info.data_dir, copy)
    for do in ("status", "stop"):
        assert str(copy) in shell.run("local", do, "--data", str(copy)).stderr
    assert shell.run("local", "reset", "--yes", "--data", str(copy)).returncode == 0
    assert server.running(info.data_dir) == info
    assert (info.data_dir / "state.json").exists()


def test_local_commands_use_the_ephemeral_server_that_runs_and_say_so(
    shell: Shell, ephemeral: ServerInfo, tmp_path: Path
) -> None:
    mark(shell, "ephemeral", "--local")
    rows = tmp_path / "rows.csv"
    rows.write_text("whose\nloaded\n")
    loaded = shell.run("load", "--local", "shop", str(rows), "--table", "mark")
    assert loaded.returncode == 0, loaded.stderr
    counted = shell.run("query", "--local", *ONE[1:], "SELECT count(*) FROM mark")
    assert counted.stdout == "2\n"
    said = f"Using the local DSQL in {ephemeral.data_dir} (the most recent ephemeral server).\n"
    assert counted.stderr.startswith(said)
    assert loaded.stderr.startswith(said)
    attached = shell.run("local", "start")
    assert attached.stderr.startswith(said)
    assert f"data folder          {ephemeral.data_dir}" in attached.stdout
    assert not shell.own.exists()


def test_after_local_env_every_client_reaches_the_same_server(
    shell: Shell, ephemeral: ServerInfo
) -> None:
    shell.export()
    mark(shell, "exported", "shop")
    assert marked(shell, "shop") == "exported"
    assert marked(shell, "--local") == "exported"
    # A shell's own settings of libpq are no part of where we connect.
    stale = {"PGPORT": "1", "PGHOSTADDR": "203.0.113.1", "PGSERVICE": "gone", "PGSSLSNI": "0"}
    assert marked(shell, "shop", **stale) == "exported"
    boto = "import boto3; print(boto3.client('dsql').meta.endpoint_url)"
    reached = subprocess.run(
        [sys.executable, "-c", boto],
        capture_output=True,
        text=True,
        check=True,
        env=shell.variables,
    )
    assert reached.stdout.strip() == ephemeral.api_url
    drill = shell.run("doctor", "shop")
    assert drill.returncode == 0, drill.stdout


def test_a_profile_with_local_and_local_env_mean_one_server(
    shell: Shell, ephemeral: ServerInfo, tmp_path: Path
) -> None:
    other = shell.start("--data", str(tmp_path / "b b"))
    named = ("--data", str(other.data_dir))
    for is_exported in (False, True):
        if is_exported:
            shell.export(*named)
        for data in ((), named):
            expected = other if data or is_exported else ephemeral
            completed = shell.run("local", "env", "--plain", *data)
            assert f"PGPORT={expected.gateway_port}\n" in completed.stdout, completed.stderr
            reader = ("--profile", "dsql-local-app-ro", "--role", "app_ro")
            token = shell.run("token", "shop", "--local", *data, *reader)
            assert f"port={expected.gateway_port} " in token.stderr, token.stderr


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_connects_to_the_given_endpoint_and_not_to_that_of_the_shell(
    shell: Shell, ephemeral: ServerInfo
) -> None:
    stale = {"PGPORT": "1", "PGSERVICE": "gone", "PGSSLSNI": "0", "PGCHANNELBINDING": "require"}
    done = shell.run("local", "psql", "shop", "--", "-Atc", "SELECT 1", **stale)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    exported = "\n".join(
        [f"export {name}={value}" for name, value in stale.items()]
        + ['export AWS_USE_FIPS_ENDPOINT=true; eval "$(dsql-tui local env)"']
        + ['export PGPASSWORD="$(dsql-tui token shop 2>/dev/null)"']
        + ['psql -h "$(dsql-tui clusters get shop --json | jq -r .endpoint)" -Atc "SELECT 1"']
    ).replace("jq -r .endpoint", f"{sys.executable} -c {shlex.quote(READ_ENDPOINT)}")
    by_hand = shell.paste(exported)
    assert (by_hand.returncode, by_hand.stdout) == (0, "1\n"), by_hand.stderr
    assert server.running(ephemeral.data_dir) == ephemeral


READ_ENDPOINT = "import json, sys; print(json.load(sys.stdin)['endpoint'])"


def test_with_the_environment_of_one_server_a_profile_reaches_its_own(
    shell: Shell, ephemeral: ServerInfo, tmp_path: Path
) -> None:
    shell.export()
    mark(shell, "a", "shop")
    other = tmp_path / "b b"
    info = shell.start("--data", str(other))  # from a shell whose PGPORT is the other server's
    mark(shell, "b", "--local", "--data", str(other))
    shell.run("query", "--local", "--data", str(other), "-c", "GRANT SELECT ON mark TO app_ro")
    reader = ("--profile", "dsql-local-app-ro", "--role", "app_ro")
    assert marked(shell, "--local", "--data", str(other), *reader) == "b"
    files = {
        "AWS_CONFIG_FILE": str(info.config_file),
        "AWS_SHARED_CREDENTIALS_FILE": str(info.credentials_file),
    }
    assert marked(shell, "shop", *reader, **files) == "b"
    assert marked(shell, "shop", **files) == "a"
    assert marked(shell, "shop") == "a"
    assert server.running(ephemeral.data_dir) == ephemeral


def test_the_environment_of_a_server_that_has_ended_is_a_sentence_with_a_way(
    shell: Shell, ephemeral: ServerInfo
) -> None:
    mark(shell, "own", "--local", "--data", str(shell.own))
    shell.export()
    assert shell.run("local", "stop").returncode == 0
    for command in (["query", "shop"], ["query", "--local"]):
        done = shell.run(*command, "-c", "DROP TABLE mark")
        assert done.returncode == 7
        assert str(ephemeral.data_dir) in done.stderr
        assert 'eval "$(dsql-tui local env)" again' in done.stderr
    kept = shell.run("local", "reset", "--yes")
    assert str(ephemeral.data_dir) in kept.stderr
    stopped = shell.run("local", "stop")
    assert (stopped.returncode, "Not running" in stopped.stderr) == (0, True)
    assert marked(shell, "--local", "--data", str(shell.own)) == "own"
    shell.start("--data", str(shell.own))
    shell.export()
    assert marked(shell, "shop") == "own"
    shell.export("--unset")
    assert not {"AWS_ENDPOINT_URL", "PGPORT", "DSQL_TUI_LOCAL_DATA"} & set(shell.variables)


def test_a_lasting_server_that_has_ended_is_started_again_by_its_environment(
    shell: Shell, tmp_path: Path
) -> None:
    folder = tmp_path / "named"
    shell.start("--data", str(folder))
    shell.export("--data", str(folder))
    mark(shell, "named", "shop")
    shell.run("local", "stop")
    refused = shell.run("query", "shop", "-c", "SELECT 1")
    assert f"dsql-tui local start --data {folder}" in refused.stderr
    assert marked(shell, "--local") == "named"
    assert shell.start().data_dir == folder
    shell.export()
    assert marked(shell, "shop") == "named"
    assert not shell.own.exists()
