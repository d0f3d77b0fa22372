"""`dsql-tui lint`: what Aurora DSQL would refuse in files, with dsql-lint and the console's rules.

stdout is one line for each finding, or JSON, or with `--fix` the script as it should be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.sql.dsql import lint
from dsql_tui.sql.dsql.lint import LintFinding, LintSeverity
from dsql_tui.sql.text.sql_files import read_sql, write_sql


@click.command("lint")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
)
@click.option("--json", "as_json", is_flag=True, help="Findings as a list of JSON objects.")
@click.option("--fix", "fixes", is_flag=True, help="Print the script with what can be fixed.")
@click.option("--write", is_flag=True, help="With --fix: change the files themselves.")
def command(files: tuple[Path, ...], as_json: bool, fixes: bool, write: bool) -> int:
    """Check FILES (- is stdin) for what Aurora DSQL refuses.

    Ends with 1 if it would refuse a statement; hints alone end with 0.
    """
    if write and not fixes:
        raise click.UsageError("--write goes with --fix.")
    if as_json and fixes:
        raise click.UsageError("--json and --fix do not go together.")
    if lint.program() is None:
        click.echo(lint.ABSENT, err=True)
    findings: list[tuple[Path, str, LintFinding]] = []
    for path in files:
        text = read_sql(path)
        if fixes:
            text = _fixed(path, text, write=write)
        findings += [(path, text, finding) for finding in lint.check(text)]
    if as_json:
        rows = [_as_json(path, text, finding) for path, text, finding in findings]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for path, text, finding in findings:
            for line in _as_lines(path, text, finding):
                echo_line(line, err=fixes)
    refused = any(finding.severity is LintSeverity.ERROR for _, _, finding in findings)
    return ExitCode.STATEMENT_FAILED if refused else ExitCode.OK


def _fixed(path: Path, text: str, *, write: bool) -> str:
    """Fix a text, tell what the fixes change besides, and put it where it belongs."""
    fixed, warnings = lint.fix_all(text)
    for warning in warnings:
        echo_line(f"{path}: {warning}", err=True)
    if not write or str(path) == "-":
        click.echo(fixed, nl=False)
    elif fixed != text:
        write_sql(path, fixed)
    return fixed


def _place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _as_lines(path: Path, text: str, finding: LintFinding) -> Iterator[str]:
    line, column = _place(text, finding.start)
    yield f"{path}:{line}:{column}: {finding.severity.value}: {finding.message} [{finding.rule}]"
    if finding.suggestion:
        yield f"    {finding.suggestion}"


def _as_json(path: Path, text: str, finding: LintFinding) -> dict[str, object]:
    line, column = _place(text, finding.start)
    return {
        "file": str(path),
        "line": line,
        "column": column,
        "severity": finding.severity.value,
        "rule": finding.rule,
        "message": finding.message,
        "suggestion": finding.suggestion,
        "fixable": finding.is_fixable,
    }
