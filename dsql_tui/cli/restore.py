"""`dsql-tui restore`: make a dump's definitions on a cluster and load its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from dsql_tui.cli.shared.definition_sources import no_privileges_option
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.script_run import print_event, run_file
from dsql_tui.cli.shared.sessions import Reached, reach
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, end_progress, narrate, redraw_line
from dsql_tui.cli.shared.values.options import cluster_argument, role_option, when_unknown_option
from dsql_tui.cli.shared.values.types import FOLDER, WholeNumber
from dsql_tui.dump.folder import check_rows, open_dump
from dsql_tui.dump.foreign_keys import add_foreign_keys, unvalidated
from dsql_tui.dump.load import RestoreProgress, RowsRestore
from dsql_tui.dump.manifest import DumpManifest
from dsql_tui.dump.restore_state import RestoreState, RestoreStep, hold_restore
from dsql_tui.dump.sequences import continue_numbers
from dsql_tui.dump.stages import AFTER_ROWS, BEFORE_ROWS, FOREIGN_KEYS, PRIVILEGES, ROLES
from dsql_tui.dump.target_checks import check_absent, check_empty, order_of_loading
from dsql_tui.dump.verify import compare_rows
from dsql_tui.errors import InputError
from dsql_tui.load import rejects
from dsql_tui.load.run import SESSIONS, SESSIONS_MAX, LoadPlan
from dsql_tui.model.span import count, countdown
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.scripts.checkpoint import checkpoint_path
from dsql_tui.sql.dsql.script_plan import plan_script
from dsql_tui.sql.text.sql_files import read_sql


@click.command("restore")
@click.argument("folder", type=FOLDER)
@cluster_argument()
@click.option("--schema-only", is_flag=True, help="Only definitions, no rows.")
@click.option("--data-only", is_flag=True, help="Only rows, into empty tables that exist.")
@no_privileges_option
@click.option(
    "--jobs",
    default=SESSIONS,
    show_default=True,
    type=WholeNumber(1, SESSIONS_MAX),
    metavar="NUMBER",
    help="Parallel sessions.",
)
@when_unknown_option(
    "What to do with a statement whose outcome is unknown: stop, run it again, or skip it."
)
@role_option()
@allow_writes_option
@target_options
def command(
    folder: Path,
    cluster: str | None,
    schema_only: bool,
    data_only: bool,
    no_privileges: bool,
    jobs: int,
    when_unknown: str,
    role: str | None,
    target: Target,
) -> int:
    """Make the definitions of a dump on CLUSTER, and load its rows.

    Files are checked against their checksums before anything is changed. Rows are loaded in small
    transactions in parallel; then sequences, indexes, foreign keys and privileges follow, and every
    row is read again and compared with the dump. A restore that was stopped resumes when the same
    command runs again.

    Examples:
      dsql-tui restore shop-dump staging
      dsql-tui restore shop-dump staging --schema-only
    """
    if schema_only and data_only:
        raise click.UsageError("--schema-only and --data-only exclude each other.")
    with profile_of(target) as profile, closing(open_dump(folder)) as manifest:
        _check_contents(folder, manifest, schema_only=schema_only, data_only=data_only)
        reached = reach(profile, target, cluster, role)
        reached.require_writable("restore writes")
        with hold_restore(folder, reached.cluster.identifier) as state_folder:
            choices = f"{schema_only=} {data_only=} {no_privileges=}"
            state = RestoreState(state_folder, manifest.digest, choices)
            run = _Restore(folder, manifest, reached, target, state, WhenUnknown(when_unknown))
            return run.run(
                run.steps(
                    cluster,
                    role,
                    jobs,
                    definitions=not data_only,
                    rows=not schema_only,
                    privileges=not no_privileges,
                ),
                is_new=not data_only,
            )


def _check_contents(
    folder: Path, manifest: DumpManifest, *, schema_only: bool, data_only: bool
) -> None:
    """Check that a dump has what is asked for, and that its files are as they were dumped.

    Raises:
        InputError: It has not, or one is not.
    """
    if schema_only and not manifest.header.files:
        raise InputError(f"{folder} was dumped with --data-only: it has no definitions.")
    if not data_only and not manifest.header.files:
        raise InputError(
            f"{folder} was dumped with --data-only: it has no definitions.",
            remedy="Add --data-only to load its rows into tables that exist.",
        )
    if not schema_only:
        check_rows(folder, manifest)


Step = tuple[RestoreStep, Callable[[], int]]


class _Restore:
    """One restore of a dump into a cluster."""

    def __init__(
        self,
        folder: Path,
        manifest: DumpManifest,
        reached: Reached,
        target: Target,
        state: RestoreState,
        when_unknown: WhenUnknown,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._reached = reached
        self._target = target
        self._state = state
        self._when_unknown = when_unknown

    def steps(
        self,
        cluster: str | None,
        role: str | None,
        jobs: int,
        *,
        definitions: bool,
        rows: bool,
        privileges: bool,
    ) -> list[Step]:
        """Return the steps in their order."""

        def script(name: str) -> Callable[[], int]:
            return partial(self._script, name, cluster, role)

        listed: list[tuple[bool, RestoreStep, Callable[[], int]]] = [
            (definitions and privileges, RestoreStep.ROLES, script(ROLES)),
            (definitions, RestoreStep.BEFORE_ROWS, script(BEFORE_ROWS)),
            (rows, RestoreStep.ROWS, partial(self._rows, jobs, in_order=not definitions)),
            (rows, RestoreStep.NUMBERS, self._numbers),
            (definitions, RestoreStep.AFTER_ROWS, script(AFTER_ROWS)),
            (definitions, RestoreStep.FOREIGN_KEYS, self._foreign_keys),
            (definitions and privileges, RestoreStep.PRIVILEGES, script(PRIVILEGES)),
            (rows, RestoreStep.COMPARED, partial(self._compare, jobs)),
        ]
        return [(step, work) for is_wanted, step, work in listed if is_wanted]

    def run(self, steps: list[Step], *, is_new: bool) -> int:
        """Run the steps that are not done and return the exit code."""
        if self._state.resumed:
            narrate(f"Resuming the restore that {self._state.folder} has recorded.")
        else:
            with closing(self._reached.connect()) as session:
                check = check_absent if is_new else check_empty
                check(session, self._manifest.header.tables)
            self._state.begin()
        for step, work in steps:
            if self._state.has_done(step):
                continue
            code = work()
            if code != ExitCode.OK:
                return code
            self._state.add(step)
        return self._ended()

    def _script(self, name: str, cluster: str | None, role: str | None) -> int:
        path = self._folder / name
        if not plan_script(read_sql(path)).steps:
            return ExitCode.OK
        return run_file(
            path,
            cluster,
            role,
            self._target,
            variables={},
            checkpoint=self._checkpoint(name),
            when_unknown=self._when_unknown,
            yes=True,  # a dump has no statement that destroys anything
        )

    def _checkpoint(self, name: str) -> Path:
        return checkpoint_path(self._state.folder / name)

    def _rows(self, jobs: int, *, in_order: bool) -> int:
        tables = self._manifest.header.tables
        if in_order:
            with closing(self._reached.connect()) as session:
                tables = tuple(order_of_loading(session, tables))
        restore = RowsRestore(
            self._folder,
            self._state.folder,
            self._manifest,
            self._reached.cluster.identifier,
            self._reached.connect,
            LoadPlan(sessions=jobs),
        )
        code, rejected = _follow(restore.load(tables))
        if rejected:
            echo_line(
                f"{count(rejected, 'row was', 'rows were')} rejected (saved in"
                f" {self._state.folder}/*{rejects.SUFFIX}).",
                err=True,
            )
        return code

    def _numbers(self) -> int:
        with closing(self._reached.connect()) as session:
            for name in continue_numbers(session, self._manifest):
                narrate(f"{name} continues after the highest key.")
        return ExitCode.OK

    def _foreign_keys(self) -> int:
        plan = plan_script(read_sql(self._folder / FOREIGN_KEYS))
        with INTERRUPTION.cancelling() as stop:
            for event in add_foreign_keys(
                plan,
                self._checkpoint(FOREIGN_KEYS),
                self._reached.cluster.arn,
                self._reached.connect,
                when_unknown=self._when_unknown,
                stop=stop,
            ):
                print_event(event)
            return INTERRUPTION.exit_code if stop.is_set() else ExitCode.OK

    def _compare(self, jobs: int) -> int:
        different = 0
        with INTERRUPTION.cancelling() as stop:
            for table in compare_rows(self._manifest, self._reached.connect, jobs, stop):
                if not table.is_equal:
                    different += 1
                    echo_line(
                        f"{table.table.label} has {count(table.rows, 'row')}, the dump"
                        f" {count(table.rows_dumped, 'row')}: they differ.",
                        err=True,
                    )
            if stop.is_set():
                return INTERRUPTION.exit_code
        if different:
            return ExitCode.PARTIAL
        narrate(f"{self._manifest.rows:,} rows compared: counts and checksums are equal.")
        return ExitCode.OK

    def _ended(self) -> int:
        places = tuple((each.schema, each.name) for each in self._manifest.header.tables)
        with closing(self._reached.connect()) as session:
            broken = unvalidated(session, places)
        for name in broken:
            echo_line(f"The foreign key {name} is NOT VALID.", err=True)
        self._state.remove()
        return ExitCode.PARTIAL if broken else ExitCode.OK


def _follow(steps: Iterator[RestoreProgress]) -> tuple[int, int]:
    """Draw the progress and return the exit code and the number of rejected rows."""
    at: RestoreProgress | None = None
    code: int = ExitCode.OK
    try:
        for at in steps:
            redraw_line(_bar(at))
    except KeyboardInterrupt:
        end_progress()
        narrate("Stopping after the current transactions …")
        code = INTERRUPTION.exit_code
    finally:
        steps.close()  # type: ignore[attr-defined]  # a generator; records what is stored
    end_progress()
    if at is not None:
        narrate(
            f"{at.rows:,} of {at.rows_total:,} rows stored in {at.elapsed_s:.1f} s"
            f" ({at.rows_per_s:,.0f} rows/s)."
        )
    if code:
        narrate("Run the same command to resume.")
    return code, at.rejected if at else 0


def _bar(at: RestoreProgress) -> str:
    left = f"  {countdown(timedelta(seconds=at.left_s))} left" if at.left_s is not None else ""
    return (
        f"{at.tables}/{at.tables_total} tables  {at.rows:,} of {at.rows_total:,} rows"
        f"  {at.rows_per_s:,.0f}/s{left}   "
    )
