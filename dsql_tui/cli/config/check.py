"""`dsql-tui config check`: report errors in config files and environment variables."""

from __future__ import annotations

import click

from dsql_tui.cli.config.shared import finding_as_json, findings_of, print_findings
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import working_folder
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.config import Severity, read_settings


@click.command("check")
@json_option()
@output_option
def command(as_json: bool) -> int:
    """Check the config file, the repository's file and environment variables.

    Each finding is one line that begins with the file and line, or names the variable. Ends with 1
    if something cannot be used or has no effect; a variable with its former name ends with 0.

    Examples:
      dsql-tui config check
      dsql-tui config check --json
    """
    settings = read_settings(start=working_folder())
    findings = findings_of(settings)
    if as_json:
        rows = [finding_as_json(finding) for finding in findings]
        print_json({"file": str(settings.path), "findings": rows})
    else:
        print_findings(findings)
        if not findings:
            narrate("No errors found.")
    has_problems = any(finding.severity > Severity.NOTICE for finding in findings)
    return ExitCode.NO if has_problems else ExitCode.OK
