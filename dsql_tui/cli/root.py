"""The `dsql-tui` group, which imports a command only when it runs.

Every error of ours ends here: a sentence and its remedy on stderr, an exit code from one table.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from time import monotonic
from types import TracebackType

import click

from dsql_tui import __version__
from dsql_tui.cli.shared.exit_codes import ALWAYS, ExitCode, described, exit_code_of
from dsql_tui.cli.shared.lazy import HELP_OPTIONS, PROGRAM, LazyGroup
from dsql_tui.cli.shared.report import report, report_usage
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.terminal import guard_streams, is_terminal_narrated, write_sequence
from dsql_tui.errors import DsqlTuiError

COMMANDS = {
    "launch": "Open the console.",
    "query": "Run SQL and print the rows.",
    "clusters": "List, create, change and delete clusters.",
    "token": "Print an auth token for a cluster.",
    "connect": "Open psql on a cluster.",
    "metrics": "Show the CloudWatch metrics and the cost of a cluster.",
    "script": "Run a SQL file as a migration that can be resumed.",
    "batch": "Run one large UPDATE, DELETE or INSERT in small transactions.",
    "schema": "Print, compare and apply definitions of databases.",
    "dump": "Write definitions and rows of a database into a folder.",
    "restore": "Make a dump's definitions on a cluster and load its rows.",
    "lint": "Check SQL files for what Aurora DSQL refuses.",
    "load": "Load a CSV, JSON or Parquet file into a table.",
    "import": "Bring a PostgreSQL database to a cluster.",
    "bench": "Measure latency, conflicts and consistency.",
    "roles": "Show roles, their IAM principals and privileges.",
    "why": "Explain whether a role may do something.",
    "snippet": "Print a program that connects to a cluster.",
    "local": "Start, stop and control the local DSQL.",
    "doctor": "Diagnose why a cluster cannot be reached.",
    "bug-report": "Print what a bug report needs, without names.",
    "config": "Show, edit and check settings.",
    "manual": "Show a page of the manual.",
    "completion": "Print a script for shell completion.",
}
"""Command → its line in `--help`; each lives in `dsql_tui/cli/<command>.py` as `command`."""
LONG_WORK = {
    "query": "Query",
    "script": "Script",
    "batch": "Batch",
    "schema": "Schema",
    "load": "Load",
    "import": "Import",
    "dump": "Dump",
    "restore": "Restore",
    "bench": "Measurement",
}
"""Commands that people leave running in another window → what a notification calls them."""
_SETTINGS_READ_AFTER_S = 1.0
"""No notification is sooner, and reading the settings takes time."""


@click.group(
    cls=LazyGroup,
    package="dsql_tui.cli",
    lines=COMMANDS,
    epilog="\n".join(
        [
            "\b",
            "Exit codes of every command (dsql-tui COMMAND --help lists the others):",
            *(f"  {described(code)}" for code in ALWAYS),
        ]
    ),
    context_settings={"help_option_names": list(HELP_OPTIONS)},
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.pass_context
def group(ctx: click.Context) -> None:
    """A keyboard-driven terminal console for Amazon Aurora DSQL."""
    if (work := LONG_WORK.get(ctx.invoked_subcommand or "")) and is_terminal_narrated():
        ctx.call_on_close(partial(_notify_end, work, monotonic()))


def main() -> None:
    """Run the command line and exit with its exit code."""
    sys.excepthook = report_bug
    leave_no_core()
    guard_streams()
    INTERRUPTION.install()
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; errors are printed on standard error.

    Args:
        arguments: The arguments after the program's name; `None` uses those of this process.
    """
    try:
        # With `color`, click does not change text: it would remove colors from data sent to a
        # pipe. Output to a terminal is escaped elsewhere.
        exit_code = group.main(arguments, prog_name=PROGRAM, standalone_mode=False, color=True)
        sys.stdout.flush()
    except click.ClickException as error:
        report_usage(error)
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return INTERRUPTION.exit_code
    except DsqlTuiError as error:
        report(error)
        return exit_code_of(error)
    return exit_code or ExitCode.OK


def _notify_end(work: str, started_at: float) -> None:
    """Notify that a command has ended, if it took long and no signal has ended it."""
    spent_s = monotonic() - started_at
    if spent_s < _SETTINGS_READ_AFTER_S or INTERRUPTION.is_received or not is_terminal_narrated():
        return
    from dsql_tui.config import read_settings
    from dsql_tui.notification import Notifier

    config = read_settings().config
    method, after_s = config.notification_method, config.notification_after_s
    notifier = Notifier(write_sequence, method, after_s, in_tmux="TMUX" in os.environ)
    notifier.work_ended(work, spent_s)


def report_bug(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Print the traceback of an unexpected error, and exit with `ExitCode.BUG`."""
    sys.__excepthook__(kind, error, traceback)
    click.echo(
        "This is a bug in dsql-tui. Please report it with the lines above and what"
        " dsql-tui bug-report prints.",
        err=True,
    )
    raise SystemExit(ExitCode.BUG)


def leave_no_core() -> None:
    """Disable core files, which would contain tokens and keys."""
    try:
        import resource
    except ImportError:  # Windows writes none
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
