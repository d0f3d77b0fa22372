"""`dsql-tui load`: load a CSV, TSV, JSON Lines or Parquet file into a table."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.lazy import NoticingCommand, Renamed
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, end_progress, narrate, redraw_line
from dsql_tui.cli.shared.values.checked import refused_as_usage
from dsql_tui.cli.shared.values.options import cluster_argument, role_option, when_unknown_option
from dsql_tui.cli.shared.values.types import (
    COLUMNS,
    DELIMITER,
    FILE,
    FILE_OR_STDIN,
    NULL_TEXT,
    TABLE,
    WholeNumber,
)
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.files.atomic import real_path
from dsql_tui.files.lock import hold
from dsql_tui.load import manifest, rejects
from dsql_tui.load.batches import BATCH_ROWS
from dsql_tui.load.csv_rows import COMMA
from dsql_tui.load.run import SESSIONS, SESSIONS_MAX, LoadPlan, LoadProgress, load
from dsql_tui.load.source import Dialect, FileKind, SourceFile, kind_of, open_source
from dsql_tui.load.target import find_target
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.span import countdown
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS
from dsql_tui.sql.text.sql_files import STANDARD_INPUT

_BAR = 24
_COPY_BYTES = 1024 * 1024


@click.command("load", cls=NoticingCommand)
@cluster_argument(required=True)
@click.argument("file", type=FILE_OR_STDIN)
@click.option(
    "--table",
    required=True,
    type=TABLE,
    metavar="TABLE",
    help="Table to load into, as in SQL: schema.table.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice([each.value for each in FileKind]),
    help="Format of the file.  [default: by its suffix]",
)
@click.option(
    "--columns",
    type=COLUMNS,
    metavar="COLUMNS",
    help="Columns, separated by commas: of a CSV or TSV file without a header line, or those to"
    " load from another file.",
)
@click.option(
    "--null",
    "nulls",
    multiple=True,
    type=NULL_TEXT,
    metavar="TEXT",
    help="Text that means NULL in a CSV or TSV file, quotes included; may be repeated."
    "  [default: an empty field without quotes in CSV, \\N in TSV]",
)
@click.option(
    "--delimiter",
    default=COMMA,
    type=DELIMITER,
    metavar="CHARACTER",
    help="Character that separates the fields of a CSV file, or the word tab.  [default: a comma]",
)
@click.option(
    "--sessions",
    default=SESSIONS,
    show_default=True,
    type=WholeNumber(1, SESSIONS_MAX),
    metavar="NUMBER",
    help="Parallel sessions.",
)
@click.option(
    "--batch-rows",
    default=BATCH_ROWS,
    show_default=True,
    type=WholeNumber(1, TRANSACTION_ROWS, "rows"),
    metavar="ROWS",
    help="Rows in a transaction.",
)
@click.option(
    "--skip-existing",
    "skip_present",
    is_flag=True,
    help="Leave rows unchanged whose key is in the table.",
)
@click.option("--skip-present", "skip_present", is_flag=True, cls=Renamed, now="--skip-existing")
@click.option(
    "--manifest",
    "manifest_path",
    type=FILE,
    metavar="FILE",
    help=f"File that stores which batches are loaded.  [default: FILE{manifest.SUFFIX}]",
)
@click.option("--restart", is_flag=True, help="Ignore the manifest and load from the beginning.")
@when_unknown_option(
    "For batches that an earlier run may have stored, without a primary key: stop, store them"
    " again, or skip them."
)
@click.option(
    "--stored",
    type=WholeNumber(1, 1_000_000_000),
    multiple=True,
    metavar="NUMBER",
    help="Number of such a batch that is stored in the table; may be repeated.",
)
@role_option()
@allow_writes_option
@target_options
def command(
    cluster: str,
    file: Path,
    table: str,
    kind: str | None,
    columns: tuple[str, ...] | None,
    nulls: tuple[str, ...],
    delimiter: str,
    sessions: int,
    batch_rows: int,
    skip_present: bool,
    manifest_path: Path | None,
    restart: bool,
    when_unknown: str,
    stored: tuple[int, ...],
    role: str | None,
    target: Target,
) -> int:
    """Load FILE into a table of CLUSTER; - is standard input.

    CSV, TSV and JSON may be compressed with gzip.

    Rows are stored in many small transactions, so the load as a whole is not atomic. A manifest
    stores which batches are committed, and the same command resumes there. Rows that the table
    refuses are written to a file beside it, with the reason. Standard input needs --format, and
    resumes only with --manifest.

    Examples:
      dsql-tui load shop orders.csv --table orders
      zstdcat orders.jsonl.zst | dsql-tui load shop - --table orders --format jsonl
    """
    dialect = Dialect(columns or (), nulls, delimiter)
    plan = LoadPlan(
        sessions,
        batch_rows,
        skip_present=skip_present,
        when_unknown=WhenUnknown(when_unknown),
        stored=frozenset(stored),
    )
    plan.check()
    if file == STANDARD_INPUT and kind is None:
        raise click.UsageError("Standard input needs --format.")
    chosen = FileKind(kind) if kind else kind_of(file)
    with refused_as_usage():
        dialect.check(chosen)
    with (
        _input(file, manifest_path) as paths,
        hold(paths.manifest, "dsql-tui load", remedy="Name another one with --manifest."),
    ):
        source = open_source(paths.path, kind=chosen, dialect=dialect)
        with profile_of(target) as profile:
            reached = reach(profile, target, cluster, role)
            reached.require_writable("load writes")
            with closing(reached.connect()) as session:
                into = find_target(session, table, source.columns, may_lack=source.own_keys)
            source = source.into(into.columns, into.documents)
            if not source.columns:
                narrate(f"{file} holds no rows: nothing to load.")
                return ExitCode.OK
            load_manifest = manifest.open_manifest(
                paths.manifest,
                _header(source, reached.cluster, table, plan),
                restart=restart,
            )
            side = rejects.RejectsFile(paths.rejects, source.columns, append=load_manifest.resumed)
            with closing(load_manifest), closing(side):
                return _run(
                    load(source, into, plan, load_manifest, reached.connect, side.add),
                    load_manifest,
                    side,
                )


class _Given(NamedTuple):
    """The file to load, and the files that belong to the load."""

    path: Path
    manifest: Path
    rejects: Path


@contextmanager
def _input(file: Path, noted: Path | None) -> Iterator[_Given]:
    """Yield the file to load; standard input is copied into a temporary one.

    The name of the copy says what is in it, so that a manifest is resumed with the same rows only.

    Raises:
        InputError: Standard input cannot be read.
    """
    if file != STANDARD_INPUT:
        _require_file(file)
        yield _Given(
            file,
            noted or manifest.path_for(file),
            rejects.path_for(noted or real_path(file)),
        )
        return
    with tempfile.TemporaryDirectory(prefix="dsql-tui-") as folder:
        draft = Path(folder, "stdin")
        digest = hashlib.sha256()
        try:
            with draft.open("xb") as copy:
                while data := sys.stdin.buffer.read(_COPY_BYTES):
                    digest.update(data)
                    copy.write(data)
        except OSError as error:
            raise InputError(f"Standard input cannot be read: {error.strerror}.") from None
        path = draft.rename(draft.with_name(f"stdin-{digest.hexdigest()[:16]}"))
        os.utime(path, ns=(0, 0))
        side = rejects.path_for(noted or _unused(Path("stdin")))
        yield _Given(path, noted or manifest.path_for(path), side)


def _require_file(file: Path) -> None:
    """Check that there is a file, before anything is written beside it.

    Raises:
        InputError: There is none.
    """
    try:
        is_folder = stat.S_ISDIR(file.stat().st_mode)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    if is_folder:
        raise InputError(f"{file} is a folder.")


def _unused(stem: Path) -> Path:
    """Return a name in this folder beside which no rejected rows are yet."""
    numbered = (stem, *(Path(f"{stem}-{number}") for number in range(2, 1_000)))
    return next((each for each in numbered if not rejects.path_for(each).exists()), stem)


def _run(
    steps: Iterator[LoadProgress], load_manifest: manifest.Manifest, side: rejects.RejectsFile
) -> int:
    if load_manifest.state.finished:
        narrate("This file is already loaded; --restart loads it again.")
        return ExitCode.OK
    if load_manifest.state.done:
        narrate(f"Resuming after {load_manifest.state.rows:,} rows.")
    if load_manifest.state.in_doubt:
        numbers = ", ".join(map(str, sorted(load_manifest.state.in_doubt)))
        echo_line(f"Batches of an earlier run with an unknown outcome: {numbers}.", err=True)
    try:
        return _follow(steps, side)
    except DsqlTuiError:
        if load_manifest.state.rows:
            echo_line(f"{load_manifest.state.rows:,} rows are stored.", err=True)
        raise


def _follow(steps: Iterator[LoadProgress], side: rejects.RejectsFile) -> int:
    """Draw the progress and return the exit code, which is not 0 if rows were rejected."""
    code: int = ExitCode.OK
    at: LoadProgress | None = None
    try:
        for at in steps:
            redraw_line(_bar(at))
    except KeyboardInterrupt:
        end_progress()
        narrate("Stopping after the current transactions …")
        code = INTERRUPTION.exit_code
    finally:
        steps.close()  # type: ignore[attr-defined]  # a generator; keeps the manifest true
    if at is None:
        return code
    end_progress()
    skipped = f", {at.skipped:,} were present" if at.skipped else ""
    retries = f", {at.retries:,} transactions retried" if at.retries else ""
    narrate(
        f"{at.rows:,} rows stored{skipped}{retries} in {at.elapsed_s:.1f} s "
        f"({at.rows_per_s:,.0f} rows/s)."
    )
    if at.bad:
        echo_line(f"{at.bad:,} rows were rejected (saved in {side.path}).", err=True)
        code = code or ExitCode.PARTIAL
    if not at.finished:
        narrate("Run the same command to resume.")
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
