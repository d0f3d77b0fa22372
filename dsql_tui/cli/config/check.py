"""`dsql-tui config check`: what is wrong with files and variables."""

from __future__ import annotations

import json

import click

from dsql_tui.cli.config.shared import FINDINGS, as_json, findings_of, print_findings
from dsql_tui.cli.shared import output
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.target import working_folder
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.config import Severity, read_settings


@click.command("check")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def command(is_json: bool) -> int:
    """Check the config file, the repository's file and environment variables.

    Each finding is one line on stdout that begins with the file and line, or the variable. The
    exit code is 1 when something cannot be used or has no effect, and 0 when a variable only has
    its former name.
    """
    output.require()
    settings = read_settings(start=working_folder())
    findings = findings_of(settings)
    if is_json:
        document = {
            "version": 1,
            "file": str(settings.path),
            "findings": [as_json(finding) for finding in findings],
        }
        click.echo(json.dumps(document, indent=2))
    else:
        print_findings(findings)
        if not findings:
            echo_line("Nothing is wrong.", err=True)
    has_problems = any(finding.severity > Severity.NOTICE for finding in findings)
    return FINDINGS if has_problems else ExitCode.OK
