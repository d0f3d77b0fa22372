"""Values and names with escape sequences, from the server to a terminal and to a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.local.process import server
from tests.support.program import program

TITLE = "\x1b]0;taken\x07"
CLIPBOARD = "\x1b]52;c;ZXZpbA==\x07"
HOSTILE = f"{CLIPBOARD}\x9b2J\r\u202e"
LITERAL = "e'" + "".join(f"\\u{ord(each):04x}" for each in HOSTILE) + "'"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home folder whose local DSQL already runs, so that each command only attaches."""
    data_home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(data_home))
        with server.start():
            yield data_home


def on_a_terminal(home: Path, *arguments: str) -> str:
    """Run a command on a terminal; return what arrives there."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [*program(), *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env=os.environ | {"XDG_DATA_HOME": str(home)},
    )
    os.close(inner)
    seen = b""
    while True:
        try:
            data = os.read(outer, 1 << 16)
        except OSError:  # Linux: the last one has closed the terminal
            break
        if not data:
            break
        seen += data
    process.wait()
    os.close(outer)
    return seen.decode().replace("\r\n", "\n")


def controls(text: str) -> set[str]:
    return {each for each in text if each not in "\n\t" and not each.isprintable()}


@pytest.mark.parametrize(
    "file_format", ["table", "csv", "tsv", "json", "jsonl", "markdown", "insert"]
)
def test_rows_and_column_names_do_not_act_on_a_terminal(home: Path, file_format: str) -> None:
    sql = f'select {LITERAL} as "a{TITLE}"'
    seen = on_a_terminal(home, "query", "--local", "--format", file_format, "-c", sql)
    assert "ZXZpbA==" in seen
    assert controls(seen) == set()


def test_an_error_that_quotes_a_value_does_not_act_on_a_terminal(home: Path) -> None:
    sql = f"select ({LITERAL})::int"
    seen = on_a_terminal(home, "query", "--local", "-c", sql)
    assert 'invalid input syntax for type integer: "\\x1b]52;c;ZXZpbA==\\x07' in seen
    assert controls(seen) == set()


def test_a_pipe_gets_a_value_byte_for_byte(home: Path) -> None:
    options = ["--local", "-q", "--no-header", "--format", "csv"]
    done = subprocess.run(
        [*program(), "query", *options, "-c", f"select {LITERAL}"],
        capture_output=True,
        check=True,
        env=os.environ | {"XDG_DATA_HOME": str(home)},
    )
    assert done.stdout == f'"{HOSTILE}"\n'.encode()


@pytest.mark.parametrize("arguments", [("roles",), ("roles", "--matrix"), ("roles", "--sql")])
def test_names_of_roles_and_tables_do_not_act_on_a_terminal(
    home: Path, arguments: tuple[str, ...]
) -> None:
    name = f'"r{HOSTILE}\n"'
    made = [f"create role {name} with login", f"create table {name} (id int primary key)"]
    for statement in made:
        on_a_terminal(home, "query", "--local", "-c", statement)
    seen = on_a_terminal(home, *arguments, "--local")
    assert "ZXZpbA==" in seen
    assert controls(seen) == set()
