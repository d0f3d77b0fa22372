"""`dsql-tui lint` reports what would be refused, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_tui.cli.lint import command
from dsql_tui.cli.root import group
from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.lint import ABSENT, program

SCRIPT = "select 1;\n\ncreate index i on t (a);\nset statement_timeout = 1;\n"

needs_dsql_lint = pytest.mark.skipif(program() is None, reason="the extra lint is not installed")


def lint(*args: str, text: str = "") -> Result:
    return CliRunner().invoke(group, ["lint", *args], input=text, standalone_mode=False)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.sql"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


@needs_dsql_lint
def test_each_finding_is_a_line_with_its_place(script: Path) -> None:
    result = lint(str(script))
    assert result.return_value == 1
    lines = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert lines[0].startswith(f"{script}:3:14: error: CREATE INDEX without ASYNC")
    assert lines[1] == (
        f"{script}:4:5: error: setting configuration parameter"
        ' "statement_timeout" not supported [set_parameter]'
    )


@needs_dsql_lint
def test_findings_are_printed_as_json(script: Path) -> None:
    rows = json.loads(lint(str(script), "--json").stdout)["findings"]
    assert [(row["line"], row["rule"], row["fixable"]) for row in rows] == [
        (3, "index_async", True),
        (4, "set_parameter", False),
    ]


@needs_dsql_lint
def test_a_fixed_script_is_printed_and_remaining_findings_are_reported_separately() -> None:
    result = lint("-", "--fix", text=SCRIPT)
    assert result.stdout == SCRIPT.replace(
        "create index i on t (a);", "CREATE INDEX ASYNC i ON t(a);"
    )
    assert "NOT ready when the statement returns" in result.stderr
    assert "-:4:5: error" in result.stderr
    assert result.return_value == 1


@needs_dsql_lint
def test_files_are_changed_when_asked_for(script: Path) -> None:
    result = lint(str(script), "--fix", "--write")
    assert result.stdout == ""
    assert "CREATE INDEX ASYNC i ON t(a);" in script.read_text(encoding="utf-8")
    assert list(script.parent.iterdir()) == [script]


@pytest.mark.parametrize("options", [[], ["--json"], ["--fix"]])
def test_without_dsql_lint_it_says_so_and_applies_its_own_rules(
    script: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setattr("dsql_tui.sql.dsql.lint.program", lambda: None)
    result = lint(str(script), *options)
    assert result.stderr.splitlines()[0] == ABSENT
    assert "pip install 'dsql-tui[lint]'" in ABSENT
    assert "set_parameter" in (result.stderr if options == ["--fix"] else result.stdout)
    assert result.return_value == 1
    if options == ["--fix"]:
        assert result.stdout == SCRIPT


def test_a_clean_script_says_nothing() -> None:
    result = lint("-", text="select 1")
    assert (result.return_value, result.stdout) == (0, "")


@pytest.mark.parametrize("args", [["--write"], ["--json", "--fix"]])
def test_options_that_do_not_fit_are_refused(args: list[str]) -> None:
    assert CliRunner().invoke(command, ["-", *args], input="").exit_code == 2


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.sql").write_bytes(b"\xff\xfe")
    for path, sentence in (("absent.sql", "cannot be read"), ("binary.sql", "is not UTF-8 text")):
        result = lint(str(tmp_path / path))
        assert isinstance(result.exception, InputError)
        assert sentence in result.exception.message
