"""`dsql-tui dump`: write the definitions and the rows of a database into a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from dsql_tui.cli.shared.confirm import ask
from dsql_tui.cli.shared.definition_sources import (
    check_selection,
    exclude_option,
    no_privileges_option,
    report_notes,
    selection_of,
)
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.sessions import Reached, reach
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, end_progress, narrate, redraw_line
from dsql_tui.cli.shared.values.options import cluster_argument, role_option, yes_option
from dsql_tui.cli.shared.values.types import FOLDER, SCHEMA, TABLE, WholeNumber
from dsql_tui.dump.estimate import estimated_rows, reading_cost
from dsql_tui.dump.folder import begin_dump, digests_of, sequences_of, tables_of
from dsql_tui.dump.manifest import DumpedTable, DumpHeader, DumpManifest
from dsql_tui.dump.run import JOBS, JOBS_MAX, DumpPlan, DumpProgress, dump_rows
from dsql_tui.dump.stages import scripts_of
from dsql_tui.files.lock import hold
from dsql_tui.model.span import count, countdown
from dsql_tui.pg.session import Session
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.read import read_database
from dsql_tui.sql.dsql.explain import dollars
from dsql_tui.sql.dsql.limits import TRANSACTION_AGE_S


@click.command("dump")
@cluster_argument()
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=FOLDER,
    metavar="FOLDER",
    help="Folder to write to; it is created, readable by you alone.",
)
@click.option(
    "--schema",
    "schemas",
    multiple=True,
    type=SCHEMA,
    metavar="SCHEMA",
    help="Only this schema; may be repeated.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=TABLE,
    metavar="TABLE",
    help="Only this table, view or sequence; may be repeated.",
)
@exclude_option
@click.option("--schema-only", is_flag=True, help="Only definitions, no rows.")
@click.option("--data-only", is_flag=True, help="Only rows, no definitions.")
@no_privileges_option
@click.option(
    "--jobs",
    default=JOBS,
    show_default=True,
    type=WholeNumber(1, JOBS_MAX),
    metavar="NUMBER",
    help="Tables read at the same time.",
)
@click.option(
    "--single-snapshot",
    is_flag=True,
    help=f"Read all rows in one transaction of at most {TRANSACTION_AGE_S // 60} minutes, so that"
    " they are of one point in time. It cannot be resumed.",
)
@yes_option("Do not ask before rows of a cluster that safety.read_only protects are read.")
@role_option("Database role to read as.")
@target_options
def command(
    cluster: str | None,
    folder: Path,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    exclude: tuple[str, ...],
    schema_only: bool,
    data_only: bool,
    no_privileges: bool,
    jobs: int,
    single_snapshot: bool,
    yes: bool,
    role: str | None,
    target: Target,
) -> int:
    """Write the definitions and the rows of CLUSTER into a folder, for dsql-tui restore.

    Each table is read in ranges of its primary key, each range in a transaction of its own, so
    tables and ranges are of different points in time. A dump that was stopped resumes when the same
    command runs again. A table without a primary key is read by one statement.

    Examples:
      dsql-tui dump shop -o shop-dump
      dsql-tui dump shop -o orders --table orders --table customers --single-snapshot
    """
    if schema_only and data_only:
        raise click.UsageError("--schema-only and --data-only exclude each other.")
    with_access = not (no_privileges or data_only)
    selection = selection_of(schemas, tables, with_access=with_access, exclude=exclude)
    choices = f"{selection!r}, schema only {schema_only}, data only {data_only}"
    with (
        hold(folder, "dsql-tui dump", remedy="Name another folder with -o."),
        profile_of(target) as profile,
    ):
        reached = reach(profile, target, cluster, role)
        database = _definitions(reached, selection)
        files = {} if data_only else scripts_of(database)
        header = DumpHeader(
            cluster=reached.cluster.arn,
            began_at=datetime.now(UTC).isoformat(timespec="seconds"),
            choices=choices,
            is_snapshot=single_snapshot,
            files=digests_of(files),
            tables=() if schema_only else tables_of(database),
            sequences=() if schema_only else sequences_of(database),
        )
        with closing(begin_dump(folder, files, header)) as manifest:
            return _dump(folder, manifest, reached, target, jobs=jobs, yes=yes)


def _definitions(reached: Reached, selection: Selection) -> Database:
    with closing(reached.connect()) as session:
        database = read_database(session, selection)
    report_notes(database)
    check_selection(database, selection)
    return database


def _dump(
    folder: Path,
    manifest: DumpManifest,
    reached: Reached,
    target: Target,
    *,
    jobs: int,
    yes: bool,
) -> int:
    tables = manifest.header.tables
    _say_limits(manifest)
    if manifest.rows:
        narrate(f"Resuming after {manifest.rows:,} rows.")
    with closing(reached.connect()) as session:
        estimate = estimated_rows(session, tables)
        if tables and not yes:
            _ask(session, reached, target, tables, estimate)
    plan = DumpPlan(jobs=jobs, estimate=sum(estimate.values()))
    with INTERRUPTION.cancelling() as stop:
        at = _follow(dump_rows(folder, manifest, reached.connect, plan, stop))
    if not at.is_finished:
        narrate(f"Stopped after {at.rows:,} rows. Run the same command to resume.")
        return INTERRUPTION.exit_code
    narrate(
        f"{at.rows:,} rows of {count(at.tables_total, 'table')} in {folder},"
        f" {at.size_bytes / 1024**2:,.1f} MiB, in {at.elapsed_s:.1f} s"
        f" ({at.rows_per_s:,.0f} rows/s)."
    )
    return ExitCode.OK


def _ask(
    session: Session,
    reached: Reached,
    target: Target,
    tables: Sequence[DumpedTable],
    estimate: Mapping[int, int],
) -> None:
    """Ask before rows of a protected cluster are read, with what that costs.

    Raises:
        NotConfirmed: The answer is no, or nobody can be asked.
    """
    cluster = reached.cluster
    config = target.config.for_cluster(cluster)
    if not config.opens_read_only:
        return
    cost = reading_cost(session, tables, estimate)
    spent = "an unknown number of DPU"
    if cost.dpu is not None:
        spent = f"about {cost.dpu:,.0f} DPU (${dollars(cost.dpu, config.dpu_price):,.2f})"
    echo_line(
        f"{cluster.name} is protected by safety.read_only. Reading about {cost.rows:,} rows of"
        f" {count(len(tables), 'table')} costs {spent}.",
        err=True,
    )
    ask(f"Read them from {cluster.name} in {cluster.region}?")


def _say_limits(manifest: DumpManifest) -> None:
    """Report what is special about the dump before rows are read."""
    tables = manifest.header.tables
    if manifest.header.is_snapshot and tables:
        narrate(f"All rows are read in one transaction, which ends after {TRANSACTION_AGE_S} s.")
        return
    for table in tables:
        if not table.key and not manifest.tables[table.number].is_complete:
            narrate(_keyless(table))


def _keyless(table: DumpedTable) -> str:
    return (
        f"{table.label} has no primary key: it is read by one statement of at most"
        f" {TRANSACTION_AGE_S} s, which cannot be resumed."
    )


def _follow(steps: Iterator[DumpProgress]) -> DumpProgress:
    """Draw the progress and return the last one."""
    at = DumpProgress(0, 0, 0, 0, 0, 0, None)
    try:
        for at in steps:
            left = f"  {countdown(timedelta(seconds=at.left_s))} left" if at.left_s else ""
            redraw_line(
                f"{at.tables}/{at.tables_total} tables  {at.rows:,} rows"
                f"  {at.rows_per_s:,.0f}/s{left}   "
            )
    finally:
        end_progress()
    return at
