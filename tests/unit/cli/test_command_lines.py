"""Command lines that need no server, each with its exit code and the shape of its output."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.cli.root import run
from dsql_tui.cli.shared.exit_codes import ALWAYS, BY_COMMAND, ExitCode
from tests.support.command_lines import CommandLine, check_shape, read_command_lines

LINES = list(read_command_lines(Path(__file__).with_name("command_lines.tsv")))
END_TO_END = list(read_command_lines(Path(__file__).parents[2] / "e2e" / "command_lines.tsv"))
FILES = {
    "ok.sql": b"create table t (id int primary key);\n",
    "two.sql": b"create table t (id int primary key);\nselect 1;\n",
    "bad.sql": b"create temp table t (id int);\n",
    "open.sql": b"select 'open\n",
    "nul.sql": b"select 1;\0",
    "latin.sql": b"select '\xe9';\n",
    "rows.csv": b"id\n1\n",
    "rows.jsonl": b'{"id": 1}\n',
    "rows.dat": b"1\n",
    "book.xlsx": b"PK",
}


def prepare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to a folder with files, as a person without credentials and without settings."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    monkeypatch.chdir(folder)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(folder / "home"))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_REGION", "DSQL_TUI_LOCAL_DATA"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("line", LINES, ids=[line.text for line in LINES])
def test_a_command_line_ends_and_prints_as_written(
    line: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(tmp_path, monkeypatch)
    code = run(line.arguments)
    seen = capsys.readouterr()
    assert code == line.code, seen.err
    check_shape(line.stdout, seen.out)
    check_shape(line.stderr, seen.err)
    assert "Traceback" not in seen.err


def test_there_are_two_hundred_of_them() -> None:
    texts = [line.text for line in (*LINES, *END_TO_END)]
    assert len(texts) >= 200
    assert len(set(texts)) == len(texts)


def command_of(line: CommandLine) -> str:
    """Return the path of the command that a line names, empty for none."""
    words = line.text.split()
    for length in (3, 2, 1):
        name = ".".join(words[:length])
        if name in BY_COMMAND:
            return name
    return ""


def test_a_command_ends_only_with_the_codes_it_says() -> None:
    for line in (*LINES, *END_TO_END):
        assert line.code in {*ALWAYS, *BY_COMMAND.get(command_of(line), ())}, line


SENT_BY_SIGNALS = {ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
REACHED_ELSEWHERE = {
    ExitCode.IN_USE: "tests/e2e/test_scripts.py",
    ExitCode.SESSION_LOST: "tests/unit/cli/shared/query/test_statements.py",
    ExitCode.OUTCOME_UNKNOWN: "tests/unit/cli/shared/query/test_statements.py",
    ExitCode.BUG: "tests/unit/cli/test_streams.py",
}
"""Codes that take more than a command line, and the file whose tests end with them."""


def test_every_exit_code_is_reached_by_a_test() -> None:
    reached = {line.code for line in (*LINES, *END_TO_END)}
    assert set(ExitCode) - SENT_BY_SIGNALS - set(REACHED_ELSEWHERE) - reached == set()
    root = Path(__file__).parents[3]
    for code, path in REACHED_ELSEWHERE.items():
        assert f"ExitCode.{code.name}" in (root / path).read_text(encoding="utf-8")
