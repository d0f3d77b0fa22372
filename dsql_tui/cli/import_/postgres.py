"""`dsql-tui import postgres`: bring a PostgreSQL database to a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import click

from dsql_tui.cli.import_.shared.progress import follow_loading, follow_rows
from dsql_tui.cli.import_.shared.report import REPORT_FILE, ImportReport
from dsql_tui.cli.import_.shared.source import check_schemas, opened_source, source_label
from dsql_tui.cli.shared.confirm import ask
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option
from dsql_tui.cli.shared.script_run import run_file
from dsql_tui.cli.shared.sessions import Reached, reach
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.cli.shared.values.options import (
    cluster_argument,
    role_option,
    when_unknown_option,
    yes_option,
)
from dsql_tui.cli.shared.values.types import (
    FOLDER,
    POSTGRES_SOURCE,
    PRECISION,
    SCHEMA,
    WholeNumber,
)
from dsql_tui.errors import InputError
from dsql_tui.files.lock import hold
from dsql_tui.load.run import SESSIONS, SESSIONS_MAX, LoadPlan
from dsql_tui.migrate.columns import SerialAs
from dsql_tui.migrate.conversion import Choices, Conversion
from dsql_tui.migrate.convert import convert
from dsql_tui.migrate.report import Outcome
from dsql_tui.migrate.run import RowImport
from dsql_tui.migrate.scripts import KEYS_FILE, PROGRAMS_FILE, TABLES_FILE
from dsql_tui.migrate.source import read_source
from dsql_tui.migrate.spool import tables_digest
from dsql_tui.migrate.state import FILE, ImportState, ImportStep, check_same, read_state
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.postgres import (
    is_connection_string,
)
from dsql_tui.pg.session import ServerSession
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.read import read_definitions

_PRECISION_MAX = 1_000


@click.command("postgres")
@click.argument("source", type=POSTGRES_SOURCE)
@cluster_argument()
@click.option(
    "--plan",
    "only_plan",
    is_flag=True,
    help="Report what becomes of each object, write the scripts if there is a folder, and stop.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=FOLDER,
    metavar="FOLDER",
    help="Folder for the report, the scripts and what the import resumes with."
    "  [default: import-DATABASE, none with --plan]",
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
    "--serial",
    type=click.Choice([each.value for each in SerialAs]),
    default=SerialAs.IDENTITY.value,
    show_default=True,
    help="What serial and identity columns become: numbers, or uuid where they are the primary"
    " key, with every foreign key to them.",
)
@click.option(
    "--cache",
    type=click.Choice(["1", "65536"]),
    default="65536",
    show_default=True,
    help="How many values a session takes from a sequence at once.",
)
@click.option(
    "--numeric",
    default="38,12",
    show_default=True,
    type=PRECISION,
    metavar="PRECISION,SCALE",
    help="What numeric without a precision becomes.",
)
@click.option(
    "--sessions",
    default=SESSIONS,
    show_default=True,
    type=WholeNumber(1, SESSIONS_MAX),
    metavar="NUMBER",
    help="Parallel sessions that load rows.",
)
@json_option()
@yes_option("Create the tables and load the rows without asking.")
@when_unknown_option(
    "What to do with a statement or batch whose outcome is unknown: stop, run it again, or skip it."
)
@role_option()
@allow_writes_option
@target_options
def command(
    source: str,
    cluster: str | None,
    only_plan: bool,
    folder: Path | None,
    schemas: tuple[str, ...],
    serial: str,
    cache: str,
    numeric: str,
    sessions: int,
    as_json: bool,
    yes: bool,
    when_unknown: str,
    role: str | None,
    target: Target,
) -> int:
    """Bring the PostgreSQL database SOURCE to CLUSTER: definitions and rows.

    SOURCE is a connection string, postgresql://USER@HOST/DATABASE, or a plain file of pg_dump. The
    password comes from PGPASSWORD, ~/.pgpass or a prompt. PostgreSQL 12 to 18 are read; a file is
    run in a temporary PostgreSQL, for which dsql-tui[local] must be installed.

    Reports object by object what is carried over, rewritten and left out, writes the definitions
    for Aurora DSQL, asks, creates the tables, loads the rows, compares their number and checksums,
    and creates indexes and foreign keys. The same command resumes an import that was stopped.

    Examples:
      dsql-tui import postgres postgresql://ann@db.example.com/shop --plan
      dsql-tui import postgres postgresql://ann@db.example.com/shop shop -o from-postgres
      dsql-tui import postgres dump.sql shop
    """
    choices = Choices(SerialAs(serial), int(cache), _number_type(numeric))
    with ExitStack() as stack:
        profile = None if only_plan else stack.enter_context(profile_of(target))
        session, refused = stack.enter_context(opened_source(source))
        database = read_source(session, schemas)
        if not is_connection_string(source):
            database = replace(database, name=Path(source).name.partition(".")[0])
        check_schemas(database, schemas)
        conversion = convert(database, choices)
        conversion = replace(conversion, entries=(*refused, *conversion.entries))
        report = ImportReport(database, conversion, as_json=as_json)
        if profile is None:
            if folder is not None:
                report.write(folder)
            report.show()
            return ExitCode.OK
        run = _Import(
            folder=folder or Path(_folder_name(database.name)),
            source=source,
            choices=f"{serial}, cache {cache}, numeric {numeric}"
            + "".join(f", schema {schema}" for schema in schemas),
            report=report,
            plan=LoadPlan(sessions, when_unknown=WhenUnknown(when_unknown)),
            options=(cluster, role, target),
        )
        return run.run(session, reach(profile, target, cluster, role), yes=yes)


class _Import:
    """One import on its way: a folder, a cluster, and what is to be done."""

    def __init__(
        self,
        *,
        folder: Path,
        source: str,
        choices: str,
        report: ImportReport,
        plan: LoadPlan,
        options: tuple[str | None, str | None, Target],
    ) -> None:
        self._folder = folder
        self._source = source
        self._choices = choices
        self._report = report
        self._conversion = report.conversion
        self._plan = plan
        self._cluster, self._role, self._target = options

    def run(self, session: ServerSession, reached: Reached, *, yes: bool) -> int:
        """Run or resume it and return the exit code.

        Raises:
            FileInUse: Another process runs it.
        """
        reached.require_writable("import writes")
        state = ImportState(
            source_label(self._source),
            reached.cluster.arn,
            self._choices,
            tables_digest(self._conversion.readable),
        )
        begun = read_state(self._folder)
        if begun is None:
            self._begin(reached, state, yes=yes)
        else:
            check_same(state, begun, self._folder)
            state = begun
            narrate(f"Resuming the import in {self._folder}.")
        with hold(self._folder / FILE, "dsql-tui import", remedy="Name another folder with -o."):
            return self._continue(session, reached, state)

    def _begin(self, reached: Reached, state: ImportState, *, yes: bool) -> None:
        """Show the report, ask, and begin.

        Raises:
            InputError: The cluster has one of the tables, or the folder cannot be written.
            NotConfirmed: The answer was no.
        """
        _check_free(reached, self._conversion)
        for path in self._report.write(self._folder, keep=True):
            narrate(f"{path} is run as it is, with the changes that were made in it.")
        self._report.show()
        tables = len(self._conversion.moves)
        rows = sum(move.rows for move in self._conversion.moves)
        narrate(f"The report and the scripts are in {self._folder}.")
        if not yes:
            where = f"{reached.cluster.name} in {reached.cluster.region}"
            ask(
                f"Create {tables:,} tables in {where} and load about {rows:,} rows?"
                " Writing them is billed."
            )
        state.save(self._folder)

    def _continue(self, session: ServerSession, reached: Reached, state: ImportState) -> int:
        """Do what is left to do and return the exit code."""
        rows = RowImport(
            self._folder,
            state,
            self._conversion,
            reached.connect,
            self._plan,
            reached.cluster.identifier,
        )
        if not state.has_done(ImportStep.TABLES):
            code = self._run_script(TABLES_FILE)
            if code != ExitCode.OK:
                return code
            state.step = ImportStep.TABLES
            state.save(self._folder)
        if not state.has_done(ImportStep.READ):
            follow_rows(rows.read(session), "read")
        code = ExitCode.OK
        if not state.has_done(ImportStep.LOADED):
            code = follow_loading(rows.load())
            if code not in {ExitCode.OK, ExitCode.PARTIAL}:
                return code
        differences = follow_rows(rows.compare(), "compared")
        if not state.has_done(ImportStep.LINKED):
            narrate(f"{rows.restart_identities():,} identity columns continue after their rows.")
            done = self._run_script(KEYS_FILE)
            if done != ExitCode.OK:
                return done
            state.step = ImportStep.LINKED
            state.save(self._folder)
        refused = [f"{each.head}: {each.reason}" for each in rows.create_programs()]
        return self._end(rows, [*differences, *self._unread()], refused, code)

    def _unread(self) -> Iterator[str]:
        for move in self._conversion.moves:
            if not move.is_readable:
                yield f"{move.schema}.{move.name}: this role may not read its rows"

    def _run_script(self, name: str) -> int:
        path = self._folder / name
        return run_file(
            path,
            self._cluster,
            self._role,
            self._target,
            variables={},
            when_unknown=self._plan.when_unknown,
            yes=True,  # the report was shown and confirmed
        )

    def _end(self, rows: RowImport, differences: list[str], refused: list[str], code: int) -> int:
        """Close the import and return the exit code: rows that are not here are part of it."""
        for line in [*differences, *refused]:
            echo_line(line, err=True)
        if refused:
            narrate(
                f"Refused statements of {self._folder / PROGRAMS_FILE}: {len(refused):,}."
                " Correct them there, and run them with dsql-tui script."
            )
        if differences or code != ExitCode.OK:
            narrate(f"The rows that were read are kept in {self._folder}.")
            return ExitCode.PARTIAL
        rows.remove_rows()
        (self._folder / FILE).unlink(missing_ok=True)
        narrate(f"{len(rows.moves):,} tables have the same rows as in PostgreSQL.")
        lost = sum(each.outcome is Outcome.LOST for each in self._conversion.entries)
        if lost:
            narrate(f"Objects left out: {lost:,} (see {self._folder / REPORT_FILE}).")
        return ExitCode.PARTIAL if refused else ExitCode.OK


def _number_type(text: str) -> str:
    precision, scale = map(int, text.split(","))
    if not 1 <= precision <= _PRECISION_MAX or scale > precision:
        raise click.UsageError(
            f"--numeric must be PRECISION,SCALE with a precision of 1 to {_PRECISION_MAX:,},"
            " such as 38,12."
        )
    return f"numeric({precision},{scale})"


def _check_free(reached: Reached, conversion: Conversion) -> None:
    """Check that the cluster has none of the tables.

    Raises:
        InputError: It has one.
    """
    with closing(reached.connect()) as session:
        present = read_definitions(session, Selection(with_access=False))
    names = {(each.schema, each.name) for each in present.tables()}
    for table in conversion.database.tables():
        if (table.schema, table.name) in names:
            raise InputError(
                f"{reached.cluster.name} has a table {table.key.sql} already.",
                remedy="Import into an empty cluster, or choose schemas with --schema.",
            )


def _folder_name(database: str) -> str:
    kept = "".join(each if each.isalnum() or each in "-_" else "-" for each in database)
    return f"import-{kept}"
