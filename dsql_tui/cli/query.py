"""`dsql-tui query`: run SQL and write the rows in a format.

stdout is data: the rows of every result set. stderr is narration: command tags, notices, timings.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.query.results import ResultWriter
from dsql_tui.cli.shared.sources import Given, SourcesCommand, given_sources, source_options
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.values.options import (
    cluster_argument,
    role_option,
    variable_option,
    yes_option,
)
from dsql_tui.cli.shared.values.result_format import format_options
from dsql_tui.cli.shared.values.types import INTERVAL
from dsql_tui.export.formats import ExportOptions, Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsql_tui.sql.statements.sources import SourceStatement


@click.command("query", cls=SourcesCommand)
@cluster_argument()
@source_options
@variable_option()
@role_option()
@format_options
@click.option(
    "--script",
    "as_script",
    is_flag=True,
    help="Run the file of -f as `dsql-tui script` does: a migration that can be resumed.",
)
@yes_option("With --script: do not ask about destructive statements.")
@click.option(
    "--watch",
    "interval_s",
    type=INTERVAL,
    metavar="INTERVAL",
    help="Run the statements again every INTERVAL, until ctrl+c; they may only read.",
)
@allow_writes_option
@output_option
@target_options
def command(
    cluster: str | None,
    given: tuple[Given, ...],
    variables: dict[str, str],
    role: str | None,
    file_format: Format,
    options: ExportOptions,
    as_script: bool,
    yes: bool,
    interval_s: float | None,
    target: Target,
) -> int:
    """Run SQL on CLUSTER and print the rows.

    -c and -f run in the order given, in one session, each statement in its own transaction unless
    the SQL says BEGIN. The first statement that fails ends the run; one that loses a conflict is
    retried (settings retry.*), unless some of its rows were written. All files are read and checked
    before the first statement is sent.

    Examples:
      dsql-tui query shop -c 'select * from orders limit 10'
      dsql-tui query --local -f report.sql --csv -o report.csv
      dsql-tui query shop --watch 5s -c 'select count(*) from orders'
      dsql-tui query shop -At -v id=42 -c 'select name from customers where id = :id'
    """
    if as_script and interval_s is not None:
        raise click.UsageError("--script and --watch exclude each other.")
    if as_script:
        return _run_script(given, variables, cluster, role, target, yes=yes)
    if yes:
        raise click.UsageError("--yes needs --script.")
    # Imported here: --help need not wait for the driver.
    from dsql_tui.cli.shared.query.psql_steps import (
        SourceReader,
        WatchStep,
        plan_steps,
        statements_in,
        watch_steps,
    )
    from dsql_tui.cli.shared.query.statements import StatementRunner
    from dsql_tui.cli.shared.sessions import reach
    from dsql_tui.pg.renewing import RenewingSession
    from dsql_tui.pg.retry import RetryPolicy
    from dsql_tui.sql.dsql.discipline import Discipline
    from dsql_tui.sql.psql.watch import Watch
    from dsql_tui.sql.statements.classify import classify

    reader = SourceReader(dict(variables))
    sources = [reader.read(source, folder) for source, folder in given_sources(given)]
    writer = ResultWriter(file_format, options)
    steps = plan_steps(sources, writer)
    if interval_s is not None:
        steps = [watch_steps(steps, Watch(interval_s))]
    statements = statements_in(steps)
    writer.check()
    if file_format.holds_one_result:
        writer.check_results([classify(statement.text) for statement in statements])
        writer.check_watched(is_watched=any(isinstance(each, WatchStep) for each in steps))
    with profile_of(target) as profile:
        reached = reach(profile, target, cluster, role)
        if (write := _first_write(statements)) is not None:
            reached.require_writable(write)
        with closing(RenewingSession(reached.connect)) as sessions:
            discipline = Discipline(read_only=write is None and reached.may_be_protected)
            config = target.config
            retries = RetryPolicy(config.retry_attempts, config.retry_base_ms, config.retry_cap_ms)
            runner = StatementRunner(
                sessions.fit, writer, discipline, retries, million_dpu=config.dpu_price
            )
            return runner.run(steps)


def _first_write(statements: Sequence[SourceStatement]) -> str | None:
    """Return the place of the first statement that may write, and why it may."""
    from dsql_tui.sql.dsql.discipline import reason_it_writes
    from dsql_tui.sql.statements.classify import classify

    for statement in statements:
        reason = reason_it_writes(classify(statement.text), statement.text)
        if reason:
            return f"{statement.place()}: {reason}"
    return None


def _run_script(
    given: Sequence[Given],
    variables: dict[str, str],
    cluster: str | None,
    role: str | None,
    target: Target,
    *,
    yes: bool,
) -> int:
    from dsql_tui.cli.shared.script_run import run_file
    from dsql_tui.sql.text.sql_files import STANDARD_INPUT

    path = given[0].path if len(given) == 1 else None
    if path is None or path == STANDARD_INPUT:
        raise click.UsageError(
            "--script runs one file, because its checkpoint is saved next to it."
        )
    return run_file(path, cluster, role, target, variables=variables, yes=yes)
