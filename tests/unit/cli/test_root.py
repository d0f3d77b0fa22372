from __future__ import annotations

import os
import subprocess
import sys
import tty

import pytest
from click.testing import CliRunner

from dsql_tui.cli import root
from dsql_tui.cli.root import COMMANDS, group
from dsql_tui.cli.shared.exit_codes import ALWAYS, EXIT_CODES, ExitCode, exit_code_of
from dsql_tui.errors import DsqlTuiError
from tests.support.program import program


def all_errors(kind: type[DsqlTuiError] = DsqlTuiError) -> list[type[DsqlTuiError]]:
    return [child for sub in kind.__subclasses__() for child in (sub, *all_errors(sub))]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_table_exists_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(group, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: group {name}")


@pytest.mark.parametrize("kind", all_errors())
def test_every_error_of_ours_has_an_exit_code(kind: type[DsqlTuiError]) -> None:
    error = kind.__new__(kind)
    vars(error).update(outcome_unknown=False, made=())
    assert exit_code_of(error) in EXIT_CODES


def test_every_exit_code_is_documented_in_the_help() -> None:
    assert set(EXIT_CODES) == set(ExitCode)
    shown = " ".join(CliRunner().invoke(group, ["--help"]).output.split())
    assert all(f"{code.value} {EXIT_CODES[code]}" in shown for code in ALWAYS)


def test_importing_the_command_line_imports_only_what_every_command_needs() -> None:
    script = (
        "import sys, dsql_tui.cli\n"
        "heavy = {'textual', 'rich', 'boto3', 'botocore', 'psycopg', 'sqlparse',\n"
        "  'pathlib', 'tempfile', 'json', 'difflib', 'dsql_tui.config', 'dsql_tui.local'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program(), *args],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["clusters", "--region", "mars"], ExitCode.USAGE, "name of an AWS Region"),
        (["clusters", "--profile", "no-such"], ExitCode.USAGE, "no AWS profile named"),
        (["query", "x"], ExitCode.USAGE, "Give SQL"),
        (["query", "x", "-f", "/no/such.sql"], ExitCode.BAD_INPUT, "cannot be read"),
        (["nonsense"], ExitCode.USAGE, "No such command"),
    ],
)
def test_bad_input_is_one_sentence_and_a_documented_exit_code(
    args: list[str], code: ExitCode, message: str
) -> None:
    done = run(*args)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


class Clock:
    """A clock that shows a minute more each time it is read."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 60
        return self.now_s


def bells(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command line that takes a minute on a terminal, and count the bells."""
    shown, own = os.openpty()
    tty.setraw(own)
    with os.fdopen(own, "w") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        patch.setattr(root, "monotonic", Clock())
        root.run(arguments)
        stream.write("end")
        stream.flush()
        text = b""
        while not text.endswith(b"end"):
            text += os.read(shown, 65_536)
    os.close(shown)
    return text.count(b"\a")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["query", "-f", "no/such.sql"], 1),
        (["load", "nowhere", "--no-such"], 1),
        (["query", "--quiet", "-f", "no/such.sql"], 0),
        (["clusters", "list", "--no-such"], 0),
        (["lint", "--no-such"], 0),
    ],
)
def test_a_long_command_rings_the_bell_of_the_terminal(
    arguments: list[str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bells(arguments, monkeypatch) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("METHOD", "off", 0), ("AFTER_S", "61", 0), ("AFTER_S", "60", 1)],
)
def test_settings_decide_when_a_command_rings(
    name: str, value: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DSQL_TUI_NOTIFICATIONS_{name}", value)
    assert bells(["query", "--no-such"], monkeypatch) == expected
