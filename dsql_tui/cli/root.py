"""The `dsql-tui` group: names the commands and imports one only when it runs.

Every error of ours ends here: a sentence and its remedy on stderr, an exit code from one table.
"""

from __future__ import annotations

import sys

import click

from dsql_tui import __version__
from dsql_tui.cli.shared.exit_codes import EXIT_CODES, ExitCode, exit_code_of
from dsql_tui.cli.shared.lazy import LazyGroup
from dsql_tui.cli.shared.report import report, report_usage
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.terminal import guard_streams
from dsql_tui.errors import DsqlTuiError

COMMANDS = {
    "launch": "Open the console.",
    "query": "Run SQL and print what it answers.",
    "clusters": "List, create, change and delete clusters.",
    "token": "Print an auth token for a cluster.",
    "connect": "Open psql on a cluster.",
    "metrics": "Show what CloudWatch has on a cluster, and what it costs.",
    "script": "Run a script in transactions that DSQL takes, and resume it.",
    "batch": "Run one large change as commits of few rows.",
    "lint": "Tell what Aurora DSQL would refuse in SQL files.",
    "load": "Load a CSV, JSON Lines or Parquet file into a table.",
    "bench": "Measure latency, conflicts and consistency.",
    "roles": "Show roles, IAM mappings and privileges.",
    "why": "Tell why a role may or may not.",
    "snippet": "Print a program that connects.",
    "local": "Run the local DSQL as a server: start, status, env, token, psql, set, reset, stop.",
    "doctor": "Find out why a cluster cannot be reached.",
    "config": "Show, edit and check settings.",
    "manual": "Show a page of the manual.",
}
"""Command → its line in `--help`; each lives in `dsql_tui/cli/<command>.py` as `command`."""


@click.group(
    cls=LazyGroup,
    package="dsql_tui.cli",
    lines=COMMANDS,
    epilog="Exit codes: " + ", ".join(f"{code.value} {text}" for code, text in EXIT_CODES.items()),
)
@click.version_option(__version__, prog_name="dsql-tui")
def group() -> None:
    """A keyboard-driven terminal console for Amazon Aurora DSQL."""


def main() -> None:
    """Run the command line and exit with a code of the table."""
    leave_no_core()
    guard_streams()
    INTERRUPTION.install()
    try:
        # `color` has click pass text as it is: it would cut colours out of data on its way to a
        # pipe. What goes to a terminal is guarded.
        exit_code = group.main(prog_name="dsql-tui", standalone_mode=False, color=True)
    except click.ClickException as error:
        report_usage(error)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTION.exit_code)
    except SystemExit:
        # No command exits by itself; click does, with 1, when the reader has gone (`| head`).
        sys.exit(ExitCode.OK)
    except DsqlTuiError as error:
        report(error)
        sys.exit(exit_code_of(error))
    sys.exit(exit_code or ExitCode.OK)


def leave_no_core() -> None:
    """Let no crash, ours or psql's, write a core file: tokens and keys would be in it."""
    try:
        import resource
    except ImportError:  # Windows writes none
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
