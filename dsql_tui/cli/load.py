"""`dsql-tui load`: a CSV, TSV, JSON Lines or Parquet file into a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.sessions import reach, require_writable
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, redraw_line
from dsql_tui.errors import DsqlTuiError
from dsql_tui.files.atomic import real_path
from dsql_tui.files.lock import hold
from dsql_tui.load import manifest, rejects
from dsql_tui.load.batches import BATCH_ROWS
from dsql_tui.load.csv_rows import COMMA, parse_names
from dsql_tui.load.run import SESSIONS, LoadPlan, LoadProgress, load
from dsql_tui.load.source import Dialect, FileKind, SourceFile, open_source
from dsql_tui.load.target import find_target
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.span import countdown
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS

_BAR = 24


@click.command("load")
@click.argument("cluster")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--table", required=True, help="Table to load, as in SQL: schema.table.")
@click.option(
    "--format",
    "kind",
    type=click.Choice([each.value for each in FileKind]),
    help="What the file holds; by default its suffix says.",
)
@click.option(
    "--columns",
    help="Columns of a CSV or TSV without a header line, by commas; of other files, those to load.",
)
@click.option(
    "--null",
    "nulls",
    multiple=True,
    help="NULL as a CSV or TSV spells it, quotes included; may be repeated. By default nothing at "
    "all in CSV, \\N in TSV.",
)
@click.option(
    "--delimiter",
    default=COMMA,
    help="What separates the fields of a CSV: a character, or tab. By default a comma.",
)
@click.option("--sessions", default=SESSIONS, show_default=True, help="Sessions in parallel.")
@click.option(
    "--batch-rows",
    default=BATCH_ROWS,
    show_default=True,
    help=f"Rows of a transaction, at most {TRANSACTION_ROWS}.",
)
@click.option("--skip-present", is_flag=True, help="Leave rows whose key is there as they are.")
@click.option(
    "--manifest",
    "manifest_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Where to note what is stored; by default FILE{manifest.SUFFIX}.",
)
@click.option("--restart", is_flag=True, help="Forget the manifest and load from the beginning.")
@click.option(
    "--when-unknown",
    type=click.Choice([known.value for known in WhenUnknown]),
    default=WhenUnknown.ASK.value,
    show_default=True,
    help="Batches without the primary key that an earlier run may have stored: stop, store again, "
    "skip.",
)
@click.option(
    "--stored",
    type=click.IntRange(min=1),
    multiple=True,
    help="Number of such a batch that is in the table; may be repeated.",
)
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@allow_writes_option
@target_options
def command(
    cluster: str,
    file: Path,
    table: str,
    kind: str | None,
    columns: str | None,
    nulls: tuple[str, ...],
    delimiter: str,
    sessions: int,
    batch_rows: int,
    skip_present: bool,
    manifest_path: Path | None,
    restart: bool,
    when_unknown: str,
    stored: tuple[int, ...],
    role: str,
    target: Target,
) -> int:
    """Load FILE into a table of CLUSTER, in transactions of a few thousand rows.

    Not atomic: what is stored is noted in a manifest, and the same command goes on where it was
    stopped. Rows that the table refuses go to a side file with the reason.
    """
    noted = manifest_path or manifest.path_for(file)
    names = parse_names(columns) if columns else ()
    dialect = Dialect(names, nulls, "\t" if delimiter == "tab" else delimiter)
    plan = LoadPlan(
        sessions,
        batch_rows,
        skip_present=skip_present,
        when_unknown=WhenUnknown(when_unknown),
        stored=frozenset(stored),
    )
    plan.check()
    with hold(noted, "dsql-tui load", remedy="Name a manifest elsewhere with --manifest."):
        source = open_source(file, kind=FileKind(kind) if kind else None, dialect=dialect)
        with profile_of(target) as profile:
            reached = reach(profile, target, cluster, role)
            require_writable([reached.cluster], target, "load writes")
            with closing(reached.connect()) as session:
                into = find_target(session, table, source.columns, may_lack=source.own_keys)
            source = source.into(into.columns, into.documents)
            if not source.columns:
                echo_line(f"{file} holds no rows: nothing to load.", err=True)
                return ExitCode.OK
            kept = manifest.open_manifest(
                noted, _header(source, reached.cluster, table, plan), restart=restart
            )
            path = rejects.path_for(manifest_path or real_path(file))
            side = rejects.RejectsFile(path, source.columns, append=kept.resumed)
            with closing(kept), closing(side):
                return _run(load(source, into, plan, kept, reached.connect, side.add), kept, side)


def _run(steps: Iterator[LoadProgress], kept: manifest.Manifest, side: rejects.RejectsFile) -> int:
    if kept.state.finished:
        click.echo("This file is loaded already; --restart loads it again.", err=True)
        return ExitCode.OK
    if kept.state.done:
        echo_line(f"Going on after {kept.state.rows:,} rows.", err=True)
    if kept.state.in_doubt:
        numbers = ", ".join(map(str, sorted(kept.state.in_doubt)))
        echo_line(f"In doubt, because an earlier run did not see their end: {numbers}.", err=True)
    try:
        return _follow(steps, side)
    except DsqlTuiError:
        if kept.state.rows:
            echo_line(f"{kept.state.rows:,} rows are stored.", err=True)
        raise


def _follow(steps: Iterator[LoadProgress], side: rejects.RejectsFile) -> int:
    """Tell how it goes; return the exit code: rows that were set aside are not success."""
    code: int = ExitCode.OK
    at: LoadProgress | None = None
    try:
        for at in steps:
            redraw_line(_bar(at))
    except KeyboardInterrupt:
        click.echo("\nStopping after the transactions under way …", err=True)
        code = INTERRUPTION.exit_code
    finally:
        steps.close()  # type: ignore[attr-defined]  # a generator; keeps the manifest true
    if at is None:
        return code
    if sys.stderr.isatty():
        click.echo("", err=True)
    skipped = f", {at.skipped:,} were present" if at.skipped else ""
    retries = f", {at.retries:,} transactions repeated" if at.retries else ""
    echo_line(
        f"{at.rows:,} rows stored{skipped}{retries} in {at.elapsed_s:.1f} s "
        f"({at.rows_per_s:,.0f} rows/s).",
        err=True,
    )
    if at.bad:
        echo_line(f"{at.bad:,} rows were set aside in {side.path}.", err=True)
        code = code or ExitCode.STATEMENT_FAILED
    if not at.finished:
        click.echo("The same command goes on from here.", err=True)
    return code


def _bar(at: LoadProgress) -> str:
    share = at.bytes_read / at.bytes_total if at.bytes_total else 1.0
    full = round(share * _BAR)
    left = f"  {countdown(timedelta(seconds=at.left_s))} left" if at.left_s is not None else ""
    bad = f"  {at.bad:,} bad" if at.bad else ""
    return (
        f"{'█' * full}{'░' * (_BAR - full)} {share:4.0%}  {at.rows:,} rows  "
        f"{at.rows_per_s:,.0f}/s{bad}{left}   "
    )


def _header(source: SourceFile, cluster: Cluster, table: str, plan: LoadPlan) -> manifest.Header:
    stat = source.path.stat()
    return manifest.Header(
        file=source.path.name,
        size_bytes=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        cluster=cluster.identifier,
        table=table,
        columns=source.columns,
        rows_max=plan.rows_max,
        bytes_max=plan.bytes_max,
        spelling=source.spelling,
    )
