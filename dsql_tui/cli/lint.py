"""`dsql-tui lint`: report statements that Aurora DSQL would refuse.

stdout is one line for each finding, or JSON, or with `--fix` the script as it should be.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.cli.shared.values.types import FILE_OR_STDIN
from dsql_tui.sql.dsql import lint
from dsql_tui.sql.dsql.lint import LintFinding, LintSeverity
from dsql_tui.sql.text.sql_files import read_sql, write_sql


@click.command("lint")
@click.argument("files", nargs=-1, required=True, type=FILE_OR_STDIN)
@click.option(
    "--fix", "fixes", is_flag=True, help="Print the SQL with all automatic fixes applied."
)
@click.option("--write", is_flag=True, help="With --fix: change the files instead of printing.")
@json_option()
@output_option
def command(files: tuple[Path, ...], as_json: bool, fixes: bool, write: bool) -> int:
    """Check SQL FILES for what Aurora DSQL refuses; - is standard input.

    Ends with 1 if a statement would be refused; hints alone end with 0.

    Examples:
      dsql-tui lint migrations/*.sql
      dsql-tui lint --fix --write migration.sql
    """
    if write and not fixes:
        raise click.UsageError("--write needs --fix.")
    if as_json and fixes:
        raise click.UsageError("--json cannot be combined with --fix.")
    if lint.program() is None:
        narrate(lint.ABSENT)
    findings: list[tuple[Path, str, LintFinding]] = []
    for path in files:
        text = read_sql(path)
        if fixes:
            text = _fixed(path, text, write=write)
        findings += [(path, text, finding) for finding in lint.check(text)]
    if as_json:
        rows = [_as_json(path, text, finding) for path, text, finding in findings]
        print_json({"findings": rows})
    else:
        for path, text, finding in findings:
            for line in _as_lines(path, text, finding):
                echo_line(line, err=fixes)
    refused = any(finding.severity is LintSeverity.ERROR for _, _, finding in findings)
    return ExitCode.NO if refused else ExitCode.OK


def _fixed(path: Path, text: str, *, write: bool) -> str:
    """Fix a script, print the side effects of the fixes, and print or save the result."""
    fixed, warnings = lint.fix_all(text)
    for warning in warnings:
        narrate(f"{path}: {warning}")
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
