"""Definitions of files are applied to a cluster, killed in the middle, resumed and checked."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.cli.root import run
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server

TABLES = "".join(
    f"CREATE TABLE app.t{n} (id bigint PRIMARY KEY, a text);\n"
    f"CREATE INDEX ASYNC t{n}_a ON app.t{n} (a);\n"
    for n in range(4)
)
LINK = """
ALTER TABLE app.t1 ADD CONSTRAINT up FOREIGN KEY (id) REFERENCES app.t0 NOT VALID;
ALTER TABLE ASYNC app.t1 VALIDATE CONSTRAINT up;
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder in a home whose local DSQL runs."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    definitions = tmp_path / "definitions"
    (definitions / "later").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with server.start(port=0):
        yield definitions


def kill_at(step: str, arguments: list[str]) -> None:
    """Run a command and kill it when it reports a step."""
    command = [sys.executable, "-m", "dsql_tui", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(step):
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
    assert process.returncode == -signal.SIGKILL


def test_a_run_that_is_killed_is_resumed_and_checked(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # The table's file comes before that of its schema: the order of files says nothing.
    (folder / "a.sql").write_text(TABLES, encoding="utf-8")
    (folder / "later" / "link.sql").write_text(LINK, encoding="utf-8")
    (folder / "z.sql").write_text("CREATE SCHEMA app;\n", encoding="utf-8")
    apply = ["schema", "apply", "definitions", "todos-dev", "--local", "--no-privileges"]
    check = ["schema", "check", "definitions", "todos-dev", "--local", "--no-privileges"]
    # The cluster has tables of its own, which the files do not have.
    assert run([*apply, "--yes"]) == ExitCode.BAD_INPUT
    seen = capfd.readouterr()
    assert "drop something. Nothing was changed." in seen.err
    assert "-- DROP TABLE public.todos;" in seen.out
    kill_at("[5/", [*apply, "--yes", "--allow-drop"])
    plan = folder.with_name("definitions.apply.sql")
    assert plan.exists()
    assert run([*apply, "--yes", "--allow-drop"]) == ExitCode.OK, capfd.readouterr().err
    seen = capfd.readouterr()
    assert "Resuming the run of definitions.apply.sql. Delete" in seen.err
    assert "The cluster has the definitions of the files." in seen.err
    assert not plan.exists()
    assert not plan.with_name(f"{plan.name}.checkpoint").exists()
    assert run(check) == ExitCode.OK
    (folder / "more.sql").write_text("CREATE VIEW app.v AS SELECT 1 AS a;\n", encoding="utf-8")
    capfd.readouterr()
    assert run(check) == ExitCode.NO
    assert capfd.readouterr().out == "+ view app.v\n"
    # The question whether a table is renamed is printed where there is no terminal.
    renamed = TABLES.replace("t3", "moved")
    (folder / "a.sql").write_text(renamed, encoding="utf-8")
    assert run([*apply, "--plan"]) == ExitCode.OK
    seen = capfd.readouterr()
    assert "CREATE VIEW app.v AS\n" in seen.out
    assert "Is table app.t3 renamed to moved? Then add --rename app.t3=moved." in seen.err
    assert run([*apply, "--yes", "--allow-drop", "--rename", "app.t3=moved"]) == ExitCode.OK
    seen = capfd.readouterr()
    assert seen.out.startswith("ALTER TABLE app.t3 RENAME TO moved;\n")
    assert "DROP TABLE" not in seen.out
    assert "RENAME CONSTRAINT t3_pkey TO moved_pkey" in seen.out
    assert "The cluster has the definitions of the files." in seen.err
