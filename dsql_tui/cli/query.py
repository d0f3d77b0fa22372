"""`dsql-tui query`: the console's way of a query with a writer at its end.

stdout is data: the rows of every result set. stderr is narration: command tags, notices, timings.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from dsql_tui.cli.shared.results import ResultWriter
from dsql_tui.cli.shared.sources import Given, SourcesCommand, read_sources, source_options
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.export.formats import DEFAULT_TABLE, ExportOptions, Format
from dsql_tui.model.endpoint import ADMIN_ROLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsql_tui.cli.shared.sessions import Reached
    from dsql_tui.sql.statements.sources import SourceStatement

_DELIMITED = frozenset({Format.CSV, Format.TSV})
_OPTIONS_OF = {
    "table": frozenset({Format.INSERT}),
    "no_header": _DELIMITED,
    "guard_formulas": _DELIMITED,
}
"""Formats that heed an option; with any other one it would be dropped unseen."""


@click.command("query", cls=SourcesCommand)
@click.argument("cluster", required=False)
@source_options
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@click.option(
    "--format",
    "chosen",
    type=click.Choice([known.value for known in Format]),
    callback=lambda _context, _option, value: Format(value),
    default=Format.TABLE.value,
    show_default=True,
    help="How rows are written.",
)
@click.option(
    "--table",
    default=DEFAULT_TABLE,
    show_default=True,
    help="Table named by --format insert.",
)
@click.option("--no-header", is_flag=True, help="CSV and TSV without column names.")
@click.option(
    "--guard-formulas",
    is_flag=True,
    help="In CSV and TSV, put ' before text that a spreadsheet would run.",
)
@click.option(
    "--script",
    "as_script",
    is_flag=True,
    help="Run one file of -f as `dsql-tui script` does: a migration that can be resumed.",
)
@allow_writes_option
@click.option("-q", "--quiet", is_flag=True, help="No narration on stderr but errors.")
@target_options
def command(
    cluster: str | None,
    given: tuple[Given, ...],
    role: str,
    chosen: Format,
    table: str,
    no_header: bool,
    guard_formulas: bool,
    as_script: bool,
    quiet: bool,
    target: Target,
) -> int:
    """Run SQL on CLUSTER and print the rows.

    -c and -f run in the order given, each by itself, in one session. Statements run one by one,
    each in its own transaction unless the SQL says BEGIN; the first that fails ends the run. One
    that loses a conflict is retried (settings retry.*), unless rows of it were written. All files
    are read, and all that can be known is checked, before the first statement is sent. With
    --local, CLUSTER may be left out and is `shop`.
    """
    if as_script:
        return _run_script(given, cluster, role, target)
    _refuse_idle_options(chosen)
    sources = read_sources(given)
    # Imported here: asking for help is not to wait for the driver.
    from dsql_tui.cli.shared.sessions import reach
    from dsql_tui.cli.shared.statements import StatementRunner
    from dsql_tui.pg.retry import RetryPolicy
    from dsql_tui.sql.dsql.discipline import Discipline
    from dsql_tui.sql.statements.classify import classify
    from dsql_tui.sql.statements.sources import statements_of

    statements = statements_of(sources)
    options = ExportOptions(header=not no_header, table=table, guard_formulas=guard_formulas)
    writer = ResultWriter(chosen, options)
    writer.check()
    if not chosen.is_text:
        writer.check_results([classify(statement.text) for statement in statements])
    with profile_of(target) as profile:
        reached = reach(profile, target, cluster, role)
        read_only = reached.is_protected and not target.allow_writes
        if read_only:
            _refuse_writes(statements, reached)
        with closing(reached.connect()) as session:
            config = target.config
            runner = StatementRunner(
                session,
                writer,
                Discipline(read_only=read_only),
                RetryPolicy(config.retry_attempts, config.retry_base_ms, config.retry_cap_ms),
                quiet=quiet,
            )
            return runner.run(statements)


def _refuse_idle_options(chosen: Format) -> None:
    """Refuse options that the format would not heed.

    Raises:
        click.UsageError: Names the option and the formats that do.
    """
    context = click.get_current_context()
    for name, formats in _OPTIONS_OF.items():
        given = context.get_parameter_source(name)
        if given is not click.core.ParameterSource.DEFAULT and chosen not in formats:
            listed = " or ".join(sorted(each.value for each in formats))
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --format {listed}.")


def _refuse_writes(statements: Sequence[SourceStatement], reached: Reached) -> None:
    """Refuse all statements if one of them may write.

    Raises:
        ClusterReadOnly: Names the first.
    """
    from dsql_tui.cli.shared.sessions import read_only_error
    from dsql_tui.sql.dsql.discipline import reason_it_writes
    from dsql_tui.sql.statements.classify import classify

    for statement in statements:
        reason = reason_it_writes(classify(statement.text), statement.text)
        if reason:
            raise read_only_error(reached.cluster, f"{statement.place()}: {reason}")


def _run_script(given: Sequence[Given], cluster: str | None, role: str, target: Target) -> int:
    from dsql_tui.cli.shared.script_run import run_file
    from dsql_tui.sql.text.sql_files import STANDARD_INPUT

    path = given[0].path if len(given) == 1 else None
    if path is None or path == STANDARD_INPUT:
        raise click.UsageError("--script runs one file: its checkpoint is kept beside it.")
    return run_file(path, cluster, role, target)
