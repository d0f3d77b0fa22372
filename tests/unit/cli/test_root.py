from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

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
