"""`dsql-tui query`: the console's way of a query with a writer at its end.

stdout is data: the rows of every result set. stderr is narration: command tags, notices, timings.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsql_tui.cli.exit_codes import ExitCode
from dsql_tui.cli.output import write
from dsql_tui.cli.target import Target, profile_of, target_options
from dsql_tui.cli.token import named
from dsql_tui.errors import SessionLost
from dsql_tui.export.formats import DEFAULT_TABLE, Encoder, ExportOptions, Format
from dsql_tui.model.endpoint import ADMIN_ROLE, Profile
from dsql_tui.model.result import Completed, Described, Notice, RowChunk, TransactionStatus
from dsql_tui.model.span import duration

if TYPE_CHECKING:
    from dsql_tui.pg.session import Session


@click.command("query")
@click.argument("cluster", required=False)
@click.option("-c", "--command", "texts", multiple=True, help="SQL to run; may be repeated.")
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="File of SQL to run; - is stdin.",
)
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
@click.option("-q", "--quiet", is_flag=True, help="No narration on stderr but errors.")
@target_options
def command(
    cluster: str | None,
    texts: tuple[str, ...],
    files: tuple[Path, ...],
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

    Statements run one by one, each in its own transaction unless the SQL says BEGIN; the first that
    fails ends the run. With --local, CLUSTER may be left out and is `shop`.
    """
    if as_script:
        return _run_script(texts, files, cluster, role, target)
    # Imported here: asking for help is not to wait for the driver.
    from dsql_tui.sql.files import read_sql
    from dsql_tui.sql.split import split

    script = "\n".join([*texts, *(read_sql(path) for path in files)])
    if not texts and not files:
        raise click.UsageError("Give SQL with -c, or a file with -f (- is stdin).")
    options = ExportOptions(header=not no_header, table=table, guard_formulas=guard_formulas)
    with profile_of(target) as profile, closing(_open(profile, target, cluster, role)) as session:
        for statement in split(script):
            _run(session, statement.text, chosen, options, quiet=quiet)
    return ExitCode.OK


def _run_script(
    texts: tuple[str, ...], files: tuple[Path, ...], cluster: str | None, role: str, target: Target
) -> int:
    from dsql_tui.cli.script import run_file

    if texts or len(files) != 1 or files[0] == Path("-"):
        raise click.UsageError("--script runs one file: its checkpoint is kept beside it.")
    return run_file(files[0], cluster, role, target)


def _open(profile: Profile, target: Target, cluster: str | None, role: str) -> Session:
    from dsql_tui.aws.clusters import find_cluster
    from dsql_tui.aws.session import AwsSession
    from dsql_tui.aws.tokens import generate_token
    from dsql_tui.pg.session import Session

    aws = AwsSession(profile)
    endpoint = find_cluster(aws, aws.regions, named(cluster, target)).endpoint(profile, role)
    return Session.open(
        endpoint, generate_token(aws, endpoint, lifetime_s=target.config.token_lifetime_s)
    )


def _run(
    session: Session, statement: str, chosen: Format, options: ExportOptions, *, quiet: bool
) -> None:
    from dsql_tui.export.encode import encoder
    from dsql_tui.sql.classify import classify
    from dsql_tui.sql.outcome import told_truly

    rows: Encoder | None = None
    in_transaction = session.transaction_status is TransactionStatus.IN_TRANSACTION
    try:
        matters = not classify(statement).only_reads
        for event in session.run(statement, outcome_matters=matters):
            match event:
                case Described(columns):
                    rows = encoder(chosen, columns, options)
                    write(rows.begin())
                case RowChunk():
                    write(rows.rows(event) if rows else b"")
                case Notice(severity, message):
                    click.echo(f"{severity}: {message}", err=True)
                case Completed():
                    if rows:
                        write(rows.end(), flush=True)
                    if not quiet:
                        click.echo(f"{event.command_tag} · {duration(event.elapsed_ms)}", err=True)
    except SessionLost as error:
        raise told_truly(error, statement, in_transaction=in_transaction) from None
    finally:
        if rows:
            rows.discard()
