"""`dsql-tui batch`: run one large UPDATE, DELETE or INSERT … SELECT in small transactions.

stdout is empty; stderr has the progress and, if the run ends early, the key to resume after.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.report import tell_retry
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.sources import only_one
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.cli.shared.values.options import cluster_argument, role_option, variable_option
from dsql_tui.cli.shared.values.types import COLUMNS, KEY, SQL, WholeNumber
from dsql_tui.errors import InputError, StatementCancelled
from dsql_tui.model.span import countdown
from dsql_tui.pg.keys import primary_key
from dsql_tui.scripts.batches import run_batches
from dsql_tui.scripts.events import BatchEnded, LongRunEnded, Retried, RunEvent
from dsql_tui.sql.dsql.batch_plan import DEFAULT_ROWS, NOT_ATOMIC, Key, batch_target, plan_batches
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS
from dsql_tui.sql.statements.sources import SqlSource
from dsql_tui.sql.statements.variables import interpolate


@click.command("batch")
@cluster_argument()
@click.option(
    "-c",
    "--command",
    "statement",
    required=True,
    multiple=True,
    callback=only_one,
    type=SQL,
    metavar="SQL",
    help="The statement to run in batches.",
)
@variable_option()
@role_option()
@click.option(
    "--rows",
    default=DEFAULT_ROWS,
    show_default=True,
    type=WholeNumber(1, TRANSACTION_ROWS, "rows"),
    metavar="ROWS",
    help="Rows in a transaction.",
)
@click.option(
    "--key",
    "columns",
    type=COLUMNS,
    metavar="COLUMNS",
    help="Columns that order the rows, separated by commas.  [default: the primary key]",
)
@click.option(
    "--after",
    type=KEY,
    metavar="JSON",
    help="Resume after this key, as an earlier run printed it.",
)
@allow_writes_option
@target_options
def command(
    cluster: str | None,
    statement: str,
    variables: dict[str, str],
    role: str | None,
    rows: int,
    columns: tuple[str, ...] | None,
    after: tuple[str, ...] | None,
    target: Target,
) -> int:
    """Run one large UPDATE, DELETE or INSERT … SELECT on CLUSTER in batches.

    Each batch is a transaction of its own, so the change as a whole is not atomic. A batch that
    conflicts with another transaction is retried.

    Example:
      dsql-tui batch shop -c "delete from logs where at < '2026-01-01'"
    """
    statement = _single(interpolate(statement, variables))
    wanted = batch_target(statement)
    with profile_of(target) as profile:
        reached = reach(profile, target, cluster, role)
        reached.require_writable("batch writes")
        narrate(NOT_ATOMIC)
        with closing(reached.connect()) as session:
            key = columns or primary_key(session, wanted.relation)
        plan = plan_batches(statement, key, rows=rows)
        with INTERRUPTION.cancelling() as stop:
            events = run_batches(reached.connect, plan, after=after, stop=stop)
            is_complete = _tell(events, after)
    return ExitCode.OK if is_complete else INTERRUPTION.exit_code


def _single(text: str) -> str:
    """Return the one statement of a text.

    Raises:
        InputError: It holds none, several, or what no server takes.
    """
    statements = SqlSource("-c", text).statements()
    if len(statements) != 1:
        raise InputError(f"A batch runs exactly one statement; -c contains {len(statements)}.")
    return statements[0].text


def _tell(events: Iterator[RunEvent], begin: Key | None) -> bool:
    """Narrate a run; return whether it is complete, and print how to resume if not."""
    reached = begin
    is_complete = False
    try:
        for event in events:
            match event:
                case BatchEnded():
                    reached = event.upto
                    narrate(_words(event))
                case Retried(attempt, _, reason):
                    tell_retry(attempt, reason)
                case LongRunEnded():
                    is_complete = event.is_complete
    except StatementCancelled:
        if not INTERRUPTION.is_received:
            raise
        narrate("The current batch was cancelled.")
    finally:
        if not is_complete and reached is not None:
            place = shlex.quote(json.dumps(reached, ensure_ascii=False))
            echo_line(f"To resume: --after {place}", err=True)
    return is_complete


def _words(event: BatchEnded) -> str:
    """Return the progress: rows of those expected, the rate, the time left."""
    of = f" of ~{event.expected:,}" if event.expected else ""
    share = f" ({event.share:.0%})" if event.share is not None else ""
    rate = event.rows / event.elapsed_s if event.elapsed_s else 0
    left_s = event.left_s
    left = f" · {countdown(timedelta(seconds=left_s))} left" if left_s is not None else ""
    return f"{event.rows:,}{of} rows{share} · {rate:,.0f} a second{left}"
